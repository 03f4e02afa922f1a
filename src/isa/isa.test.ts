/** Properties of the table, the codec and the text forms over random legal instructions of every row. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes/index.ts';
import {
  assemble,
  checkInsn,
  checkInsns,
  decode,
  disassemble,
  encode,
  formatInsn,
  type Insn,
  type InsnRow,
  ROWS,
  rowByKey,
  rowOf,
} from './index.ts';

const S32 = fc.oneof(
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  fc.constantFrom(0, 1, -1, -0x80000000, 0x7fffffff),
);
const S16 = fc.oneof(fc.integer({ min: -0x8000, max: 0x7fff }), fc.constantFrom(0, -0x8000, 0x7fff));

/** The slots of one legal instruction of a row. */
function instructionOf(row: InsnRow): fc.Arbitrary<Insn[]> {
  const field = (name: keyof typeof row.fields, free: fc.Arbitrary<number>): fc.Arbitrary<number> => {
    const fixed = row.fields[name];
    return fixed === 'free' ? free : fc.constant(fixed);
  };
  const insn = fc.record({
    code: fc.constant(row.code),
    dst: field('dst', fc.integer({ min: 0, max: row.dstUse === 'read' ? 10 : 9 })),
    src: field('src', fc.integer({ min: 0, max: row.shape === 'atomic' && row.result === 'src' ? 9 : 10 })),
    off: field('off', S16),
    imm: field('imm', row.shape === 'addrSpaceCast' ? fc.constantFrom(1, 0x10000) : S32),
  });
  const legal = insn.filter((one) => row.shape === 'loadImm64' || checkInsn([one], 0) === undefined);
  if (row.shape !== 'loadImm64') return legal.map((one) => [one]);
  const wide = !['map_fd', 'map_idx', 'func'].includes(row.pseudo);
  const high = wide ? S32 : fc.constant(0);
  return fc.tuple(insn, high).map(([one, imm]) => [one, { code: 0, dst: 0, src: 0, off: 0, imm }]);
}

const PROGRAM = fc
  .array(fc.constantFrom(...ROWS).chain(instructionOf), { minLength: 1, maxLength: 20 })
  .map((parts) => parts.flat());
const NAMES = { helperName: (id: number) => (id === 1 ? 'bpf_map_lookup_elem' : undefined) };

