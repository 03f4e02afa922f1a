/** BPF_PROG_TYPE_SCHED_CLS and BPF_PROG_TYPE_SCHED_ACT: tc classifier and action; equal but for their name. */
import { TC_ACT } from '../uapi/bpf.ts';
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

export const schedCls: ProgTypeFacts = {
  name: 'sched_cls',
  ctxStruct: '__sk_buff',
  ctxSize: SK_BUFF_SIZE,
  ctxFields: skBuffFields('sched_cls'),
  packetAccess: 'readWrite',
  layer: 'l2',
  returns: TC_ACT,
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output
     skb_load_bytes skb_load_bytes_relative skb_store_bytes skb_pull_data skb_change_head skb_change_tail
     skb_change_proto skb_change_type skb_adjust_room skb_vlan_push skb_vlan_pop skb_set_tstamp skb_ecn_set_ce
     csum_diff csum_update csum_level l3_csum_replace l4_csum_replace
     redirect redirect_peer redirect_neigh clone_redirect fib_lookup check_mtu
     get_hash_recalc set_hash set_hash_invalid get_route_realm
     skb_get_tunnel_key skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt skb_get_xfrm_state
     skb_under_cgroup skb_cgroup_id skb_ancestor_cgroup_id skb_cgroup_classid
     get_socket_cookie get_socket_uid get_netns_cookie sk_storage_get sk_storage_delete
     sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release sk_fullsock sk_assign tcp_sock get_listener_sock
     tcp_check_syncookie tcp_gen_syncookie tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6
     tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6`,
  ),
};

export const schedAct: ProgTypeFacts = {
  ...schedCls,
  name: 'sched_act',
  ctxFields: skBuffFields('sched_act'),
};
