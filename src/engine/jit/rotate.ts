/**
 * 64-bit rotations. BPF has none, so clang writes `x << n | x >> (64 - n)` with a copy of x; V8 does not find it again.
 * Within a block, registers are numbered by value: where the two shifts of one value meet in an `or`, `xor` or `add`,
 * the value is kept in a local before its first shift, and the meeting becomes `i64.rotl`.
 */
import type { Insn } from '../../isa/index.ts';
import { OP } from '../wasm/opcodes.ts';
import { type Body, pushRegister } from './body.ts';
import type { Block, Rows } from './cfg.ts';
import { FIRST_ROTATE, localOf } from './locals.ts';

export interface Rotations {
  /** Locals needed. */
  readonly count: number;
  /** Slot of the first shift -> number of the local that keeps its input. */
  readonly keep: ReadonlyMap<number, number>;
  /** Slot of the meeting -> local and bits to the left. */
  readonly meet: ReadonlyMap<number, { readonly local: number; readonly bits: number }>;
}

interface Shift {
  readonly pc: number;
  /** Number of the value that is shifted. */
  readonly input: number;
  /** To the left; negative to the right. */
  readonly bits: number;
}

/** Functions may have at most 50,000 locals in V8; more rotations than this reuse none and stay as they are. */
const MAX_ROTATIONS = 1024;
const MEETS = new Set(['or', 'xor', 'add']);

export function findRotations(insns: readonly Insn[], rows: Rows, blocks: readonly Block[]): Rotations {
  const keep = new Map<number, number>();
  const meet = new Map<number, { local: number; bits: number }>();
  for (const block of blocks) {
    let fresh = 0;
    const values = Array.from({ length: 11 }, () => fresh++);
    const shifts = new Map<number, Shift>();
    for (let pc = block.start; pc < block.end; pc++) {
      const row = rows[pc];
      const insn = insns[pc] as Insn;
      if (row === undefined) continue;
      if (row.shape !== 'alu') {
        forgetWritten(row.shape, insn, values, () => fresh++);
        continue;
      }
      const { dst, src, imm } = insn;
      const before = values[dst] as number;
      if (row.width === 64 && row.value === 'src' && row.source === 'reg') {
        values[dst] = values[src] as number;
        continue;
      }
      values[dst] = fresh++;
      if (row.width !== 64) continue;
      if (row.source === 'imm' && imm > 0 && imm < 64 && (row.name === 'lsh' || row.name === 'rsh')) {
        shifts.set(values[dst] as number, { pc, input: before, bits: row.name === 'lsh' ? imm : -imm });
      } else if (row.source === 'reg' && MEETS.has(row.name) && dst !== src && keep.size < MAX_ROTATIONS) {
        const a = shifts.get(before);
        const b = shifts.get(values[src] as number);
        if (!a || !b || a.input !== b.input || Math.abs(a.bits - b.bits) !== 64 || a.bits * b.bits > 0)
          continue;
        const first = Math.min(a.pc, b.pc);
        const local = keep.get(first) ?? keep.size;
        keep.set(first, local);
        meet.set(pc, { local, bits: Math.max(a.bits, b.bits) });
      }
    }
  }
  return { count: keep.size, keep, meet };
}

function forgetWritten(shape: string, { dst, src }: Insn, values: number[], next: () => number): void {
  if (shape === 'load' || shape === 'loadImm64' || shape === 'addrSpaceCast') values[dst] = next();
  if (shape === 'atomic') {
    for (const register of [0, dst, src]) values[register] = next();
  }
  if (shape === 'call' || shape === 'loadAbs' || shape === 'loadInd') {
    for (let register = 0; register <= 5; register++) values[register] = next();
  }
}

/** Keeps a shift's input, or writes a meeting as a rotation; true when the instruction is done with. */
export function writeRotation(body: Body, { keep, meet }: Rotations, { dst }: Insn, pc: number): boolean {
  const { code } = body;
  const kept = keep.get(pc);
  if (kept !== undefined) {
    pushRegister(body, dst);
    code.set(FIRST_ROTATE + kept);
  }
  const rotation = meet.get(pc);
  if (rotation === undefined) return false;
  code.get(FIRST_ROTATE + rotation.local);
  code.i64(rotation.bits);
  code.op(OP.i64_rotl);
  code.set(localOf(dst));
  return true;
}
