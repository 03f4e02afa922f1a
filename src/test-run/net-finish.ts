/** The network types' shared end: packet, return value and time, context, in the kernel's order (bpf_test_finish). */
import { testFinish } from './finish.ts';
import type { TimedRun } from './run.ts';
import { type Outcome, outcomeOf, type Piece, sendCtx, sendData } from './send.ts';
import type { UserAttr } from './user-attr.ts';

/** What a network program leaves: `linear` and then fragments. */
export interface NetOutput {
  readonly memory: Uint8Array;
  readonly linear: Piece;
  readonly frags: readonly Piece[];
}

/**
 * A data_size_out of 0 means "no limit". Real sizes are reported even when data_out is NULL. What is cut under ENOSPC
 * is the end of the linear part, the fragments follow it; when the fragments alone do not fit nothing is written at
 * all. ctx_out stays untouched unless the data fitted ([K] test-run.md 2.4).
 */
export function netTestFinish(
  attr: UserAttr,
  output: NetOutput,
  ctx: Uint8Array | undefined,
  timed: TimedRun,
): Outcome {
  const out = outcomeOf(attr);
  const fragsSize = output.frags.reduce((sum, { size }) => sum + size, 0);
  const size = output.linear.size + fragsSize;
  const cut = attr.dataSizeOut !== 0 && size > attr.dataSizeOut;
  const copySize = cut ? attr.dataSizeOut : size;
  if (cut) out.errno = 'ENOSPC';
  if (attr.dataOut !== null) {
    const linear = copySize - fragsSize;
    if (linear < 0) return out;
    const pieces = [{ address: output.linear.address, size: linear }, ...output.frags];
    sendData(attr, output.memory, pieces, copySize, out);
  }
  out.dataSizeOut = size;
  testFinish(timed, out);
  if (!cut && ctx && attr.ctxOut !== null) sendCtx(attr, ctx, out);
  return out;
}
