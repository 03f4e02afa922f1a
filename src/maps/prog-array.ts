/** BPF_MAP_TYPE_PROG_ARRAY: targets of tail calls. All must be of the type of the first one (the map's owner). */
import { MAP_TYPE } from '../uapi/bpf.ts';
import { checkFdArray, createFdArray, deleteSlot, fdArrayBlocks, slotAt } from './fd-array.ts';
import type { BpfMapHandle } from './handle.ts';
import { indexNextKey } from './index-key.ts';
import { OPS_NONE, PROG_SLOT_FUNC, PROG_SLOT_ID } from './layout.ts';
import { defineMapType, negative } from './map-type.ts';
import type { ProgramRef } from './references.ts';

/**
 * Whether a program may be in, or tail call through, this prog_array; the first one that asks sets the rule
 * (the kernel's bpf_prog_map_compatible).
 */
export function compatible(map: BpfMapHandle, program: ProgramRef): boolean {
  map.owner ??= program;
  const { owner } = map;
  return owner.progType === program.progType && !owner.xdpHasFrags === !program.xdpHasFrags;
}

export const progArrayMap = defineMapType({
  type: MAP_TYPE.prog_array,
  name: 'prog_array',
  ops: OPS_NONE,
  runtime: {},
  openValues: false,
  check: (attr) => checkFdArray(attr),
  blocks: fdArrayBlocks,
  create: createFdArray,
  /** The program's id, as the kernel answers. */
  lookup(map, key) {
    const slot = slotAt(map, key);
    return slot !== 0 && map.machine.u32[slot >> 2] !== 0 ? slot + PROG_SLOT_ID : 0;
  },
  update(map, key, value, flags) {
    if (flags !== 0) return negative('EINVAL');
    const slot = slotAt(map, key);
    if (slot === 0) return negative('E2BIG');
    const program = map.references.programs.get(map.machine.view.getUint32(value, true));
    if (!program) return negative('EBADF');
    if (!compatible(map, program)) return negative('EINVAL');
    map.machine.u32[(slot + PROG_SLOT_FUNC) >> 2] = program.func;
    map.machine.u32[(slot + PROG_SLOT_ID) >> 2] = program.id;
    return 0;
  },
  delete: deleteSlot,
  nextKey: indexNextKey,
});
