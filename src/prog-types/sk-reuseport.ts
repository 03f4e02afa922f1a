/** BPF_PROG_TYPE_SK_REUSEPORT: selects one of the sockets that share a port. */
import { COMMON_HELPERS } from './base-helpers.ts';
import { ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

export const skReuseport: ProgTypeFacts = {
  name: 'sk_reuseport',
  ctxStruct: 'sk_reuseport_md',
  ctxSize: 56,
  ctxFields: ctxTable(`
    data           0 8 8
    data_end       8 8 8
    len           16 4 narrow
    eth_protocol  20 4 2,4
    ip_protocol   24 4 narrow
    bind_inany    28 4 narrow
    hash          32 4 4
    sk            40 8 8
    migrating_sk  48 8 8
  `),
  packetAccess: 'read',
  layer: 'l3',
  returns: { SK_DROP: 0, SK_PASS: 1 },
  attachTypes: ['sk_reuseport_select', 'sk_reuseport_select_or_migrate'],
  helpers: helperNames(
    COMMON_HELPERS,
    'ktime_get_coarse_ns skb_load_bytes skb_load_bytes_relative sk_select_reuseport get_socket_cookie',
  ),
};
