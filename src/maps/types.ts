/** The map types there are: one line each. What is not here is refused by name. */
import { UnsupportedError } from '../errors.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import { arrayMap, percpuArrayMap } from './array.ts';
import type { MapAttr } from './attr.ts';
import { bloomFilterMap } from './bloom-filter.ts';
import { rule } from './checks.ts';
import { cpumap, devmap, devmapHash, xskmap } from './device-map.ts';
import { hashMap, lruHashMap, lruPercpuHashMap, percpuHashMap } from './hash.ts';
import { lpmTrieMap } from './lpm-trie.ts';
import { arrayOfMaps, hashOfMaps } from './map-of-maps.ts';
import type { MapType } from './map-type.ts';
import { perfEventArrayMap } from './perf-event-array.ts';
import { progArrayMap } from './prog-array.ts';
import { queueMap, stackMap } from './queue.ts';
import { ringbufMap } from './ringbuf.ts';

export const MAP_TYPES: ReadonlyMap<number, MapType> = new Map(
  [
    hashMap,
    arrayMap,
    progArrayMap,
    perfEventArrayMap,
    percpuHashMap,
    percpuArrayMap,
    lruHashMap,
    lruPercpuHashMap,
    lpmTrieMap,
    arrayOfMaps,
    hashOfMaps,
    devmap,
    cpumap,
    xskmap,
    queueMap,
    stackMap,
    devmapHash,
    ringbufMap,
    bloomFilterMap,
  ].map((type) => [type.type, type]),
);

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(MAP_TYPE).map(([name, type]) => [type, name]),
);

/** @throws UnsupportedError for a type of the kernel's that we lack, MapError EINVAL for one it lacks too. */
export function mapTypeOf(attr: MapAttr): MapType {
  const found = MAP_TYPES.get(attr.type);
  if (found) return found;
  const name = NAMES.get(attr.type);
  rule(name !== undefined && attr.type !== 0, attr, `map type ${attr.type} does not exist`);
  throw new UnsupportedError(
    `map type ${name}`,
    `not available in the simulated kernel (map '${attr.name}')`,
    {
      errno: 'EINVAL',
    },
  );
}
