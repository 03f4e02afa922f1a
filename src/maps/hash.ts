/**
 * BPF_MAP_TYPE_HASH, PERCPU_HASH, LRU_HASH and LRU_PERCPU_HASH. next_key goes by bucket, the newest element first; with
 * BPF_F_ZERO_SEED the hash function is the kernel's, and so is the order. Without it the kernel's order is random.
 */
import { MAP_FLAG, MAP_TYPE, type MapTypeName } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkFlags, KMALLOC_MAX_SIZE, PCPU_MIN_UNIT_SIZE, rule } from './checks.ts';
import type { BpfMapHandle } from './handle.ts';
import {
  HASH_BUCKETS,
  HASH_BY_JHASH,
  HASH_BY_MIX,
  HASH_FRESH,
  HASH_FUNC,
  HASH_MASK,
  HASH_NODE_SIZE,
  HASH_NODES_END,
  HASH_VALUE_OFF,
  MAP_MAX_ENTRIES,
  MAP_STRIDE,
  NODE_KEY,
  OPS_HASH,
  OPS_LRU_HASH,
  OPS_LRU_PERCPU_HASH,
  OPS_PERCPU_HASH,
} from './layout.ts';
import {
  defineMapType,
  type MapBlock,
  type MapType,
  powerOfTwo,
  type RuntimeOp,
  roundUp8,
} from './map-type.ts';

const F = MAP_FLAG;
/** sizeof(struct htab_elem), which bounds the largest element. */
/** Buckets have 16 bytes and there are as many as the next power of two ([K] 2^27 + 1 entries: E2BIG). */
const MAX_BUCKETS = 2 ** 27;
const HTAB_ELEM = 48;

interface Variant {
  readonly lru: boolean;
  readonly perCpu: boolean;
}

export function checkHash(attr: MapAttr, { lru, perCpu }: Variant): void {
  const { flags, keySize, valueSize } = attr;
  checkFlags(
    attr,
    F.BPF_F_NO_PREALLOC | F.BPF_F_NO_COMMON_LRU | F.BPF_F_NUMA_NODE | F.BPF_F_ZERO_SEED | ACCESS_FLAGS,
  );
  const noCommonLru = (flags & F.BPF_F_NO_COMMON_LRU) !== 0;
  rule(lru || !noCommonLru, attr, 'BPF_F_NO_COMMON_LRU is for LRU maps');
  const noPrealloc = (flags & F.BPF_F_NO_PREALLOC) !== 0;
  rule(!(lru && noPrealloc), attr, 'BPF_F_NO_PREALLOC is not for LRU maps', 'ENOTSUPP');
  const numa = (flags & F.BPF_F_NUMA_NODE) !== 0;
  rule(!(numa && (perCpu || noCommonLru)), attr, 'BPF_F_NUMA_NODE is not for per-CPU maps or lists');
  rule(attr.maxEntries > 0, attr, 'max_entries must not be 0');
  rule(keySize > 0 && valueSize > 0, attr, 'key_size and value_size must not be 0');
  rule(
    keySize + valueSize < KMALLOC_MAX_SIZE - HTAB_ELEM,
    attr,
    `key and value have ${keySize + valueSize} bytes, over 4 MiB less 48`,
    'E2BIG',
  );
  const perCpuSize = roundUp8(valueSize);
  rule(
    !perCpu || perCpuSize <= PCPU_MIN_UNIT_SIZE,
    attr,
    `a per-CPU value has at most 32 KiB, this one ${perCpuSize}`,
    'E2BIG',
  );
  rule(
    attr.maxEntries <= MAX_BUCKETS,
    attr,
    `max_entries ${attr.maxEntries} is over ${MAX_BUCKETS}: the buckets would not fit 32 bits`,
    'E2BIG',
  );
}

/** With a list per CPU the kernel gives each CPU the same number of elements. */
function entries({ flags, maxEntries }: MapAttr, cpus: number): number {
  if ((flags & F.BPF_F_NO_COMMON_LRU) === 0) return maxEntries;
  return Math.ceil(maxEntries / cpus) * cpus;
}

