/**
 * BPF_MAP_TYPE_LRU_HASH and LRU_PERCPU_HASH. The kernel approximates "least recently used" with per-CPU lists and
 * batches, and evicts before it knows that it must; here the order is exact: a program's lookup and every update move
 * an element to the front, a new key in a full map takes the place of the last one, the user side's lookup moves nothing.
 */
import { CELL_CPU } from '../src/machine/layout';
import {
  HASH_COUNT,
  HASH_SPARE,
  LRU_HEAD,
  LRU_TAIL,
  MAP_CPUS,
  MAP_MAX_ENTRIES,
  MAP_STRIDE,
  NODE_MORE,
  NODE_PREV,
} from '../src/maps/layout';
import { BPF_EXIST, EINVAL, ENOENT } from './errno';
import { checkPresence } from './hash';
import { find, findHashed, giveNode, hashKey, linkNode, takeNode, unlinkNode, valueOf } from './hash-table';
import { copyValue, field } from './map-value';

function leave(map: u32, node: u32): void {
  const before = load<u32>(node, NODE_PREV);
  const after = load<u32>(node, NODE_MORE);
  if (before != 0) store<u32>(before, after, NODE_MORE);
  else store<u32>(map, after, LRU_HEAD);
  if (after != 0) store<u32>(after, before, NODE_PREV);
  else store<u32>(map, before, LRU_TAIL);
}

function enter(map: u32, node: u32): void {
  const first = field(map, LRU_HEAD);
  store<u32>(node, 0, NODE_PREV);
  store<u32>(node, first, NODE_MORE);
  if (first != 0) store<u32>(first, node, NODE_PREV);
  else store<u32>(map, node, LRU_TAIL);
  store<u32>(map, node, LRU_HEAD);
}

function touch(map: u32, node: u32): void {
  if (field(map, LRU_HEAD) == node) return;
  leave(map, node);
  enter(map, node);
}

export function lru_hash_lookup(map: u32, key: u32): u32 {
  const node = findHashed(map, key, hashKey(map, key));
  if (node == 0) return 0;
  touch(map, node);
  return valueOf(map, node);
}

function remove(map: u32, node: u32): void {
  unlinkNode(map, node);
  leave(map, node);
  giveNode(map, node);
  store<u32>(map, field(map, HASH_COUNT) - 1, HASH_COUNT);
}

/** A node for a new key, counted; evicts when the map is full. */
function addNode(map: u32): u32 {
  if (field(map, HASH_COUNT) >= field(map, MAP_MAX_ENTRIES)) remove(map, field(map, LRU_TAIL));
  store<u32>(map, field(map, HASH_COUNT) + 1, HASH_COUNT);
  return takeNode(map);
}

export function lru_hash_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  if (flags > BPF_EXIST) return EINVAL;
  const hash = hashKey(map, key);
  const old = findHashed(map, key, hash);
  const wrong = checkPresence(old != 0, flags);
  if (wrong) return wrong;
  let node: u32 = 0;
  if (old != 0) {
    // as in a plain hash map, a pointer into the old value goes on to see the old bytes
    node = field(map, HASH_SPARE);
    if (node == 0) node = takeNode(map);
    unlinkNode(map, old);
    leave(map, old);
    store<u32>(map, old, HASH_SPARE);
  } else node = addNode(map);
  copyValue(map, valueOf(map, node), value);
  linkNode(map, node, key, hash);
  enter(map, node);
  return 0;
}

export function lru_hash_delete(map: u32, key: u32): i32 {
  const node = find(map, key);
  if (node == 0) return ENOENT;
  remove(map, node);
  return 0;
}

export function lru_percpu_hash_lookup(map: u32, key: u32): u32 {
  const value = lru_hash_lookup(map, key);
  return value == 0 ? 0 : value + load<u32>(CELL_CPU) * field(map, MAP_STRIDE);
}

export function lru_percpu_hash_lookup_percpu(map: u32, key: u32, cpu: u32): u32 {
  if (cpu >= field(map, MAP_CPUS)) return 0;
  const value = lru_hash_lookup(map, key);
  return value == 0 ? 0 : value + cpu * field(map, MAP_STRIDE);
}

/** Value of CPU 0 of the key's element, made with zeroed values if need be, or an errno. */
export function lru_percpu_hash_element(map: u32, key: u32, flags: u64): i32 {
  if (flags > BPF_EXIST) return EINVAL;
  const hash = hashKey(map, key);
  const old = findHashed(map, key, hash);
  const wrong = checkPresence(old != 0, flags);
  if (wrong) return wrong;
  if (old != 0) {
    touch(map, old);
    return valueOf(map, old);
  }
  const node = addNode(map);
  memory.fill(valueOf(map, node), 0, field(map, MAP_STRIDE) * field(map, MAP_CPUS));
  linkNode(map, node, key, hash);
  enter(map, node);
  return valueOf(map, node);
}

export function lru_percpu_hash_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  const element = lru_percpu_hash_element(map, key, flags);
  if (element < 0) return element;
  copyValue(map, element + load<u32>(CELL_CPU) * field(map, MAP_STRIDE), value);
  return 0;
}
