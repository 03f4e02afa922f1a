/** BPF_PROG_TEST_RUN on the running kernel: the attribute block field by field, and libbpf's view of it. */
import { TestRunError, UnsupportedError } from '../errors.ts';
import type { TestRunAttr, TestRunResult } from '../test-run/attr.ts';
import type { ProgTypeName } from '../uapi/bpf.ts';
import { AttrBlock } from './attr.ts';
import { BPF_CMD, type Bpf, errnoOf } from './syscall.ts';

/** A pointer inside the attribute: bytes, an address that may be bad on purpose, or NULL. */
export type RawPointer = Uint8Array | bigint | null;

/** The block as the kernel sees it; fields that are left out are zero. */
export interface RawTestRunAttr {
  readonly progFd?: number;
  readonly retval?: number;
  readonly dataSizeIn?: number;
  readonly dataSizeOut?: number;
  readonly dataIn?: RawPointer;
  readonly dataOut?: RawPointer;
  readonly repeat?: number;
  readonly duration?: number;
  readonly ctxSizeIn?: number;
  readonly ctxSizeOut?: number;
  readonly ctxIn?: RawPointer;
  readonly ctxOut?: RawPointer;
  readonly flags?: number;
  readonly cpu?: number;
  readonly batchSize?: number;
  /** `size` of bpf(2); the whole block when absent. */
  readonly attrSize?: number;
}

export interface RawTestRunResult {
  /** 0 or a negative errno number. */
  readonly result: number;
  readonly retval: number;
  readonly duration: number;
  readonly dataSizeOut: number;
  readonly ctxSizeOut: number;
}

/** One call with full control of the block; what the kernel did not write keeps the caller's value. */
export function rawTestRun(bpf: Bpf, attr: RawTestRunAttr): RawTestRunResult {
  const block = new AttrBlock(bpf)
    .u32(0, attr.progFd ?? 0)
    .u32(4, attr.retval ?? 0)
    .u32(8, attr.dataSizeIn ?? 0)
    .u32(12, attr.dataSizeOut ?? 0)
    .u32(32, attr.repeat ?? 0)
    .u32(36, attr.duration ?? 0)
    .u32(40, attr.ctxSizeIn ?? 0)
    .u32(44, attr.ctxSizeOut ?? 0)
    .u32(64, attr.flags ?? 0)
    .u32(68, attr.cpu ?? 0)
    .u32(72, attr.batchSize ?? 0);
  const pointer = (offset: number, value: RawPointer | undefined): void => {
    if (typeof value === 'bigint') block.u64(offset, value);
    else block.pointer(offset, value ?? undefined);
  };
  pointer(16, attr.dataIn);
  pointer(24, attr.dataOut);
  pointer(48, attr.ctxIn);
  pointer(56, attr.ctxOut);
  const result = bpf.call(BPF_CMD.PROG_TEST_RUN, block.bytes, attr.attrSize);
  return {
    result,
    retval: block.getU32(4),
    duration: block.getU32(36),
    dataSizeOut: block.getU32(12),
    ctxSizeOut: block.getU32(44),
  };
}

/** Enough for every type: an XDP packet has at most 3520 + 17 pages + 216 bytes, an skb 16078. */
const OUTPUT_SIZE = 1 << 17;
/** Types that take no data_out; the kernel refuses it. */
const WITHOUT_DATA_OUT: ReadonlySet<ProgTypeName> = new Set([
  'raw_tracepoint',
  'syscall',
  'sk_lookup',
  'tracing',
  'struct_ops',
]);

/**
 * Runs the program as libbpf's bpf_prog_test_run_opts does. Buffers in `attr` are filled in place.
 * @throws {@link UnsupportedError} The type has no test run (524). {@link TestRunError} Any other refusal.
 */
export function testRun(bpf: Bpf, progFd: number, progType: ProgTypeName, attr: TestRunAttr): TestRunResult {
  const data = outputOf(attr.dataOut, attr.dataSizeOut, !WITHOUT_DATA_OUT.has(progType));
  const ctx = outputOf(attr.ctxOut, attr.ctxSizeOut, false);
  const raw = rawTestRun(bpf, {
    progFd,
    dataIn: attr.dataIn ?? null,
    dataSizeIn: attr.dataIn?.length ?? 0,
    dataOut: data.bytes ?? null,
    dataSizeOut: data.size,
    ctxIn: attr.ctxIn ?? null,
    ctxSizeIn: attr.ctxIn?.length ?? 0,
    ctxOut: ctx.bytes ?? null,
    ctxSizeOut: ctx.size,
    repeat: attr.repeat ?? 0,
    flags: attr.flags ?? 0,
    cpu: attr.cpu ?? 0,
    batchSize: attr.batchSize ?? 0,
  });
  data.giveBack();
  ctx.giveBack();
  const errno = raw.result < 0 ? errnoOf(raw.result) : undefined;
  if (errno === 'ENOTSUPP') {
    throw new UnsupportedError(`test run of ${progType}`, 'this program type has none', { errno });
  }
  if (raw.result < 0 && errno !== 'ENOSPC') {
    throw new TestRunError('attr', errno ? 'the kernel refuses it' : `errno ${-raw.result}`, errno ?? 'EIO');
  }
  const cut = data.size !== 0 && raw.dataSizeOut > data.size;
  const length = cut ? data.size : raw.dataSizeOut;
  return {
    errno: errno ?? null,
    retval: raw.retval,
    duration: raw.duration,
    dataOut: data.bytes?.slice(0, length) ?? new Uint8Array(0),
    dataSizeOut: raw.dataSizeOut,
    // After ENOSPC on the data the kernel leaves ctx_out alone ([K] test-run.md 2.4, step 6).
    ctxOut: ctx.bytes && !cut ? ctx.bytes.slice(0, Math.min(ctx.size, raw.ctxSizeOut)) : undefined,
    ctxSizeOut: raw.ctxSizeOut,
    effects: { printk: [], perf: [], ring: [], transmitted: [], redirect: undefined },
  };
}

interface Output {
  readonly bytes: Uint8Array | undefined;
  readonly size: number;
  giveBack(): void;
}

/**
 * The kernel writes through a buffer of ours that is always long enough: a size of 0 means "no limit" to it, and a size
 * above the caller's buffer would let it write past its end.
 */
function outputOf(
  given: Uint8Array | null | undefined,
  size: number | undefined,
  unlimited: boolean,
): Output {
  if (given === null || (given === undefined && size === undefined && !unlimited)) {
    return { bytes: undefined, size: size ?? 0, giveBack: () => {} };
  }
  const capacity = size ?? given?.length ?? OUTPUT_SIZE;
  const bytes = new Uint8Array(Math.max(OUTPUT_SIZE, capacity));
  if (given) bytes.set(given);
  return {
    bytes,
    size: capacity,
    giveBack: () => given?.set(bytes.subarray(0, given.length)),
  };
}
