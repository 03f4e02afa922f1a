/** BPF_MAP_TYPE_LPM_TRIE: key is a u32 prefixlen and up to 256 bytes of data; lookup finds the longest prefix. */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, KMALLOC_MAX_SIZE, rule } from './checks.ts';
import {
  LPM_DATA,
  LPM_FRESH,
  LPM_NODE_SIZE,
  LPM_NODES_END,
  LPM_VALUE_OFF,
  MAP_STRIDE,
  OPS_LPM,
} from './layout.ts';
import { defineMapType, roundUp8 } from './map-type.ts';

/** sizeof(struct lpm_trie_node), which bounds the largest value together with 256 bytes of data. */
const NODE = 40;
const MAX_DATA = 256;

function valueOffset({ keySize }: MapAttr): number {
  return LPM_DATA + roundUp8(keySize - 4);
}

function nodeSize(attr: MapAttr): number {
  return valueOffset(attr) + roundUp8(attr.valueSize);
}

export const lpmTrieMap = defineMapType({
  type: MAP_TYPE.lpm_trie,
  name: 'lpm_trie',
  ops: OPS_LPM,
  runtime: { lookup: 'lpm_lookup', update: 'lpm_update', delete: 'lpm_delete' },
  openValues: true,
  innerMap: true,
  check(attr) {
    const { flags, keySize, valueSize } = attr;
    checkEntries(attr);
    rule((flags & MAP_FLAG.BPF_F_NO_PREALLOC) !== 0, attr, 'an LPM trie needs BPF_F_NO_PREALLOC');
    checkFlags(attr, MAP_FLAG.BPF_F_NO_PREALLOC | MAP_FLAG.BPF_F_NUMA_NODE | ACCESS_FLAGS);
    rule(keySize >= 5 && keySize <= 4 + MAX_DATA, attr, `key_size ${keySize} is not within 5 to 260`);
    const most = KMALLOC_MAX_SIZE - MAX_DATA - NODE;
    rule(valueSize >= 1 && valueSize <= most, attr, `value_size ${valueSize} is not within 1 to ${most}`);
  },
  // elements, as many forks between them, and what a replacement needs for a moment
  blocks: (attr) => [{ what: 'elements', size: nodeSize(attr) * 2 * attr.maxEntries, usedField: LPM_FRESH }],
  create(map, [nodes = 0]) {
    map.set(MAP_STRIDE, roundUp8(map.valueSize));
    map.set(LPM_FRESH, nodes);
    map.set(LPM_NODE_SIZE, nodeSize(map.attr));
    map.set(LPM_NODES_END, nodes + nodeSize(map.attr) * 2 * map.maxEntries);
    map.set(LPM_VALUE_OFF, valueOffset(map.attr));
  },
  lookup: (map, key) => map.call('lpm_lookup', key),
  update: (map, key, value, flags) => map.call('lpm_update', key, value, BigInt(flags)),
  delete: (map, key) => map.call('lpm_delete', key),
  nextKey: (map, key) => map.call('lpm_next_key', key),
});
