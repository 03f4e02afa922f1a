/** BPF_PROG_TYPE_SK_MSG: judges what is sent on the sockets of a sockmap. */
import { BASE_HELPERS } from './base-helpers.ts';
import { ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

export const skMsg: ProgTypeFacts = {
  name: 'sk_msg',
  ctxStruct: 'sk_msg_md',
  ctxSize: 80,
  ctxFields: ctxTable(`
    data         0  8 8
    data_end     8  8 8
    family      16  4 4
    remote_ip4  20  4 4
    local_ip4   24  4 4
    remote_ip6  28 16 4
    local_ip6   44 16 4
    remote_port 60  4 4
    local_port  64  4 4
    size        68  4 4
    sk          72  8 8
  `),
  packetAccess: 'readWrite',
  returns: { SK_DROP: 0, SK_PASS: 1 },
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output msg_apply_bytes msg_cork_bytes msg_pull_data msg_push_data msg_pop_data msg_redirect_map
     msg_redirect_hash sk_storage_get sk_storage_delete get_netns_cookie`,
  ),
};
