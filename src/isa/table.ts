/** The one instruction table: every legal form of every opcode, and the row of a decoded instruction. */
import { ALU_ROWS } from './alu.ts';
import type { Insn } from './insn.ts';
import { JUMP_ROWS } from './jump.ts';
import { MEMORY_ROWS } from './memory.ts';
import { type InsnRow, matches } from './row.ts';

export const ROWS: readonly InsnRow[] = [...ALU_ROWS, ...JUMP_ROWS, ...MEMORY_ROWS].map(
  (draft, id): InsnRow => Object.freeze({ ...draft, id }),
);

const BY_CODE: readonly (readonly InsnRow[])[] = Array.from({ length: 256 }, (_, code) =>
  ROWS.filter((row) => row.code === code),
);

/** The rows that share an opcode byte; none when Linux does not know it. */
export function rowsOfCode(code: number): readonly InsnRow[] {
  return BY_CODE[code & 0xff] ?? [];
}

/**
 * The row of an instruction, or undefined where it is illegal: unknown opcode, reserved field that is not zero, register
 * above r10, or the second slot of ld_imm64. {@link checkInsn} says why. The same row is always the same object.
 */
export function rowOf(insn: Insn): InsnRow | undefined {
  const rows = BY_CODE[insn.code];
  if (rows === undefined) return undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row !== undefined && matches(row, insn)) return row;
  }
  return undefined;
}

const BY_KEY: ReadonlyMap<string, InsnRow> = new Map(ROWS.map((row) => [row.key, row]));

/** The row with this key, e.g. `add64_imm`. */
export function rowByKey(key: string): InsnRow | undefined {
  return BY_KEY.get(key);
}
