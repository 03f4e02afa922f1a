/** BPF_MAP_TYPE_RINGBUF: max_entries is the size of the data in bytes; the user side reads it by consume(). */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import { checkFlags, rule } from './checks.ts';
import { OPS_RINGBUF, RING_DATA } from './layout.ts';
import { defineMapType } from './map-type.ts';

const PAGE = 4096;

export const ringbufMap = defineMapType({
  type: MAP_TYPE.ringbuf,
  name: 'ringbuf',
  ops: OPS_RINGBUF,
  runtime: {},
  openValues: false,
  innerMap: true,
  check(attr) {
    const { keySize, valueSize, maxEntries } = attr;
    checkFlags(attr, MAP_FLAG.BPF_F_NUMA_NODE);
    rule(keySize === 0 && valueSize === 0, attr, 'a ring buffer has no keys and values: both sizes are 0');
    const power = maxEntries > 0 && Number.isInteger(Math.log2(maxEntries));
    rule(
      power && maxEntries % PAGE === 0,
      attr,
      `max_entries ${maxEntries} is no power of two of whole pages`,
    );
  },
  // the kernel maps the data twice in a row; here a record that passes the end goes on into the second half
  blocks: ({ maxEntries }) => [{ what: 'data', size: 2 * maxEntries }],
  create: (map, [data = 0]) => map.set(RING_DATA, data),
});
