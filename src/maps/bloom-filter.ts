/** BPF_MAP_TYPE_BLOOM_FILTER: update adds a value, lookup asks for one; map_extra is the number of hash functions. */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, rule } from './checks.ts';
import { BLOOM_BITS, BLOOM_HASHES, BLOOM_MASK, OPS_BLOOM } from './layout.ts';
import { defineMapType, powerOfTwo } from './map-type.ts';

const DEFAULT_HASHES = 5;

function hashes({ mapExtra = 0 }: MapAttr): number {
  return mapExtra & 15 || DEFAULT_HASHES;
}

/** 7/5 bits for each entry and hash function (1 / ln 2), in a power of two of at least 64. */
function bits(attr: MapAttr): number {
  return Math.max(64, powerOfTwo(Math.floor((attr.maxEntries * hashes(attr)) / 5) * 7));
}

export const bloomFilterMap = defineMapType({
  type: MAP_TYPE.bloom_filter,
  name: 'bloom_filter',
  ops: OPS_BLOOM,
  runtime: { push: 'bloom_push', peek: 'bloom_peek' },
  openValues: false,
  absent: { delete: 'EOPNOTSUPP', nextKey: 'EOPNOTSUPP' },
  innerMap: true,
  check(attr) {
    rule(attr.keySize === 0, attr, `key_size is ${attr.keySize}: a Bloom filter has no keys`);
    rule(attr.valueSize > 0, attr, 'value_size must not be 0');
    checkEntries(attr);
    checkFlags(attr, MAP_FLAG.BPF_F_NUMA_NODE | MAP_FLAG.BPF_F_ZERO_SEED | ACCESS_FLAGS);
    rule(
      ((attr.mapExtra ?? 0) & ~15) === 0,
      attr,
      'map_extra holds up to 15 hash functions and nothing else',
    );
  },
  blocks: (attr) => [{ what: 'bits', size: bits(attr) / 8 }],
  create(map, [address = 0]) {
    map.set(BLOOM_BITS, address);
    map.set(BLOOM_MASK, bits(map.attr) - 1);
    map.set(BLOOM_HASHES, hashes(map.attr));
  },
  lookupCopies: true,
  /** Asks for the value that the caller's buffer holds: zeroes, as lookup() has no other; see contains(). */
  lookup(map, _key, value) {
    const errno = map.call('bloom_peek', value);
    return errno < 0 ? errno : value;
  },
  update: (map, _key, value, flags) => map.call('bloom_push', value, BigInt(flags)),
});
