/** BPF_PROG_TYPE_PERF_EVENT: runs when a perf event overflows, on the registers and the address of that moment. */
import { TRACING_HELPERS } from './base-helpers.ts';
import { type CtxField, ctxField, helperNames, type ProgTypeFacts } from './facts.ts';
import { REGISTERS } from './registers.ts';

export const PERF_EVENT_DATA_SIZE = 184;

/** What the series is about: the upper half, and any aligned part, can be loaded alone. */
const PARTS: readonly CtxField[] = [
  ctxField('sample_period', 168, 8, 'any', '-', { ctxIn: true }),
  ctxField('addr', 176, 8, 'any', '-', { ctxIn: true }),
];

export const perfEvent: ProgTypeFacts = {
  name: 'perf_event',
  ctxStruct: 'bpf_perf_event_data',
  ctxSize: PERF_EVENT_DATA_SIZE,
  ctxFields: [
    ...REGISTERS.map((name, index) => ctxField(name, index * 8, 8, '8', '-', { ctxIn: true })),
    ...PARTS,
  ],
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(TRACING_HELPERS, 'perf_prog_read_value read_branch_records'),
};
