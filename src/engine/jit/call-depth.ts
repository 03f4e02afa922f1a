/** How deep the calls of a program nest, known before it runs. */
import { VerifierError } from '../../errors.ts';
import { targetOf } from '../../isa/index.ts';
import { MAX_CALL_FRAMES } from '../../uapi/bpf.ts';
import type { EngineProgram } from '../types.ts';
import type { Rows } from './cfg.ts';

/**
 * Callbacks are not counted here: their frames come on top when a helper calls them.
 * @throws {@link VerifierError} E2BIG: more than 8 frames, and so every recursion (check_max_stack_depth).
 */
export function checkCallDepth({ insns, subprogs }: EngineProgram, rows: Rows): void {
  const depths = new Array<number>(subprogs.length).fill(1);
  const calls = callsOf({ insns, subprogs }, rows);
  // A round for each frame settles every chain of legal length.
  for (let round = 1; round <= MAX_CALL_FRAMES; round++) {
    let settled = true;
    for (const { pc, from, to } of calls) {
      const depth = (depths[to] ?? 1) + 1;
      if (depth <= (depths[from] ?? 1)) continue;
      if (depth > MAX_CALL_FRAMES)
        throw new VerifierError(pc, `the call stack of ${depth} frames is too deep`, { errno: 'E2BIG' });
      depths[from] = depth;
      settled = false;
    }
    if (settled) return;
  }
}

interface Call {
  readonly pc: number;
  /** Indices of subprograms. */
  readonly from: number;
  readonly to: number;
}

function callsOf(
  { insns, subprogs }: Pick<EngineProgram, 'insns' | 'subprogs'>,
  rows: Rows,
): readonly Call[] {
  const indices = new Map(subprogs.map((pc, index) => [pc, index]));
  const calls: Call[] = [];
  let from = 0;
  rows.forEach((row, pc) => {
    from = indices.get(pc) ?? from;
    const insn = insns[pc];
    if (row?.shape !== 'call' || row.callee !== 'bpf' || !insn) return;
    const to = indices.get(targetOf(row, insn, pc) ?? -1);
    if (to !== undefined) calls.push({ pc, from, to });
  });
  return calls;
}
