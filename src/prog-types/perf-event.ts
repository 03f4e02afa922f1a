/** BPF_PROG_TYPE_PERF_EVENT: runs when a perf event overflows, on the registers and the address of that moment. */
import { TRACING_HELPERS } from './base-helpers.ts';
import { type CtxField, helperNames, type ProgTypeFacts } from './facts.ts';

export const PERF_EVENT_DATA_SIZE = 184;

/** struct pt_regs of x86-64: 8 bytes each, in the kernel's order. */
const REGISTERS =
  'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss'.split(' ');

function field(name: string, offset: number): CtxField {
  return { name, offset, size: 8, read: true, write: false, ctxIn: true };
}

export const perfEvent: ProgTypeFacts = {
  name: 'perf_event',
  ctxStruct: 'bpf_perf_event_data',
  ctxSize: PERF_EVENT_DATA_SIZE,
  ctxFields: [
    ...REGISTERS.map((name, index) => field(name, index * 8)),
    field('sample_period', 168),
    field('addr', 176),
  ],
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(TRACING_HELPERS, 'perf_prog_read_value read_branch_records'),
};
