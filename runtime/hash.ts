/** BPF_MAP_TYPE_HASH and PERCPU_HASH. */
import { CELL_CPU } from '../src/machine/layout';
import {
  HASH_COUNT,
  HASH_SPARE,
  MAP_CPUS,
  MAP_MAX_ENTRIES,
  MAP_SPIN_LOCK,
  MAP_STRIDE,
} from '../src/maps/layout';
import { BPF_EXIST, BPF_F_LOCK, BPF_NOEXIST, E2BIG, EEXIST, EINVAL, ENOENT } from './errno';
import { find, findHashed, giveNode, hashKey, linkNode, takeNode, unlinkNode, valueOf } from './hash-table';
import { copyValue, field } from './map-value';

export function hash_lookup(map: u32, key: u32): u32 {
  const node = findHashed(map, key, hashKey(map, key));
  return node == 0 ? 0 : valueOf(map, node);
}

/** 0 or the errno of an update with `flags`, in the kernel's order. */
export function checkFlags(map: u32, flags: u64): i32 {
  if ((flags & ~BPF_F_LOCK) > BPF_EXIST) return EINVAL;
  if (flags & BPF_F_LOCK && field(map, MAP_SPIN_LOCK) == 0) return EINVAL;
  return 0;
}

export function checkPresence(present: bool, flags: u64): i32 {
  const wanted = flags & ~BPF_F_LOCK;
  if (present && wanted == BPF_NOEXIST) return EEXIST;
  if (!present && wanted == BPF_EXIST) return ENOENT;
  return 0;
}

/**
 * An existing key gets a new node and the old one becomes the spare, as in the kernel: a pointer into the old value
 * still sees the old bytes, and the key moves to the head of its bucket. With BPF_F_LOCK the value changes in place.
 */
export function hash_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  const bad = checkFlags(map, flags);
  if (bad) return bad;
  const hash = hashKey(map, key);
  const old = findHashed(map, key, hash);
  const wrong = checkPresence(old != 0, flags);
  if (wrong) return wrong;
  if (old != 0) {
    if (flags & BPF_F_LOCK) {
      copyValue(map, valueOf(map, old), value);
      return 0;
    }
    let spare = field(map, HASH_SPARE);
    if (spare == 0) spare = takeNode(map);
    copyValue(map, valueOf(map, spare), value);
    unlinkNode(map, old);
    linkNode(map, spare, key, hash);
    store<u32>(map, old, HASH_SPARE);
    return 0;
  }
  const node = addNode(map);
  if (node == 0) return E2BIG;
  copyValue(map, valueOf(map, node), value);
  linkNode(map, node, key, hash);
  return 0;
}

/** A node for a new key, counted; 0 when the map is full. There is one node more than elements: the spare. */
export function addNode(map: u32): u32 {
  const count = field(map, HASH_COUNT);
  if (count >= field(map, MAP_MAX_ENTRIES)) return 0;
  store<u32>(map, count + 1, HASH_COUNT);
  return takeNode(map);
}

export function hash_delete(map: u32, key: u32): i32 {
  const node = find(map, key);
  if (node == 0) return ENOENT;
  unlinkNode(map, node);
  giveNode(map, node);
  store<u32>(map, field(map, HASH_COUNT) - 1, HASH_COUNT);
  return 0;
}

export function percpu_hash_lookup(map: u32, key: u32): u32 {
  const value = hash_lookup(map, key);
  return value == 0 ? 0 : value + load<u32>(CELL_CPU) * field(map, MAP_STRIDE);
}

export function percpu_hash_lookup_percpu(map: u32, key: u32, cpu: u32): u32 {
  if (cpu >= field(map, MAP_CPUS)) return 0;
  const value = hash_lookup(map, key);
  return value == 0 ? 0 : value + cpu * field(map, MAP_STRIDE);
}

/** Value of CPU 0 of the key's element, made with zeroed values if need be, or an errno. */
export function percpu_hash_element(map: u32, key: u32, flags: u64): i32 {
  if (flags > BPF_EXIST) return EINVAL;
  const hash = hashKey(map, key);
  const old = findHashed(map, key, hash);
  const wrong = checkPresence(old != 0, flags);
  if (wrong) return wrong;
  if (old != 0) return valueOf(map, old);
  const node = addNode(map);
  if (node == 0) return E2BIG;
  memory.fill(valueOf(map, node), 0, field(map, MAP_STRIDE) * field(map, MAP_CPUS));
  linkNode(map, node, key, hash);
  return valueOf(map, node);
}

/** Sets the current CPU's value; those of the other CPUs are 0 in a new element and stay in an old one. */
export function percpu_hash_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  const element = percpu_hash_element(map, key, flags);
  if (element < 0) return element;
  copyValue(map, element + load<u32>(CELL_CPU) * field(map, MAP_STRIDE), value);
  return 0;
}
