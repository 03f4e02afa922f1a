/** BPF_MAP_TYPE_ARRAY_OF_MAPS and HASH_OF_MAPS: elements are maps that look like the prototype given at creation. */
import { BPF_EXIST, MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { rule } from './checks.ts';
import { checkFdArray, createFdArray, deleteSlot, fdArrayBlocks, slotAt } from './fd-array.ts';
import type { BpfMapHandle } from './handle.ts';
import { checkHash, createHash, hashBlocks } from './hash.ts';
import { indexNextKey } from './index-key.ts';
import { OPS_ARRAY_OF_MAPS, OPS_HASH_OF_MAPS } from './layout.ts';
import { defineMapType, negative } from './map-type.ts';

/** Whether a map may stand where the prototype was promised (the kernel's map_meta_equal). */
function looksLike(prototype: MapAttr, map: BpfMapHandle): boolean {
  const same =
    prototype.type === map.type &&
    prototype.keySize === map.keySize &&
    prototype.valueSize === map.valueSize &&
    prototype.flags === map.flags &&
    prototype.spinLockOffset === map.attr.spinLockOffset;
  // code compiled for an array inlines its bounds check
  if (map.type !== MAP_TYPE.array || prototype.flags & MAP_FLAG.BPF_F_INNER_MAP) return same;
  return same && prototype.maxEntries === map.maxEntries;
}

/** Header of the map that the staged value names, or -errno. */
function innerAddress(outer: BpfMapHandle, value: number): number {
  const inner = outer.references.maps[outer.machine.view.getUint32(value, true)];
  if (!inner) return negative('EBADF');
  const prototype = outer.attr.inner;
  return prototype && looksLike(prototype, inner) ? inner.address : negative('EINVAL');
}

/** Where the id of the inner map that `slot` refers to can be read; 0 for an empty slot. */
function idOf(outer: BpfMapHandle, slot: number): number {
  const { u32 } = outer.machine;
  const inner = slot === 0 ? undefined : outer.references.mapAt(u32[slot >> 2] ?? 0);
  if (!inner) return 0;
  u32[outer.staging >> 2] = inner.id;
  return outer.staging;
}

/** Without inner_map_fd the kernel looks at descriptor 0, which is no map. */
function checkInner(attr: MapAttr): void {
  rule(attr.inner !== undefined, attr, 'a map of maps needs a prototype of its inner maps');
}

export const arrayOfMaps = defineMapType({
  type: MAP_TYPE.array_of_maps,
  name: 'array_of_maps',
  ops: OPS_ARRAY_OF_MAPS,
  runtime: { lookup: 'array_of_maps_lookup' },
  openValues: false,
  check(attr) {
    checkFdArray(attr);
    checkInner(attr);
  },
  blocks: fdArrayBlocks,
  create: createFdArray,
  lookup: (map, key) => idOf(map, slotAt(map, key)),
  update(map, key, value, flags) {
    if (flags !== 0) return negative('EINVAL');
    const slot = slotAt(map, key);
    if (slot === 0) return negative('E2BIG');
    const inner = innerAddress(map, value);
    if (inner > 0) map.machine.u32[slot >> 2] = inner;
    return Math.min(inner, 0);
  },
  delete: deleteSlot,
  nextKey: indexNextKey,
});

export const hashOfMaps = defineMapType({
  type: MAP_TYPE.hash_of_maps,
  name: 'hash_of_maps',
  ops: OPS_HASH_OF_MAPS,
  runtime: { lookup: 'hash_of_maps_lookup' },
  openValues: false,
  check(attr) {
    rule(attr.valueSize === 4, attr, `value_size is ${attr.valueSize}, a file descriptor has 4 bytes`);
    checkHash(attr, { lru: false, perCpu: false });
    checkInner(attr);
  },
  blocks: (attr) => hashBlocks(attr, 1),
  create: createHash,
  lookup: (map, key) => idOf(map, map.call('hash_lookup', key)),
  update(map, key, value, flags) {
    const inner = innerAddress(map, value);
    if (inner < 0) return inner;
    // Since 6.15 another map under a present key replaces the old one in place: the key keeps its place in the order.
    const slot = flags === 0 || flags === BPF_EXIST ? map.call('hash_lookup', key) : 0;
    if (slot === 0) {
      map.machine.u32[value >> 2] = inner;
      return map.call('hash_update', key, value, BigInt(flags));
    }
    map.machine.u32[slot >> 2] = inner;
    return 0;
  },
  delete: (map, key) => map.call('hash_delete', key),
  nextKey: (map, key) => map.call('hash_next_key', key),
});
