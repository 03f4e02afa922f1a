/**
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: where bpf_perf_event_output sends. The simulated kernel has no perf events to put into
 * it: a reader is there for each CPU from the start, and records are collected with the run's effects.
 */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import { checkFdArray, createFdArray, deleteSlot, fdArrayBlocks, slotAt } from './fd-array.ts';
import { indexNextKey } from './index-key.ts';
import { OPS_NONE } from './layout.ts';
import { defineMapType, negative } from './map-type.ts';

export const perfEventArrayMap = defineMapType({
  type: MAP_TYPE.perf_event_array,
  name: 'perf_event_array',
  ops: OPS_NONE,
  runtime: {},
  openValues: false,
  innerMap: true,
  check: (attr) => checkFdArray(attr, MAP_FLAG.BPF_F_PRESERVE_ELEMS),
  blocks: fdArrayBlocks,
  create: createFdArray,
  /** No number is a perf event's file descriptor here. */
  update(map, key, _value, flags) {
    if (flags !== 0) return negative('EINVAL');
    return slotAt(map, key) === 0 ? negative('E2BIG') : negative('EBADF');
  },
  delete: deleteSlot,
  nextKey: indexNextKey,
});
