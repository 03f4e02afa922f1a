/** BPF_PROG_TYPE_SOCKET_FILTER: returns how many bytes of the packet to keep; 0 drops it. */
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

export const socketFilter: ProgTypeFacts = {
  name: 'socket_filter',
  ctxStruct: '__sk_buff',
  ctxSize: SK_BUFF_SIZE,
  ctxFields: skBuffFields('socket_filter'),
  packetAccess: 'none',
  layer: 'l3',
  returns: { drop: 0 },
  helpers: helperNames(
    BASE_HELPERS,
    'perf_event_output skb_load_bytes skb_load_bytes_relative get_socket_cookie get_socket_uid get_netns_cookie',
  ),
};
