/** BPF_MAP_TYPE_QUEUE and STACK: no keys; update pushes, lookup peeks, lookup-and-delete pops. */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, KMALLOC_MAX_SIZE, rule } from './checks.ts';
import { MAP_STRIDE, MAP_VALUES, OPS_QUEUE, OPS_STACK } from './layout.ts';
import { defineMapType, type MapType, roundUp8 } from './map-type.ts';

function defineQueue(name: 'queue' | 'stack', ops: number): MapType {
  return defineMapType({
    type: MAP_TYPE[name],
    name,
    ops,
    runtime: { push: 'queue_push', pop: `${name}_pop`, peek: `${name}_peek` },
    openValues: false,
    absent: { delete: 'EINVAL', nextKey: 'EINVAL' },
    innerMap: true,
    check(attr) {
      checkEntries(attr);
      rule(attr.keySize === 0, attr, `key_size is ${attr.keySize}: a ${name} has no keys`);
      rule(attr.valueSize > 0, attr, 'value_size must not be 0');
      checkFlags(attr, MAP_FLAG.BPF_F_NUMA_NODE | ACCESS_FLAGS);
      rule(attr.valueSize <= KMALLOC_MAX_SIZE, attr, `value_size ${attr.valueSize} is over 4 MiB`, 'E2BIG');
    },
    // one slot stays empty, so that full and empty differ
    blocks: ({ valueSize, maxEntries }) => [{ what: 'slots', size: roundUp8(valueSize) * (maxEntries + 1) }],
    create(map, [slots = 0]) {
      map.set(MAP_VALUES, slots);
      map.set(MAP_STRIDE, roundUp8(map.valueSize));
    },
    lookupCopies: true,
    lookup(map, _key, value) {
      const errno = map.call(`${name}_peek`, value);
      return errno < 0 ? errno : value;
    },
    update: (map, _key, value, flags) => map.call('queue_push', value, BigInt(flags)),
    lookupAndDelete: (map, _key, value) => map.call(`${name}_pop`, value),
  });
}

export const queueMap = defineQueue('queue', OPS_QUEUE);
export const stackMap = defineQueue('stack', OPS_STACK);