function nodeSize({ keySize, valueSize }: MapAttr, cpus: number): number {
  return NODE_KEY + roundUp8(keySize) + roundUp8(valueSize) * cpus;
}

export function hashBlocks(attr: MapAttr, cpus: number): readonly MapBlock[] {
  const count = entries(attr, cpus);
  return [
    { what: 'buckets', size: powerOfTwo(count) * 4 },
    // one more: the spare that an update of an existing key writes to
    { what: 'elements', size: nodeSize(attr, cpus) * (count + 1), usedField: HASH_FRESH },
  ];
}

export function createHash(map: BpfMapHandle, [buckets = 0, nodes = 0]: readonly number[]): void {
  const cpus = map.mapType.perCpu ? map.machine.cpus : 1;
  const count = entries(map.attr, cpus);
  map.set(MAP_MAX_ENTRIES, count);
  map.set(MAP_STRIDE, roundUp8(map.valueSize));
  map.set(HASH_BUCKETS, buckets);
  map.set(HASH_MASK, powerOfTwo(count) - 1);
  map.set(HASH_FRESH, nodes);
  map.set(HASH_NODE_SIZE, nodeSize(map.attr, cpus));
  map.set(HASH_NODES_END, nodes + nodeSize(map.attr, cpus) * (count + 1));
  map.set(HASH_VALUE_OFF, NODE_KEY + roundUp8(map.keySize));
  map.set(HASH_FUNC, map.flags & F.BPF_F_ZERO_SEED ? HASH_BY_JHASH : HASH_BY_MIX);
}

function defineHash(name: MapTypeName, ops: number, prefix: string, variant: Variant): MapType {
  const remove = variant.lru ? 'lru_hash_delete' : 'hash_delete';
  const runtime: Partial<Record<RuntimeOp, string>> = {
    lookup: `${prefix}_lookup`,
    update: `${prefix}_update`,
    delete: remove,
    for_each: 'map_for_each',
  };
  if (variant.perCpu) runtime.lookup_percpu = `${prefix}_lookup_percpu`;
  return defineMapType({
    type: MAP_TYPE[name],
    name,
    ops,
    runtime,
    ...(variant.perCpu ? { perCpu: true } : {}),
    openValues: true,
    innerMap: true,
    check: (attr) => checkHash(attr, variant),
    blocks: (attr, cpus) => hashBlocks(attr, variant.perCpu ? cpus : 1),
    create: createHash,
    // not the LRU's own lookup: a reader in user space does not make an element recently used
    lookup: (map, key) => map.call('hash_lookup', key),
    update(map, key, value, flags) {
      if (!variant.perCpu) return map.call(`${prefix}_update`, key, value, BigInt(flags));
      const element = map.call(`${prefix}_element`, key, BigInt(flags));
      if (element > 0) map.copyUserValue(element, value);
      return Math.min(element, 0);
    },
    delete: (map, key) => map.call(remove, key),
    nextKey: (map, key) => map.call('hash_next_key', key),
    lookupAndDelete(map, key, value) {
      const found = map.call('hash_lookup', key);
      if (found > 0) map.machine.u8.copyWithin(value, found, found + map.userValueSize);
      return map.call(remove, key);
    },
  });
}

export const hashMap = defineHash('hash', OPS_HASH, 'hash', { lru: false, perCpu: false });
export const percpuHashMap = defineHash('percpu_hash', OPS_PERCPU_HASH, 'percpu_hash', {
  lru: false,
  perCpu: true,
});
export const lruHashMap = defineHash('lru_hash', OPS_LRU_HASH, 'lru_hash', { lru: true, perCpu: false });
export const lruPercpuHashMap = defineHash('lru_percpu_hash', OPS_LRU_PERCPU_HASH, 'lru_percpu_hash', {
  lru: true,
  perCpu: true,
});
