/** Every ALU and jump row of the instruction table on edge values, compiled and run, against the terms in BigInt. */
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../test/engine-run.ts';
import { type AluRow, evaluateTerm, type Insn, type JumpRow, ROWS } from '../../isa/index.ts';

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
  63n,
  64n,
  0x7fn,
  0x80n,
  0xffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x123456789abcdef0n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffff80000000n,
  0xffffffffffffffffn,
];
const IMMEDIATES = [0, 1, -1, 7, 31, 0x7fffffff, -0x80000000, 0x12345678];

const lddw = (dst: number, value: bigint): Insn[] => [
  { code: 0x18, dst, src: 0, off: 0, imm: Number(BigInt.asIntN(32, value)) },
  { code: 0, dst: 0, src: 0, off: 0, imm: Number(BigInt.asIntN(32, value >> 32n)) },
];
const EXIT: Insn = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
const field = (value: 'free' | number, free: number): number => (value === 'free' ? free : value);

/** r1 and r2 come from the context, so that nothing is known when compiling. */
const LOADS: Insn[] = [
  { code: 0x79, dst: 2, src: 1, off: 8, imm: 0 },
  { code: 0x79, dst: 1, src: 1, off: 0, imm: 0 },
];

function isRefused({ name, width }: AluRow, imm: number): boolean {
  return (/div|mod/.test(name) && imm === 0) || (/sh/.test(name) && (imm < 0 || imm >= width));
}

function casesOf(row: AluRow | JumpRow): { insn: Insn; imm: number | undefined }[] {
  const insn = (imm: number): Insn => ({
    code: row.code,
    dst: 1,
    src: field(row.fields.src, 2),
    off: field(row.fields.off, 1),
    imm: field(row.fields.imm, imm),
  });
  if (row.source !== 'imm') return [{ insn: insn(0), imm: undefined }];
  return IMMEDIATES.filter((imm) => row.shape === 'jump' || !isRefused(row, imm)).map((imm) => ({
    insn: insn(imm),
    imm,
  }));
}

function expected(row: AluRow | JumpRow, dst: bigint, src: bigint, imm: number | undefined): bigint {
  const { width } = row;
  const operand = imm === undefined ? src : BigInt.asUintN(64, BigInt(imm));
  const term = row.shape === 'alu' ? row.value : row.cond;
  return evaluateTerm(term, width, dst, operand);
}

describe('compile() of each row', () => {
  for (const row of ROWS) {
    if (row.shape !== 'alu' && row.shape !== 'jump') continue;
    it(`${row.key} computes its term`, () => {
      for (const { insn, imm } of casesOf(row)) {
        const tail: Insn[] =
          row.shape === 'alu'
            ? [{ code: 0xbf, dst: 0, src: 1, off: 0, imm: 0 }, EXIT]
            : [EXIT, { code: 0xb7, dst: 0, src: 0, off: 0, imm: 1 }, EXIT];
        const start: Insn = { code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 };
        const { machine, run } = prepare([start, ...LOADS, insn, ...tail]);
        for (const dst of EDGES) {
          for (const src of imm === undefined ? EDGES : [0n]) {
            machine.view.setBigUint64(0x40000, dst, true);
            machine.view.setBigUint64(0x40008, src, true);
            expect(run(), `${row.key} ${dst} ${src} ${imm}`).toBe(expected(row, dst, src, imm));
          }
        }
      }
    });
  }

  it('ld_imm64 holds all 64 bits', () => {
    for (const value of EDGES) expect(prepare([...lddw(0, value), EXIT]).run()).toBe(value);
  });
});
