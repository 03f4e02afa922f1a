/** struct __sk_buff (192 bytes): every field, who may load it, who may store to it, and what ctx_in may set. */
import type { ProgTypeName } from '../uapi/bpf.ts';
import type { CtxField } from './facts.ts';

export const SK_BUFF_SIZE = 192;

type Users = readonly ProgTypeName[];

const TC: Users = ['sched_cls', 'sched_act'];
const LWT: Users = ['lwt_in', 'lwt_out', 'lwt_xmit'];
const CGROUP: Users = ['cgroup_skb'];
const FLOW: Users = ['flow_dissector'];
const ALL: Users = ['socket_filter', ...TC, ...CGROUP, ...LWT];
const DIRECT: Users = [...TC, ...CGROUP, ...LWT];
const NONE: Users = [];
const U16 = 0xffff;

interface Row {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly readers: Users;
  readonly writers: Users;
  readonly ctxIn: boolean;
  readonly storeMask?: number;
  readonly storeBelow?: number;
}

function row(
  name: string,
  offset: number,
  size: number,
  readers: Users,
  writers: Users = NONE,
  more: { ctxIn?: true; storeMask?: number; storeBelow?: number } = {},
): Row {
  return { name, offset, size, readers, writers, ctxIn: more.ctxIn ?? false, ...more };
}

const IN = { ctxIn: true } as const;

/** [K] test-run.md 3.2 and 3.4; the bytes 181 to 183 are padding and belong to no field. */
const ROWS: readonly Row[] = [
  row('len', 0, 4, ALL),
  row('pkt_type', 4, 4, ALL),
  row('mark', 8, 4, ALL, DIRECT, IN),
  // NO_QUEUE_MAPPING and above are not stored; a negative constant is, as 16 bits
  row('queue_mapping', 12, 4, ALL, TC, { storeMask: U16, storeBelow: U16 }),
  row('protocol', 16, 4, ALL),
  row('vlan_present', 20, 4, ALL),
  row('vlan_tci', 24, 4, ALL),
  row('vlan_proto', 28, 4, ALL),
  row('priority', 32, 4, ALL, DIRECT, IN),
  row('ingress_ifindex', 36, 4, ALL, NONE, IN),
  row('ifindex', 40, 4, ALL, NONE, IN),
  row('tc_index', 44, 4, ALL, TC, { storeMask: U16 }),
  row('cb', 48, 20, ALL, ALL, IN),
  row('hash', 68, 4, ALL),
  row('tc_classid', 72, 4, TC, TC, { storeMask: U16 }),
  row('data', 76, 4, [...DIRECT, ...FLOW]),
  row('data_end', 80, 4, [...DIRECT, ...FLOW]),
  row('napi_id', 84, 4, ALL),
  row('family', 88, 4, CGROUP),
  row('remote_ip4', 92, 4, CGROUP),
  row('local_ip4', 96, 4, CGROUP),
  row('remote_ip6', 100, 16, CGROUP),
  row('local_ip6', 116, 16, CGROUP),
  row('remote_port', 132, 4, CGROUP),
  row('local_port', 136, 4, CGROUP),
  row('data_meta', 140, 4, TC),
  row('flow_keys', 144, 8, FLOW),
  row('tstamp', 152, 8, [...TC, ...CGROUP], [...TC, ...CGROUP], IN),
  row('wire_len', 160, 4, TC, NONE, IN),
  row('gso_segs', 164, 4, ALL, NONE, IN),
  row('sk', 168, 8, ALL),
  row('gso_size', 176, 4, ALL, NONE, IN),
  row('tstamp_type', 180, 1, TC),
  row('hwtstamp', 184, 8, [...TC, ...CGROUP], NONE, IN),
];

/** The fields as programs of type `progType` may use them. */
export function skBuffFields(progType: ProgTypeName): readonly CtxField[] {
  return ROWS.map(({ readers, writers, ...field }) => ({
    ...field,
    read: readers.includes(progType),
    write: writers.includes(progType),
  }));
}
