/**
 * Where things lie in the linear memory. Plain numeric constants only: the AssemblyScript runtime imports this very file.
 *
 *   0x00000  null page, never accessible to a checked program; holds the machine's cells from CELLS on
 *   0x10000  stack frames
 *   0x40000  context structs (what r1 points to), each followed by the machine's own hidden fields
 *   0x48000  staging area for keys and values that come from outside
 *   0x50000  xdp_buff: one page for the linear part, then 17 fragment pages
 *   0x70000  sk_buff data: head room, packet, tail room
 *   0x90000  heap: maps, ring buffers, anything allocated
 *   limit    shadow: one byte per byte of [0, limit), see SHADOW_*
 *   2*limit  end of the WebAssembly.Memory, which never grows, so that views of it stay valid
 */

/** Machine cells (in the null page). All little endian. */
export const CELLS = 0x1000;
/** i32: instructions left before the run is ended. */
export const CELL_FUEL = 0x1000;
/** i32: tail calls made in this run (at most MAX_TAIL_CALL_CNT). */
export const CELL_TAIL_CALLS = 0x1004;
/** i32: CPU the program runs on. */
export const CELL_CPU = 0x1008;
/** i32: number of possible CPUs. */
export const CELL_NR_CPUS = 0x100c;
/** u64: CLOCK_MONOTONIC in ns, what bpf_ktime_get_ns returns. */
export const CELL_KTIME = 0x1010;
/** u64: what the clock advances by after each reading. */
export const CELL_KTIME_STEP = 0x1018;
/** u64 x 2: state of the pseudo random generator. */
export const CELL_RANDOM = 0x1020;
/** u32: upper half of the 64-bit result of a helper written in TypeScript. */
export const CELL_RETURN_HI = 0x1030;
/** i32: instruction number of the last helper call, valid inside a helper (for fault messages). */
export const CELL_PC = 0x1034;
/** u64: instructions executed by the last run in count mode. */
export const CELL_INSN_COUNT = 0x1038;
/** u64: boot time offset added by bpf_ktime_get_boot_ns. */
export const CELL_BOOT_OFFSET = 0x1040;
/** u64: offset added by bpf_ktime_get_tai_ns. */
export const CELL_TAI_OFFSET = 0x1048;
/** i32: instruction budget that the run loop puts into CELL_FUEL before each repetition. */
export const CELL_FUEL_LIMIT = 0x1050;
/** u64: r0 of the last repetition, all 64 bits. */
export const CELL_R0 = 0x1058;
/** u32: address of this run's context, what a helper's ctx argument must be. Set by the run loop. */
export const CELL_CTX = 0x1060;
/** Interpreter state: r0-r10 (u64 each), then its own fields up to 0x1800. */
export const CELL_INTERP = 0x1400;

/** Stack: r10 of the first frame is STACK_BASE + FRAME_STRIDE; a callee's r10 is its caller's plus FRAME_STRIDE. */
export const STACK_BASE = 0x10000;
export const FRAME_SIZE = 512;
/** 64 bytes between frames stay inaccessible. */
export const FRAME_STRIDE = 576;
/** A program may be 8 calls deep (MAX_CALL_FRAMES), and tail calls from the deepest start 33 others above it. */
export const MAX_FRAMES = 272;
export const FIRST_FP = 0x10240;
/** r10 of the deepest frame: FIRST_FP + (MAX_FRAMES - 1) * FRAME_STRIDE. */
export const LAST_FP = 0x36400;

export const CTX_BASE = 0x40000;
export const CTX_SIZE = 0x8000;
export const STAGING_BASE = 0x48000;
export const STAGING_SIZE = 0x8000;
export const XDP_BASE = 0x50000;
export const XDP_FRAME_SIZE = 4096;
export const XDP_MAX_FRAGS = 17;
export const SKB_BASE = 0x70000;
export const SKB_SIZE = 0x20000;
export const HEAP_BASE = 0x90000;

/** Shadow byte: bit 0 readable, bit 1 writable, bits 4-7 what the byte belongs to. */
export const SHADOW_READ = 1;
export const SHADOW_WRITE = 2;
export const KIND_NONE = 0;
export const KIND_STACK = 1;
export const KIND_CTX = 2;
export const KIND_PACKET = 3;
export const KIND_MAP_VALUE = 4;
/** First byte of a map's header: what a helper's map argument must point to. Neither readable nor writable. */
export const KIND_MAP = 5;
export const KIND_RINGBUF = 6;
export const KIND_MEM = 7;
export const KIND_SOCK = 8;

/** First argument of `env.fault` (wasm) and of a FaultHandler: what was wrong. */
export const FAULT_LOAD = 0;
export const FAULT_STORE = 1;
/** A bad argument of a helper that is no plain memory; the rule says which. */
export const FAULT_HELPER = 2;
export const FAULT_BUDGET = 3;
export const FAULT_DEPTH = 4;
export const FAULT_CALL = 5;
/** A helper's memory argument: address and size are the argument's. */
export const FAULT_ARG_READ = 6;
export const FAULT_ARG_WRITE = 7;
export const FAULT_ARG_MAP = 8;
export const FAULT_ARG_CTX = 9;
/** An instruction that no program may reach, such as a write to r10. */
export const FAULT_INSN = 10;

/** The timer tick of CONFIG_HZ=250, ns. */
export const TICK_NS = 4000000;
/** What bpf_jiffies64 counts from: (u32)(-300 * HZ). */
export const JIFFIES_AT_BOOT = 4294892296;
