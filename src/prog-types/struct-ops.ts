/** BPF_PROG_TYPE_STRUCT_OPS: functions of a kernel struct, which decides what they may call. */
import { COMMON_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';

/** The facts are those of TCP congestion control, the oldest kind; bpf_dummy_ops is the one with a test run. */
export const structOps: ProgTypeFacts = {
  name: 'struct_ops',
  ctxStruct: '',
  ctxSize: 0,
  ctxFields: [],
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(
    COMMON_HELPERS,
    'ktime_get_coarse_ns getsockopt setsockopt sk_storage_get sk_storage_delete tcp_send_ack',
  ),
  // no helper at all
  forms: [{ attachTypes: [], target: 'bpf_dummy_ops', helpers: new Set() }],
};
