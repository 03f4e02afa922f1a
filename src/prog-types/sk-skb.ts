/** BPF_PROG_TYPE_SK_SKB: parses and steers what arrives on the sockets of a sockmap. */
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

export const skSkb: ProgTypeFacts = {
  name: 'sk_skb',
  ctxStruct: '__sk_buff',
  ctxSize: SK_BUFF_SIZE,
  ctxFields: skBuffFields('sk_skb'),
  packetAccess: 'readWrite',
  layer: 'l3',
  returns: { SK_DROP: 0, SK_PASS: 1 },
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output skb_load_bytes skb_store_bytes skb_pull_data skb_change_head skb_change_tail skb_adjust_room
     get_socket_cookie get_socket_uid sk_redirect_map sk_redirect_hash sk_lookup_tcp sk_lookup_udp skc_lookup_tcp
     sk_release`,
  ),
};
