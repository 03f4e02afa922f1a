/** ALU operations: two-operand ones (a row of ALU_OPS stands for four opcodes), negation, sign-extending moves, byte swaps. */
import { BPF_CLASS } from './insn.ts';
import type { ConformanceGroup, RowDraft, Source, Width } from './row.ts';
import type { Term } from './term.ts';

export interface AluOp {
  /** Bits 4-7 of the opcode byte (BPF_OP). */
  readonly code: number;
  /** `off` of a form that shares its opcode (signed division). */
  readonly off: number;
  readonly name: string;
  readonly infix: string;
  /** The new dst, at the width of the class. */
  readonly value: Term;
}

const ZERO = ['const', 0] as const;
const op = (name: 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shrU' | 'shrS'): Term => [
  name,
  'dst',
  'src',
];

/** RFC 9669 section 4.1. */
export const ALU_OPS = [
  { code: 0x00, off: 0, name: 'add', infix: '+=', value: op('add') },
  { code: 0x10, off: 0, name: 'sub', infix: '-=', value: op('sub') },
  { code: 0x20, off: 0, name: 'mul', infix: '*=', value: op('mul') },
  // BPF division never traps and wasm's does: the guards belong to the value.
  { code: 0x30, off: 0, name: 'div', infix: '/=', value: ['ifEq', 'src', 0, ZERO, ['divU', 'dst', 'src']] },
  {
    code: 0x30,
    off: 1,
    name: 'sdiv',
    infix: 's/=',
    // The most negative number divided by -1 is itself, as negation wraps.
    value: ['ifEq', 'src', 0, ZERO, ['ifEq', 'src', -1, ['neg', 'dst'], ['divS', 'dst', 'src']]],
  },
  { code: 0x40, off: 0, name: 'or', infix: '|=', value: op('or') },
  { code: 0x50, off: 0, name: 'and', infix: '&=', value: op('and') },
  { code: 0x60, off: 0, name: 'lsh', infix: '<<=', value: op('shl') },
  { code: 0x70, off: 0, name: 'rsh', infix: '>>=', value: op('shrU') },
  { code: 0x90, off: 0, name: 'mod', infix: '%=', value: ['ifEq', 'src', 0, 'dst', ['remU', 'dst', 'src']] },
  {
    code: 0x90,
    off: 1,
    name: 'smod',
    infix: 's%=',
    value: ['ifEq', 'src', 0, 'dst', ['ifEq', 'src', -1, ZERO, ['remS', 'dst', 'src']]],
  },
  { code: 0xa0, off: 0, name: 'xor', infix: '^=', value: op('xor') },
  { code: 0xb0, off: 0, name: 'mov', infix: '=', value: 'src' },
  { code: 0xc0, off: 0, name: 'arsh', infix: 's>>=', value: op('shrS') },
] as const satisfies readonly AluOp[];
export type AluName = (typeof ALU_OPS)[number]['name'];

const WIDTHS: readonly Width[] = [32, 64];
const SOURCES: readonly Source[] = ['imm', 'reg'];
const MULTIPLIES = new Set(['mul', 'div', 'sdiv', 'mod', 'smod']);
const classOf = (width: Width): number => (width === 32 ? BPF_CLASS.ALU : BPF_CLASS.ALU64);
const baseGroup = (width: Width): ConformanceGroup => (width === 32 ? 'base32' : 'base64');

function binaryRows({ code, off, name, infix, value }: AluOp): RowDraft[] {
  return WIDTHS.flatMap((width) =>
    SOURCES.map((source): RowDraft => {
      const reg = source === 'reg';
      return {
        shape: 'alu',
        key: `${name}${width}_${source}`,
        code: code | (reg ? 0x08 : 0) | classOf(width),
        name,
        width,
        source,
        value,
        infix,
        fields: { dst: 'free', src: reg ? 'free' : 0, off, imm: reg ? 0 : 'free' },
        dstUse: name === 'mov' ? 'write' : 'readWrite',
        readsSrc: reg,
        group: MULTIPLIES.has(name) ? (width === 32 ? 'divmul32' : 'divmul64') : baseGroup(width),
      };
    }),
  );
}

function negRow(width: Width): RowDraft {
  return {
    shape: 'alu',
    key: `neg${width}`,
    code: 0x80 | classOf(width),
    name: 'neg',
    width,
    source: 'none',
    value: ['neg', 'dst'],
    infix: '',
    fields: { dst: 'free', src: 0, off: 0, imm: 0 },
    dstUse: 'readWrite',
    readsSrc: false,
    group: baseGroup(width),
  };
}

function movsxRow(width: Width, bits: 8 | 16 | 32): RowDraft {
  return {
    shape: 'alu',
    key: `movsx${bits}_${width}`,
    code: 0xb8 | classOf(width),
    name: 'movsx',
    width,
    source: 'reg',
    value: [`sext${bits}`, 'src'],
    infix: '',
    fields: { dst: 'free', src: 'free', off: bits, imm: 0 },
    dstUse: 'write',
    readsSrc: true,
    group: baseGroup(width),
  };
}

const LITTLE = { 16: ['zext16', 'dst'], 32: ['zext32', 'dst'], 64: 'dst' } as const satisfies Record<
  number,
  Term
>;

/** le and be of the host, which is little endian here and in the kernels we compare with, and the unconditional bswap. */
function swapRow(name: 'le' | 'be' | 'bswap', bits: 16 | 32 | 64): RowDraft {
  return {
    shape: 'alu',
    key: `${name}${bits}`,
    code: { le: 0xd4, be: 0xdc, bswap: 0xd7 }[name],
    name,
    // Also in the 32-bit class the instruction works on the whole register.
    width: 64,
    source: 'none',
    value: name === 'le' ? LITTLE[bits] : [`bswap${bits}`, 'dst'],
    infix: '',
    fields: { dst: 'free', src: 0, off: 0, imm: bits },
    dstUse: 'readWrite',
    readsSrc: false,
    group: bits === 64 || name === 'bswap' ? 'base64' : 'base32',
  };
}

export const ALU_ROWS: readonly RowDraft[] = [
  ...ALU_OPS.flatMap(binaryRows),
  negRow(32),
  negRow(64),
  movsxRow(32, 8),
  movsxRow(32, 16),
  movsxRow(64, 8),
  movsxRow(64, 16),
  movsxRow(64, 32),
  ...(['le', 'be', 'bswap'] as const).flatMap((name) =>
    ([16, 32, 64] as const).map((bits) => swapRow(name, bits)),
  ),
];
