/** BPF_PROG_TYPE_XDP: runs on the raw frame before an sk_buff exists. */
import { XDP_ACTION } from '../uapi/bpf.ts';
import { BASE_HELPERS } from './base-helpers.ts';
import { type CtxField, ctxField, helperNames, type ProgTypeFacts } from './facts.ts';

export const XDP_MD_SIZE = 24;

const IN = { ctxIn: true } as const;

const FIELDS: readonly CtxField[] = [
  ctxField('data', 0, 4, '4', '-', IN),
  ctxField('data_end', 4, 4, '4', '-', IN),
  ctxField('data_meta', 8, 4, '4'),
  ctxField('ingress_ifindex', 12, 4, '4', '-', IN),
  ctxField('rx_queue_index', 16, 4, '4', '-', IN),
];

export const xdp: ProgTypeFacts = {
  name: 'xdp',
  ctxStruct: 'xdp_md',
  ctxSize: XDP_MD_SIZE,
  ctxFields: [...FIELDS, ctxField('egress_ifindex', 20, 4, '-')],
  packetAccess: 'readWrite',
  layer: 'l2',
  returns: XDP_ACTION,
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output redirect redirect_map csum_diff xdp_adjust_head xdp_adjust_meta xdp_adjust_tail xdp_get_buff_len xdp_load_bytes
     xdp_store_bytes fib_lookup check_mtu sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp tcp_check_syncookie
     tcp_gen_syncookie tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4
     tcp_raw_check_syncookie_ipv6`,
  ),
  // only programs attached to a devmap entry may read it, and those have no test run
  forms: [{ attachTypes: ['xdp_devmap'], ctxFields: [...FIELDS, ctxField('egress_ifindex', 20, 4, '4')] }],
};
