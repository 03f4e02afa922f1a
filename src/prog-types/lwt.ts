/**
 * BPF_PROG_TYPE_LWT_IN, LWT_OUT, LWT_XMIT: lightweight tunnels, run by a route at input, output and transmission.
 * LWT_SEG6LOCAL is a segment of a segment routing path.
 */
import type { ProgTypeName } from '../uapi/bpf.ts';
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

const OUT = `
  ${BASE_HELPERS}
  perf_event_output skb_load_bytes skb_pull_data csum_diff get_route_realm get_hash_recalc skb_under_cgroup
`;
const XMIT = `
  skb_store_bytes skb_change_head skb_change_tail csum_update csum_level l3_csum_replace l4_csum_replace
  redirect clone_redirect set_hash_invalid
  skb_get_tunnel_key skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt lwt_push_encap
`;

const SEG6 = 'lwt_seg6_store_bytes lwt_seg6_action lwt_seg6_adjust_srh';

function lwt(name: ProgTypeName, access: 'read' | 'readWrite', helpers: ReadonlySet<string>): ProgTypeFacts {
  return {
    name,
    ctxStruct: '__sk_buff',
    ctxSize: SK_BUFF_SIZE,
    ctxFields: skBuffFields(name),
    packetAccess: access,
    layer: 'l3',
    returns: { BPF_OK: 0, BPF_DROP: 2, BPF_REDIRECT: 7, BPF_LWT_REROUTE: 128 },
    helpers,
  };
}

export const lwtIn: ProgTypeFacts = lwt('lwt_in', 'read', helperNames(OUT, 'lwt_push_encap'));
export const lwtOut: ProgTypeFacts = lwt('lwt_out', 'read', helperNames(OUT));
export const lwtXmit: ProgTypeFacts = lwt('lwt_xmit', 'readWrite', helperNames(OUT, XMIT));
export const lwtSeg6local: ProgTypeFacts = lwt('lwt_seg6local', 'read', helperNames(OUT, SEG6));
