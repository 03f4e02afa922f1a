/** struct __sk_buff (192 bytes): every field, who may load it, who may store to it, and what ctx_in may set. */
import type { ProgTypeName } from '../uapi/bpf.ts';
import { type CtxField, ctxField } from './facts.ts';

export const SK_BUFF_SIZE = 192;

type Users = readonly ProgTypeName[];

const TC: Users = ['sched_cls', 'sched_act'];
const LWT: Users = ['lwt_in', 'lwt_out', 'lwt_xmit', 'lwt_seg6local'];
const CGROUP: Users = ['cgroup_skb'];
const SK_SKB: Users = ['sk_skb'];
const FLOW: Users = ['flow_dissector'];
/** Who may load what is no secret of a type. */
const ALL: Users = ['socket_filter', ...TC, ...CGROUP, ...LWT, ...SK_SKB];
const MARKED: Users = ['socket_filter', ...TC, ...CGROUP, ...LWT];
const DIRECT: Users = [...TC, ...CGROUP, ...LWT, ...SK_SKB];
const SOCKET: Users = [...CGROUP, ...SK_SKB];
const NONE: Users = [];
const U16 = 0xffff;

interface Row {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Accesses as facts.ts writes them, and the types that have them. */
  readonly loads: string;
  readonly readers: Users;
  readonly stores: string;
  readonly writers: Users;
  readonly more: { ctxIn?: true; storeMask?: number; storeBelow?: number };
}

function row(
  name: string,
  offset: number,
  size: number,
  loads: string,
  readers: Users,
  writers: Users = NONE,
  more: { ctxIn?: true; storeMask?: number; storeBelow?: number; stores?: string } = {},
): Row {
  const { stores = String(size), ...rest } = more;
  return { name, offset, size, loads, readers, stores, writers, more: rest };
}

const IN = { ctxIn: true } as const;

/** [K] test-run.md 3.2 and 3.4; the bytes 181 to 183 are padding and belong to no field. */
const ROWS: readonly Row[] = [
  row('len', 0, 4, 'narrow', ALL),
  row('pkt_type', 4, 4, 'narrow', ALL),
  row('mark', 8, 4, 'narrow', MARKED, [...TC, ...CGROUP, ...LWT], IN),
  // NO_QUEUE_MAPPING and above are not stored; a negative constant is, as 16 bits
  row('queue_mapping', 12, 4, 'narrow', ALL, TC, { storeMask: U16, storeBelow: U16 }),
  row('protocol', 16, 4, 'narrow', ALL),
  row('vlan_present', 20, 4, 'narrow', ALL),
  row('vlan_tci', 24, 4, 'narrow', ALL),
  row('vlan_proto', 28, 4, 'narrow', ALL),
  row('priority', 32, 4, 'narrow', ALL, DIRECT, IN),
  row('ingress_ifindex', 36, 4, 'narrow', ALL, NONE, IN),
  row('ifindex', 40, 4, 'narrow', ALL, NONE, IN),
  row('tc_index', 44, 4, 'narrow', ALL, [...TC, ...SK_SKB], { storeMask: U16 }),
  row('cb', 48, 20, 'any', ALL, MARKED, { ...IN, stores: 'any' }),
  row('hash', 68, 4, 'narrow', ALL),
  row('tc_classid', 72, 4, 'narrow', TC, TC, { storeMask: U16 }),
  row('data', 76, 4, '4', [...DIRECT, ...FLOW]),
  row('data_end', 80, 4, '4', [...DIRECT, ...FLOW]),
  row('napi_id', 84, 4, 'narrow', ALL),
  row('family', 88, 4, 'narrow', SOCKET),
  row('remote_ip4', 92, 4, '4', SOCKET),
  row('local_ip4', 96, 4, '4', SOCKET),
  row('remote_ip6', 100, 16, '4', SOCKET),
  row('local_ip6', 116, 16, '4', SOCKET),
  row('remote_port', 132, 4, 'narrow', SOCKET),
  row('local_port', 136, 4, 'narrow', SOCKET),
  row('data_meta', 140, 4, '4', TC),
  row('flow_keys', 144, 8, '8', FLOW),
  row('tstamp', 152, 8, '8', [...TC, ...CGROUP], [...TC, ...CGROUP], IN),
  row('wire_len', 160, 4, 'narrow', TC, NONE, IN),
  row('gso_segs', 164, 4, 'narrow', ALL, NONE, IN),
  row('sk', 168, 8, '8', ALL),
  row('gso_size', 176, 4, 'narrow', ALL, NONE, IN),
  row('tstamp_type', 180, 1, '1', TC),
  row('hwtstamp', 184, 8, '8', [...TC, ...CGROUP], NONE, IN),
];

/** The fields as programs of type `progType` may use them. */
export function skBuffFields(progType: ProgTypeName): readonly CtxField[] {
  return ROWS.map(({ name, offset, size, loads, readers, stores, writers, more }) =>
    ctxField(
      name,
      offset,
      size,
      readers.includes(progType) ? loads : '-',
      writers.includes(progType) ? stores : '-',
      more,
    ),
  );
}
