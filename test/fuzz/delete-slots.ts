/** Programs with instructions left out: what jumps over the gap jumps less far. */
import { type Insn, rowOf, targetOf } from '../../src/isa/index.ts';

/** The slots of each instruction: two for ld_imm64. */
function instructions(insns: readonly Insn[]): number[] {
  const starts: number[] = [];
  for (let pc = 0; pc < insns.length; pc++) {
    starts.push(pc);
    if (insns[pc]?.code === 0x18) pc++;
  }
  return starts;
}

/** First slots of all instructions. */
export function slotsOf(insns: readonly Insn[]): readonly number[] {
  return instructions(insns);
}

/** The program of the instructions that begin at `kept`, ascending. A target that is left out becomes the next one kept. */
export function keepSlots(insns: readonly Insn[], kept: readonly number[]): readonly Insn[] {
  const wide = (pc: number): boolean => insns[pc]?.code === 0x18;
  const moved = new Int32Array(insns.length + 1);
  let at = 0;
  let next = 0;
  for (let pc = 0; pc <= insns.length; pc++) {
    moved[pc] = at;
    if (pc === kept[next]) {
      at += wide(pc) ? 2 : 1;
      next++;
    }
  }
  return kept.flatMap((pc) => {
    const insn = insns[pc] as Insn;
    const row = rowOf(insn);
    const target = row && targetOf(row, insn, pc);
    const second = wide(pc) && insns[pc + 1] ? [insns[pc + 1] as Insn] : [];
    if (row === undefined || target === undefined) return [insn, ...second];
    const distance = (moved[Math.max(0, Math.min(target, insns.length))] ?? 0) - (moved[pc] ?? 0) - 1;
    const inImm =
      row.shape === 'call' || row.shape === 'loadImm64' || (row.shape === 'ja' && row.offset === 'imm');
    return [inImm ? { ...insn, imm: distance } : { ...insn, off: distance }, ...second];
  });
}