describe('ROWS', () => {
  it.each(ROWS.map((row) => [row.key, row] as const))(
    '%s: codec, rowOf, disassembler and assembler agree',
    (_, row) => {
      fc.assert(
        fc.property(instructionOf(row), (insns) => {
          expect(insns[0] && rowOf(insns[0])).toBe(row);
          expect(decode(encode(insns))).toEqual(insns);
          expect(assemble(disassemble(insns).join('\n'))).toEqual(insns);
          expect(assemble(formatInsn(insns, 0, { opcodes: false }))).toEqual(insns);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('has one row for each of its keys and no two rows for one instruction', () => {
    expect(new Set(ROWS.map(({ key }) => key)).size).toBe(ROWS.length);
    fc.assert(
      fc.property(fc.constantFrom(...ROWS).chain(instructionOf), ([insn]) => {
        const all = ROWS.filter(({ code, fields }) => {
          if (insn === undefined || code !== insn.code) return false;
          return (['dst', 'src', 'off', 'imm'] as const).every(
            (f) => fields[f] === 'free' || fields[f] === insn[f],
          );
        });
        expect(all).toHaveLength(1);
      }),
    );
  });

  it('knows exactly the opcodes that Linux 6.18 knows', () => {
    // Found by loading each of the 256 opcodes: all others are answered by `unknown opcode`.
    const known = readFileSync(new URL('known-opcodes.txt', import.meta.url), 'utf8')
      .trim()
      .split(/\s+/);
    expect([...new Set(ROWS.map(({ code }) => code.toString(16).padStart(2, '0')))].sort()).toEqual(known);
  });
});

describe('assemble()', () => {
  it('gives the same text again when disassembled', () => {
    fc.assert(
      fc.property(PROGRAM, (insns) => {
        const lines = disassemble(insns, NAMES);
        expect(disassemble(assemble(lines.join('\n')), NAMES)).toEqual(lines);
      }),
    );
  });
});

describe('formatInsn()', () => {
  const lines = readFileSync(new URL('kernel-log-lines.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  it(`prints ${lines.length} instructions as the verifier log of Linux 6.18 does`, () => {
    const ids = new Map<number, string>();
    for (const line of lines) {
      const call = /call (bpf_\w+)#(\d+)$/.exec(line);
      if (call) ids.set(Number(call[2]), call[1] ?? '');
    }
    const wrong = lines.filter((line) => {
      const [hex = '', ...text] = line.split(' ');
      const printed = formatInsn(decode(fromHex(hex)), 0, { helperName: (id) => ids.get(id) });
      return printed !== text.join(' ');
    });
    expect(wrong).toEqual([]);
  });
});

describe('decode()', () => {
  it('refuses bytes that are no whole number of slots with EINVAL and the slot', () => {
    expect(() => decode(new Uint8Array(12))).toThrow(expect.objectContaining({ errno: 'EINVAL', insn: 1 }));
  });
  it('takes every 8 bytes and encode() gives them back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        expect(encode(decode(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('encode()', () => {
  it('refuses a field that does not fit with its slot and name', () => {
    const insn = { code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 };
    expect(() => encode([insn, { ...insn, off: 40000 }])).toThrow(/insn 1: off 40000 is not in/);
    expect(() => encode([{ ...insn, imm: 0.5 }])).toThrow(/imm 0.5/);
  });
});

describe('checkInsn() and checkInsns()', () => {
  const EXIT = '9500000000000000';
  it.each([
    ['ff00000000000000', 0, 'unknown opcode ff'],
    ['b700010000000000', 0, 'BPF_MOV uses reserved fields'],
    ['8700000001000000', 0, 'BPF_NEG uses reserved fields'],
    ['dc00000008000000', 0, 'BPF_END uses reserved fields'],
    ['0f11000001000000', 0, 'BPF_ALU uses reserved fields'],
    ['bf0f000000000000', 0, 'R15 is invalid'],
    ['6110000001000000', 0, 'BPF_LDX uses reserved fields'],
    ['db100000ff000000', 0, 'BPF_ATOMIC uses invalid atomic opcode ff'],
    ['1800000001000000', 0, 'invalid bpf_ld_imm64 insn'],
    ['1870000001000000', 0, 'unrecognized bpf_ld_imm64 insn'],
    ['0500050000000000', 0, 'jump out of range from insn 0 to 6'],
    [
      '0500010000000000180000000000000000000000000000009500000000000000',
      0,
      'jump into the middle of ldimm64 insn 1',
    ],
    ['b700000000000000b700000000000000', 1, 'last insn is not an exit or jmp', ''],
    ['8500000000000000', 0, undefined],
  ])('judges %s', (hex, pc, reason, end = EXIT) => {
    expect(checkInsns(decode(fromHex(hex + end)))).toEqual(reason === undefined ? undefined : { pc, reason });
  });

  it.each([
    ['3700000000000000', 'div by zero'],
    ['6700000040000000', 'invalid shift 64'],
    ['6400000020000000', 'invalid shift 32'],
    ['b70a000000000000', 'frame pointer is read only'],
  ])('refuses %s only where it is reached', (hex, reason) => {
    const insns = decode(fromHex(hex + EXIT));
    expect(checkInsn(insns, 0)).toBe(reason);
    expect(checkInsns(insns)).toBeUndefined();
  });

  it('never throws on random bytes, and what rowOf() takes has no illegal field', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
        const insns = decode(bytes.subarray(0, bytes.length & ~7));
        checkInsns(insns);
        disassemble(insns);
        for (const [pc, insn] of insns.entries()) {
          if (rowOf(insn) === undefined) expect(checkInsn(insns, pc)).toBeTypeOf('string');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('rowByKey()', () => {
  it('finds a row by its key', () => {
    expect(rowByKey('sdiv64_reg')).toMatchObject({ code: 0x3f, width: 64, infix: 's/=', fields: { off: 1 } });
    expect(rowByKey('nothing')).toBeUndefined();
  });
});
