/** What goes out to the user: the packet and the context struct, as much of them as fits. */
import { TestRunError } from '../errors.ts';
import type { Errno } from '../uapi/errno.ts';
import type { Effects } from './attr.ts';
import { ownBytes } from './own-bytes.ts';
import type { UserAttr, UserBuffer } from './user-attr.ts';

/** Output fields of the block; what the kernel would not write keeps its first value. */
export interface Outcome {
  errno: Errno | null;
  retval: number;
  duration: number;
  dataOut: Uint8Array;
  dataSizeOut: number;
  ctxOut: Uint8Array | undefined;
  ctxSizeOut: number;
  effects: Effects;
}

/** The block's output fields before anything was written: sizes echo the capacities. */
export function outcomeOf(attr: UserAttr): Outcome {
  return {
    errno: null,
    retval: 0,
    duration: 0,
    dataOut: NOTHING,
    dataSizeOut: attr.dataSizeOut,
    ctxOut: undefined,
    ctxSizeOut: attr.ctxSizeOut,
    effects: NO_EFFECTS,
  };
}

const NOTHING = new Uint8Array(0);

/** Shared by all runs that had none. */
const NO_EFFECTS: Effects = {
  printk: Object.freeze([]),
  perf: Object.freeze([]),
  ring: Object.freeze([]),
  transmitted: Object.freeze([]),
  redirect: undefined,
};

/** Pieces of memory that lie one after the other in the output. */
export interface Piece {
  readonly address: number;
  readonly size: number;
}

/**
 * data_out := the first `size` bytes of the pieces.
 * @throws {@link TestRunError} EFAULT: the caller's buffer ends before that.
 */
export function sendData(
  attr: UserAttr,
  memory: Uint8Array,
  pieces: readonly Piece[],
  size: number,
  out: Outcome,
): void {
  const [first] = pieces;
  if (attr.dataOut === 'own' && pieces.length === 1 && first) {
    out.dataOut = ownBytes(size);
    out.dataOut.set(memory.subarray(first.address, first.address + size));
    return;
  }
  const target = sendMem('data_out', attr.dataOut, size);
  let at = 0;
  for (const piece of pieces) {
    const length = Math.min(piece.size, size - at);
    if (length <= 0) continue; // an empty linear part with fragments behind it
    target.set(memory.subarray(piece.address, piece.address + length), at);
    at += length;
  }
  out.dataOut = target;
}

/**
 * ctx_out := as much of the struct as fits; ctx_size_out := its real size. ENOSPC when it was cut.
 * @throws {@link TestRunError} EFAULT: the caller's buffer is shorter than ctx_size_out says.
 */
export function sendCtx(attr: UserAttr, ctx: Uint8Array, out: Outcome): void {
  const size = Math.min(ctx.length, attr.ctxSizeOut);
  const target = sendMem('ctx_out', attr.ctxOut, size);
  target.set(ctx.subarray(0, size));
  out.ctxOut = target;
  out.ctxSizeOut = ctx.length;
  if (size < ctx.length) out.errno = 'ENOSPC';
}

function sendMem(field: string, buffer: UserBuffer, size: number): Uint8Array {
  if (buffer === 'own' || buffer === null) return ownBytes(size);
  if (size > buffer.length)
    throw new TestRunError(
      field,
      `the buffer has ${buffer.length} bytes, ${size} are copied to it`,
      'EFAULT',
    );
  return buffer.subarray(0, size);
}
