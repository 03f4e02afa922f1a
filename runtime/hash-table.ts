/** The table under all hash types: buckets of singly linked nodes, as large as the kernel's, newest node first. */
import {
  HASH_BUCKETS,
  HASH_BY_JHASH,
  HASH_BY_MIX,
  HASH_COUNT,
  HASH_FREE,
  HASH_FRESH,
  HASH_FUNC,
  HASH_MASK,
  HASH_NODE_SIZE,
  HASH_NODES_END,
  HASH_VALUE_OFF,
  MAP_KEY_SIZE,
  MAP_VALUE_SHADOW,
  NODE_HASH,
  NODE_KEY,
  NODE_NEXT,
  NODE_PREV,
} from '../src/maps/layout';
import { KIND_MAP_VALUE, SHADOW_READ } from '../src/machine/layout';
import { jhash } from './jhash';
import { copy, equal, setShadow } from './memory';
import { field, openValues } from './map-value';

/**
 * Hash of a key: multiply and rotate over 8 bytes at a time, put together from 4-byte loads (a wider load of what a
 * program just stored in 4-byte pieces waits for the stores). Both ends of a product are folded, because the last
 * byte of an address in network order is the top byte of its word.
 */
// @ts-ignore: decorator
@inline
function mix(key: u32, size: u32): u32 {
  let h: u64 = size;
  let i: u32 = 0;
  while (i + 8 <= size) {
    h = (rotl<u64>(h, 29) ^ (<u64>load<u32>(key + i) | (<u64>load<u32>(key + i + 4) << 32))) * 0x9e3779b97f4a7c15;
    i += 8;
  }
  if (i + 4 <= size) {
    h = (rotl<u64>(h, 29) ^ load<u32>(key + i)) * 0x9e3779b97f4a7c15;
    i += 4;
  }
  while (i < size) {
    h = (rotl<u64>(h, 9) ^ load<u8>(key + i)) * 0x9e3779b97f4a7c15;
    i++;
  }
  h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93;
  return <u32>(h >> 32);
}

// @ts-ignore: decorator
@inline
export function hashKey(map: u32, key: u32): u32 {
  const size = field(map, MAP_KEY_SIZE);
  const by = field(map, HASH_FUNC);
  if (by == HASH_BY_MIX) return mix(key, size);
  return by == HASH_BY_JHASH ? jhash(key, size, 0) : load<u32>(key);
}

/** Address of the bucket head for a hash. */
// @ts-ignore: decorator
@inline
export function bucketOf(map: u32, hash: u32): u32 {
  return field(map, HASH_BUCKETS) + ((hash & field(map, HASH_MASK)) << 2);
}

/** Node of the key, or 0. */
// @ts-ignore: decorator
@inline
export function findHashed(map: u32, key: u32, hash: u32): u32 {
  let node = load<u32>(bucketOf(map, hash));
  const size = field(map, MAP_KEY_SIZE);
  while (node != 0) {
    if (load<u32>(node, NODE_HASH) == hash && equal(node + NODE_KEY, key, size)) return node;
    node = load<u32>(node, NODE_NEXT);
  }
  return 0;
}

export function find(map: u32, key: u32): u32 {
  return findHashed(map, key, hashKey(map, key));
}

// @ts-ignore: decorator
@inline
export function valueOf(map: u32, node: u32): u32 {
  return node + field(map, HASH_VALUE_OFF);
}

/** A node to fill: the one freed last, else one never used, opened to programs; 0 when there is none. */
export function takeNode(map: u32): u32 {
  const free = field(map, HASH_FREE);
  if (free != 0) {
    store<u32>(map, load<u32>(free, NODE_PREV), HASH_FREE);
    return free;
  }
  const node = field(map, HASH_FRESH);
  const next = node + field(map, HASH_NODE_SIZE);
  if (next > field(map, HASH_NODES_END)) return 0;
  store<u32>(map, next, HASH_FRESH);
  // a callback of bpf_for_each_map_elem reads the key where it lies
  setShadow(node + NODE_KEY, field(map, MAP_KEY_SIZE), SHADOW_READ | (KIND_MAP_VALUE << 4));
  openValues(map, valueOf(map, node));
  return node;
}

/** Gives a node back. NODE_NEXT stays, so that a walk that stands on the node goes on, as in the kernel. */
export function giveNode(map: u32, node: u32): void {
  store<u32>(node, field(map, HASH_FREE), NODE_PREV);
  store<u32>(map, node, HASH_FREE);
}

/** Puts a node with this key at the head of its bucket. */
export function linkNode(map: u32, node: u32, key: u32, hash: u32): void {
  const bucket = bucketOf(map, hash);
  store<u32>(node, hash, NODE_HASH);
  copy(node + NODE_KEY, key, field(map, MAP_KEY_SIZE));
  store<u32>(node, load<u32>(bucket), NODE_NEXT);
  store<u32>(bucket, node);
}

export function unlinkNode(map: u32, node: u32): void {
  let at = bucketOf(map, load<u32>(node, NODE_HASH));
  while (load<u32>(at) != node) at = load<u32>(at) + NODE_NEXT;
  store<u32>(at, load<u32>(node, NODE_NEXT));
}

/** First node of the buckets from `bucket` on, or 0. */
function firstFrom(map: u32, bucket: u32): u32 {
  const mask = field(map, HASH_MASK);
  for (; bucket <= mask; bucket++) {
    const node = load<u32>(field(map, HASH_BUCKETS) + (bucket << 2));
    if (node != 0) return node;
  }
  return 0;
}

/**
 * Address of the key after `key` in bucket order, of the first one when `key` is 0 or not in the map; 0 at the end.
 * Within a bucket the newest element comes first.
 */
export function hash_next_key(map: u32, key: u32): u32 {
  let node: u32 = 0;
  if (key == 0) node = firstFrom(map, 0);
  else {
    const hash = hashKey(map, key);
    const found = findHashed(map, key, hash);
    if (found == 0) node = firstFrom(map, 0);
    else {
      node = load<u32>(found, NODE_NEXT);
      if (node == 0) node = firstFrom(map, (hash & field(map, HASH_MASK)) + 1);
    }
  }
  return node == 0 ? 0 : node + NODE_KEY;
}

export function hash_count(map: u32): u32 {
  return field(map, HASH_COUNT);
}
