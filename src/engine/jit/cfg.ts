/** Basic blocks of one subprogram. The instructions have been checked: every jump lands inside, nothing falls off the end. */
import { type Insn, type InsnRow, rowOf, targetOf } from '../../isa/index.ts';
import type { EngineProgram } from '../types.ts';

/** Slots [start, end) and the instruction that ends them; `succs` are block numbers, [where the condition holds, else]. */
export interface Block {
  readonly start: number;
  readonly end: number;
  readonly last: number;
  readonly succs: readonly number[];
}

/** The row of each slot; the second slots of ld_imm64 have none. */
export type Rows = readonly (InsnRow | undefined)[];

export function findRows({ insns }: EngineProgram): Rows {
  const rows = insns.map(rowOf);
  rows.forEach((row, pc) => {
    if (row?.shape === 'loadImm64') rows[pc + 1] = undefined;
  });
  return rows;
}

/** Blocks in the order of the code; [0] is the entry. */
export function buildCfg(insns: readonly Insn[], rows: Rows, start: number, end: number): Block[] {
  const leads = new Uint8Array(end - start + 1);
  leads[0] = 1;
  for (let pc = start; pc < end; pc++) {
    const row = rows[pc];
    if (row === undefined || !endsBlock(row)) continue;
    const target = targetOf(row, insns[pc] as Insn, pc);
    if (target !== undefined) leads[target - start] = 1;
    leads[pc + 1 - start] = 1;
  }
  const blockAt = new Int32Array(end - start + 1);
  let count = -1;
  for (let i = 0; i < end - start; i++) {
    if (leads[i]) count++;
    blockAt[i] = count;
  }
  const blocks: Block[] = [];
  let from = start;
  let last = start;
  for (let pc = start; pc < end; pc++) {
    if (rows[pc] !== undefined) last = pc;
    if (!leads[pc + 1 - start] && pc + 1 < end) continue;
    const succs = successors(insns, rows, last, pc + 1).map((target) => blockAt[target - start] as number);
    blocks.push({ start: from, end: pc + 1, last, succs });
    from = pc + 1;
  }
  return blocks;
}

function endsBlock({ shape }: InsnRow): boolean {
  return shape === 'jump' || shape === 'ja' || shape === 'mayGoto' || shape === 'exit';
}

function successors(insns: readonly Insn[], rows: Rows, pc: number, next: number): number[] {
  const row = rows[pc] as InsnRow;
  if (row.shape === 'exit') return [];
  if (!endsBlock(row)) return [next];
  const target = targetOf(row, insns[pc] as Insn, pc) as number;
  return row.shape === 'ja' || target === next ? [target] : [target, next];
}
