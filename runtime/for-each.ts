/** bpf_for_each_map_elem: calls a function of the program for every element. */
import {
  CELL_CPU,
  FAULT_DEPTH,
  FIRST_FP,
  FRAME_STRIDE,
  KIND_MAP_VALUE,
  LAST_FP,
  SHADOW_READ,
  STAGING_BASE,
  STAGING_SIZE,
} from '../src/machine/layout';
import {
  HASH_BUCKETS,
  HASH_MASK,
  MAP_CPUS,
  MAP_MAX_ENTRIES,
  MAP_OPS,
  MAP_STRIDE,
  MAP_VALUES,
  NODE_KEY,
  NODE_NEXT,
  OPS_ARRAY,
  OPS_HASH,
  OPS_LRU_HASH,
  OPS_LRU_PERCPU_HASH,
  OPS_PERCPU_ARRAY,
  OPS_PERCPU_HASH,
} from '../src/maps/layout';
import { EINVAL, ENOTSUPP } from './errno';
import { fault } from './fault';
import { valueOf } from './hash-table';
import { field } from './map-value';
import { setShadow } from './memory';

/** Where an array's callback finds its key: 8 bytes for each frame, at the end of the staging area. */
// @ts-ignore: decorator
@inline
const KEYS: u32 = STAGING_BASE + STAGING_SIZE - 128;

/** Calls the function at `index` of the table with a frame above `fp`. */
// @ts-ignore: decorator
@inline
function callback(index: u32, map: u32, key: u32, value: u32, ctx: u64, fp: u32): u64 {
  return call_indirect<u64>(index, <u64>map, <u64>key, <u64>value, ctx, <u64>0, fp + FRAME_STRIDE);
}

/**
 * Elements visited, the one whose callback returned non-zero included; -EINVAL for flags. An array goes by index, a
 * hash map by bucket; deleting the element at hand (or another) is safe, a new element may or may not be visited.
 */
export function map_for_each(map: u32, index: u32, ctx: u64, flags: u64, fp: u32): i32 {
  if (flags != 0) return EINVAL;
  if (fp + FRAME_STRIDE > <u32>LAST_FP) {
    fault(FAULT_DEPTH, fp, 0, 0);
    return EINVAL;
  }
  const ops = field(map, MAP_OPS);
  const cpu = load<u32>(CELL_CPU) * field(map, MAP_STRIDE);
  if (ops == OPS_ARRAY) return eachIndex(map, index, ctx, fp, field(map, MAP_STRIDE), 0);
  if (ops == OPS_PERCPU_ARRAY) return eachIndex(map, index, ctx, fp, field(map, MAP_STRIDE) * field(map, MAP_CPUS), cpu);
  if (ops == OPS_HASH || ops == OPS_LRU_HASH) return eachNode(map, index, ctx, fp, 0);
  if (ops == OPS_PERCPU_HASH || ops == OPS_LRU_PERCPU_HASH) return eachNode(map, index, ctx, fp, cpu);
  return ENOTSUPP;
}

function eachIndex(map: u32, index: u32, ctx: u64, fp: u32, step: u32, offset: u32): i32 {
  const key = KEYS + (((fp - FIRST_FP) / FRAME_STRIDE) << 3);
  setShadow(key, 4, SHADOW_READ | (KIND_MAP_VALUE << 4));
  const count = field(map, MAP_MAX_ENTRIES);
  let value = field(map, MAP_VALUES) + offset;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(key, i);
    if (callback(index, map, key, value, ctx, fp) != 0) return i + 1;
    value += step;
  }
  return count;
}

function eachNode(map: u32, index: u32, ctx: u64, fp: u32, offset: u32): i32 {
  let visited = 0;
  const buckets = field(map, HASH_MASK) + 1;
  for (let i: u32 = 0; i < buckets; i++) {
    let node = load<u32>(field(map, HASH_BUCKETS) + (i << 2));
    while (node != 0) {
      // read before the call: the callback may delete the node and its place may be given to another key
      const next = load<u32>(node, NODE_NEXT);
      visited++;
      if (callback(index, map, node + NODE_KEY, valueOf(map, node) + offset, ctx, fp) != 0) return visited;
      node = next;
    }
  }
  return visited;
}
