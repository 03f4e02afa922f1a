/** Jumps (a row of JUMP_OPS stands for four opcodes), calls and exit: RFC 9669 section 4.3, and may_goto. */
import { BPF_CLASS } from './insn.ts';
import type { CallRow, RowDraft, Source, Width } from './row.ts';
import type { Term } from './term.ts';

export interface JumpOp {
  /** Bits 4-7 of the opcode byte. */
  readonly code: number;
  readonly name: string;
  readonly infix: string;
  readonly cond: Term;
}

export const JUMP_OPS = [
  { code: 0x10, name: 'jeq', infix: '==', cond: ['eq', 'dst', 'src'] },
  { code: 0x20, name: 'jgt', infix: '>', cond: ['gtU', 'dst', 'src'] },
  { code: 0x30, name: 'jge', infix: '>=', cond: ['geU', 'dst', 'src'] },
  { code: 0x40, name: 'jset', infix: '&', cond: ['ne', ['and', 'dst', 'src'], ['const', 0]] },
  { code: 0x50, name: 'jne', infix: '!=', cond: ['ne', 'dst', 'src'] },
  { code: 0x60, name: 'jsgt', infix: 's>', cond: ['gtS', 'dst', 'src'] },
  { code: 0x70, name: 'jsge', infix: 's>=', cond: ['geS', 'dst', 'src'] },
  { code: 0xa0, name: 'jlt', infix: '<', cond: ['ltU', 'dst', 'src'] },
  { code: 0xb0, name: 'jle', infix: '<=', cond: ['leU', 'dst', 'src'] },
  { code: 0xc0, name: 'jslt', infix: 's<', cond: ['ltS', 'dst', 'src'] },
  { code: 0xd0, name: 'jsle', infix: 's<=', cond: ['leS', 'dst', 'src'] },
] as const satisfies readonly JumpOp[];
export type JumpName = (typeof JUMP_OPS)[number]['name'];

const WIDTHS: readonly Width[] = [32, 64];
const SOURCES: readonly Source[] = ['imm', 'reg'];

function conditionalRows({ code, name, infix, cond }: JumpOp): RowDraft[] {
  return WIDTHS.flatMap((width) =>
    SOURCES.map((source): RowDraft => {
      const reg = source === 'reg';
      return {
        shape: 'jump',
        key: `${name}${width}_${source}`,
        code: code | (reg ? 0x08 : 0) | (width === 32 ? BPF_CLASS.JMP32 : BPF_CLASS.JMP),
        name,
        width,
        source,
        cond,
        infix,
        fields: { dst: 'free', src: reg ? 'free' : 0, off: 'free', imm: reg ? 0 : 'free' },
        dstUse: 'read',
        readsSrc: reg,
        group: width === 32 ? 'base32' : 'base64',
      };
    }),
  );
}

function jaRow(offset: 'off' | 'imm'): RowDraft {
  const far = offset === 'imm';
  return {
    shape: 'ja',
    key: far ? 'gotol' : 'ja',
    code: far ? 0x06 : 0x05,
    name: far ? 'gotol' : 'ja',
    offset,
    fields: { dst: 0, src: 0, off: far ? 0 : 'free', imm: far ? 'free' : 0 },
    dstUse: 'none',
    readsSrc: false,
    group: 'base32',
  };
}

function callRow(callee: CallRow['callee'], src: number): RowDraft {
  return {
    shape: 'call',
    key: `call_${callee}`,
    code: 0x85,
    name: 'call',
    callee,
    fields: { dst: 0, src, off: callee === 'kfunc' ? 'free' : 0, imm: 'free' },
    dstUse: 'none',
    readsSrc: false,
    group: 'base32',
  };
}

export const JUMP_ROWS: readonly RowDraft[] = [
  ...JUMP_OPS.flatMap(conditionalRows),
  jaRow('off'),
  jaRow('imm'),
  callRow('helper', 0),
  callRow('bpf', 1),
  callRow('kfunc', 2),
  {
    shape: 'exit',
    key: 'exit',
    code: 0x95,
    name: 'exit',
    fields: { dst: 0, src: 0, off: 0, imm: 0 },
    dstUse: 'none',
    readsSrc: false,
    group: 'base32',
  },
  {
    shape: 'mayGoto',
    key: 'may_goto',
    code: 0xe5,
    name: 'may_goto',
    fields: { dst: 0, src: 0, off: 'free', imm: 0 },
    dstUse: 'none',
    readsSrc: false,
    group: 'linux',
  },
];
