/** struct bpf_perf_event_data (uapi, 184 bytes on x86-64) and what lies behind it. Offsets from CTX_BASE. */

/** pt_regs: instruction pointer, code segment, flags, 8 bytes each. */
export const PERF_RIP = 128;
export const PERF_CS = 136;
export const PERF_EFLAGS = 144;

/** struct bpf_perf_event_value, which only bpf_perf_prog_read_value sees: counter, enabled, running. */
export const PERF_VALUE = 704;
export const PERF_VALUE_SIZE = 24;
