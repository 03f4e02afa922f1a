/** BPF_PROG_TYPE_RAW_TRACEPOINT: runs at a tracepoint, on the arguments of the kernel's own call. */
import { TRACING_HELPERS } from './base-helpers.ts';
import { ctxField, helperNames, type ProgTypeFacts } from './facts.ts';

/** MAX_BPF_FUNC_ARGS. */
const MAX_ARGS = 12;
/** struct bpf_raw_tracepoint_args, as long as it can get. */
export const RAW_TP_ARGS_SIZE = 8 * MAX_ARGS;

export const rawTracepoint: ProgTypeFacts = {
  name: 'raw_tracepoint',
  ctxStruct: 'bpf_raw_tracepoint_args',
  ctxSize: RAW_TP_ARGS_SIZE,
  ctxFields: [ctxField('args', 0, RAW_TP_ARGS_SIZE, 'any', '-', { ctxIn: true })],
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(TRACING_HELPERS),
};

/** BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE: the first argument is a buffer that can be written. */
export const rawTracepointWritable: ProgTypeFacts = {
  ...rawTracepoint,
  name: 'raw_tracepoint_writable',
  ctxFields: [ctxField('args', 0, RAW_TP_ARGS_SIZE, '1!,2!,4!,8')],
};
