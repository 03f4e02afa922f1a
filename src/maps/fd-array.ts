/** Arrays of references: what prog_array, perf_event_array and array_of_maps have in common. */
import { MAP_FLAG } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, checkIndexKey, rule } from './checks.ts';
import type { BpfMapHandle } from './handle.ts';
import { MAP_STRIDE, MAP_VALUES, PROG_SLOT_SIZE } from './layout.ts';
import { type MapBlock, negative } from './map-type.ts';

export function checkFdArray(attr: MapAttr, flags = 0): void {
  checkEntries(attr);
  checkIndexKey(attr);
  rule(attr.valueSize === 4, attr, `value_size is ${attr.valueSize}, a file descriptor has 4 bytes`);
  const programs = MAP_FLAG.BPF_F_RDONLY_PROG | MAP_FLAG.BPF_F_WRONLY_PROG;
  checkFlags(attr, (ACCESS_FLAGS & ~programs) | MAP_FLAG.BPF_F_NUMA_NODE | flags);
}

/** Slots of 8 bytes, all zero when empty. */
export function fdArrayBlocks({ maxEntries }: MapAttr): readonly MapBlock[] {
  return [{ what: 'slots', size: PROG_SLOT_SIZE * maxEntries }];
}

export function createFdArray(map: BpfMapHandle, [slots = 0]: readonly number[]): void {
  map.set(MAP_VALUES, slots);
  map.set(MAP_STRIDE, PROG_SLOT_SIZE);
}

/** Address of the slot; 0 past the end. */
export function slotAt(map: BpfMapHandle, key: number): number {
  return map.call('array_lookup', key);
}

/** Empties a slot. */
export function deleteSlot(map: BpfMapHandle, key: number): number {
  const slot = slotAt(map, key);
  if (slot === 0) return negative('E2BIG');
  const { u32 } = map.machine;
  if (u32[slot >> 2] === 0) return negative('ENOENT');
  u32.fill(0, slot >> 2, (slot + PROG_SLOT_SIZE) >> 2);
  return 0;
}
