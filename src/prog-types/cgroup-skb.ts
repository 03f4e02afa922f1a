/** BPF_PROG_TYPE_CGROUP_SKB: returns 0 or 1, at egress with bit 1 for congestion notification. */
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

export const cgroupSkb: ProgTypeFacts = {
  name: 'cgroup_skb',
  ctxStruct: '__sk_buff',
  ctxSize: SK_BUFF_SIZE,
  ctxFields: skBuffFields('cgroup_skb'),
  packetAccess: 'read',
  layer: 'l3',
  // the kernel has no names for these
  returns: { drop: 0, pass: 1, 'drop,cn': 2, 'pass,cn': 3 },
  returnRange: [0, 1],
  attachTypes: ['cgroup_inet_ingress', 'cgroup_inet_egress'],
  forms: [{ attachTypes: ['cgroup_inet_egress'], returnRange: [0, 3] }],
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output skb_load_bytes skb_load_bytes_relative get_socket_cookie get_socket_uid get_netns_cookie get_local_storage
     skb_cgroup_id skb_ancestor_cgroup_id sk_cgroup_id sk_ancestor_cgroup_id skb_ecn_set_ce
     sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release sk_fullsock tcp_sock get_listener_sock
     sk_storage_get sk_storage_delete`,
  ),
};
