/** Subprograms whose every run executes the same number of instructions: their callers count for them. */
import type { EngineProgram } from '../types.ts';
import { type Block, buildCfg, type Rows } from './cfg.ts';

/**
 * By subprogram: instructions of one without branches and calls of its own that is only ever called by name; undefined
 * for all others, which count for themselves.
 */
export function straightLengths(program: EngineProgram, rows: Rows): (number | undefined)[] {
  const { insns, subprogs } = program;
  // The run loop calls the first one, and callbacks come through the table.
  const counting = new Set([0]);
  rows.forEach((row, pc) => {
    if (row?.shape === 'loadImm64' && row.pseudo === 'func') counting.add(pc + 1 + (insns[pc]?.imm ?? 0));
  });
  return subprogs.map((start, index) => {
    if (counting.has(start)) return undefined;
    return straightLength(rows, buildCfg(insns, rows, start, subprogs[index + 1] ?? insns.length));
  });
}

function straightLength(rows: Rows, blocks: readonly Block[]): number | undefined {
  let count = 0;
  let node = 0;
  for (let visits = 0; visits < blocks.length; visits++) {
    const block = blocks[node] as Block;
    for (let pc = block.start; pc < block.end; pc++) {
      const shape = rows[pc]?.shape;
      if (shape === 'call' || shape === 'loadAbs' || shape === 'loadInd') return undefined;
      if (shape !== undefined) count++;
    }
    const [next, other] = block.succs;
    if (next === undefined) return count;
    if (other !== undefined) return undefined;
    node = next;
  }
  return undefined;
}
