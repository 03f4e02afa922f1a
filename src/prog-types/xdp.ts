/** BPF_PROG_TYPE_XDP: runs on the raw frame before an sk_buff exists. */
import { XDP_ACTION } from '../uapi/bpf.ts';
import { BASE_HELPERS } from './base-helpers.ts';
import { type CtxField, helperNames, type ProgTypeFacts } from './facts.ts';

export const XDP_MD_SIZE = 24;

function field(name: string, offset: number, ctxIn = true, read = true): CtxField {
  return { name, offset, size: 4, read, write: false, ctxIn };
}

export const xdp: ProgTypeFacts = {
  name: 'xdp',
  ctxStruct: 'xdp_md',
  ctxSize: XDP_MD_SIZE,
  ctxFields: [
    field('data', 0),
    field('data_end', 4),
    field('data_meta', 8, false),
    field('ingress_ifindex', 12),
    field('rx_queue_index', 16),
    // only programs attached to a devmap entry may read it, and those have no test run
    field('egress_ifindex', 20, false, false),
  ],
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
};
