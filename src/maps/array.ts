/** BPF_MAP_TYPE_ARRAY and PERCPU_ARRAY: all values exist from the start, zeroed, and none can be deleted. */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, checkIndexKey, PCPU_MIN_UNIT_SIZE, rule } from './checks.ts';
import { indexNextKey } from './index-key.ts';
import { MAP_STRIDE, MAP_VALUES, OPS_ARRAY, OPS_PERCPU_ARRAY } from './layout.ts';
import { defineMapType, roundUp8 } from './map-type.ts';

const F = MAP_FLAG;

function checkArray(attr: MapAttr, flags: number): void {
  checkEntries(attr);
  checkIndexKey(attr);
  rule(attr.valueSize > 0, attr, 'value_size must not be 0');
  checkFlags(attr, F.BPF_F_NUMA_NODE | F.BPF_F_PRESERVE_ELEMS | ACCESS_FLAGS | flags);
  rule((attr.flags & F.BPF_F_PRESERVE_ELEMS) === 0, attr, 'BPF_F_PRESERVE_ELEMS is for perf_event_array');
  rule(attr.valueSize <= 0x7fffffff, attr, `value_size ${attr.valueSize} is over 2 GiB`, 'E2BIG');
}

export const arrayMap = defineMapType({
  type: MAP_TYPE.array,
  name: 'array',
  ops: OPS_ARRAY,
  runtime: {
    lookup: 'array_lookup',
    update: 'array_update',
    delete: 'array_delete',
    for_each: 'map_for_each',
  },
  openValues: true,
  innerMap: true,
  check: (attr) => checkArray(attr, F.BPF_F_MMAPABLE | F.BPF_F_INNER_MAP),
  // 64-bit atomics on a value need 8-byte alignment
  blocks: ({ valueSize, maxEntries }) => [{ what: 'values', size: roundUp8(valueSize) * maxEntries }],
  create(map, [values = 0]) {
    map.set(MAP_VALUES, values);
    map.set(MAP_STRIDE, roundUp8(map.valueSize));
    map.call('open_elements', values, map.maxEntries);
    if (map.attr.data) map.machine.u8.set(map.attr.data.subarray(0, map.valueSize), values);
  },
  lookup: (map, key) => map.call('array_lookup', key),
  update: (map, key, value, flags) => map.call('array_update', key, value, BigInt(flags)),
  delete: (map, key) => map.call('array_delete', key),
  nextKey: indexNextKey,
});

export const percpuArrayMap = defineMapType({
  type: MAP_TYPE.percpu_array,
  name: 'percpu_array',
  ops: OPS_PERCPU_ARRAY,
  runtime: {
    lookup: 'percpu_array_lookup',
    update: 'percpu_array_update',
    delete: 'array_delete',
    lookup_percpu: 'percpu_array_lookup_percpu',
    for_each: 'map_for_each',
  },
  perCpu: true,
  openValues: true,
  innerMap: true,
  check(attr) {
    checkArray(attr, 0);
    rule((attr.flags & F.BPF_F_NUMA_NODE) === 0, attr, 'BPF_F_NUMA_NODE is not for per-CPU maps');
    const size = roundUp8(attr.valueSize);
    rule(size <= PCPU_MIN_UNIT_SIZE, attr, `a per-CPU value has at most 32 KiB, this one ${size}`, 'E2BIG');
  },
  blocks: ({ valueSize, maxEntries }, cpus) => [
    { what: 'values', size: roundUp8(valueSize) * cpus * maxEntries },
  ],
  create(map, [values = 0]) {
    map.set(MAP_VALUES, values);
    map.set(MAP_STRIDE, roundUp8(map.valueSize));
    map.call('open_elements', values, map.maxEntries);
  },
  lookup: (map, key) => map.call('percpu_array_element', key),
  update(map, key, value, flags) {
    const errno = map.call('array_check_update', key, BigInt(flags));
    if (errno === 0) map.copyUserValue(map.call('percpu_array_element', key), value);
    return errno;
  },
  delete: (map, key) => map.call('array_delete', key),
  nextKey: indexNextKey,
});
