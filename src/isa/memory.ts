/** Loads, stores, atomics, ld_imm64, packet loads and the arena cast: RFC 9669 section 5, and what Linux has beyond it. */
import { BPF_CLASS } from './insn.ts';
import type { AtomicOp, AtomicRow, LoadImm64Pseudo, RowDraft, Size } from './row.ts';
import type { Term } from './term.ts';

/** BPF_SIZE bits of the opcode by access size in bytes. */
const SIZE_BITS = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
const MODE = { IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, MEMSX: 0x80, ATOMIC: 0xc0 } as const;
const SIZES: readonly Size[] = [1, 2, 4, 8];
const base = (size: Size): 'base32' | 'base64' => (size === 8 ? 'base64' : 'base32');

function loadRow(size: Size, signExtend: boolean): RowDraft {
  return {
    shape: 'load',
    key: `ldx${signExtend ? 'sx' : ''}${size * 8}`,
    code: (signExtend ? MODE.MEMSX : MODE.MEM) | SIZE_BITS[size] | BPF_CLASS.LDX,
    name: signExtend ? 'ldxsx' : 'ldx',
    size,
    signExtend,
    fields: { dst: 'free', src: 'free', off: 'free', imm: 0 },
    dstUse: 'write',
    readsSrc: true,
    group: signExtend ? 'base64' : base(size),
  };
}

function storeRow(size: Size, source: 'reg' | 'imm'): RowDraft {
  const reg = source === 'reg';
  return {
    shape: 'store',
    key: `${reg ? 'stx' : 'st'}${size * 8}`,
    code: MODE.MEM | SIZE_BITS[size] | (reg ? BPF_CLASS.STX : BPF_CLASS.ST),
    name: reg ? 'stx' : 'st',
    size,
    source,
    fields: { dst: 'free', src: reg ? 'free' : 0, off: 'free', imm: reg ? 0 : 'free' },
    dstUse: 'read',
    readsSrc: reg,
    group: base(size),
  };
}

interface AtomicSpec {
  readonly op: AtomicOp;
  /** The whole `imm`. */
  readonly imm: number;
  readonly value: Term | undefined;
  readonly result: AtomicRow['result'];
  readonly sizes: readonly Size[];
}

const BPF_FETCH = 0x01;
const WORDS: readonly Size[] = [4, 8];
const modify = (op: 'add' | 'or' | 'and' | 'xor', imm: number): AtomicSpec[] => [
  { op, imm, value: [op, 'dst', 'src'], result: 'none', sizes: WORDS },
  { op, imm: imm | BPF_FETCH, value: [op, 'dst', 'src'], result: 'src', sizes: WORDS },
];

const ATOMICS: readonly AtomicSpec[] = [
  ...modify('add', 0x00),
  ...modify('or', 0x40),
  ...modify('and', 0x50),
  ...modify('xor', 0xa0),
  { op: 'xchg', imm: 0xe0 | BPF_FETCH, value: 'src', result: 'src', sizes: WORDS },
  { op: 'cmpxchg', imm: 0xf0 | BPF_FETCH, value: 'src', result: 'r0', sizes: WORDS },
  { op: 'load_acquire', imm: 0x100, value: undefined, result: 'dst', sizes: SIZES },
  { op: 'store_release', imm: 0x110, value: 'src', result: 'none', sizes: SIZES },
];

function atomicRows({ op, imm, value, result, sizes }: AtomicSpec): RowDraft[] {
  const fetch = result === 'src' || result === 'r0';
  const plain = op === 'load_acquire' || op === 'store_release';
  return sizes.map(
    (size): RowDraft => ({
      shape: 'atomic',
      key: `atomic_${fetch && value !== 'src' ? 'fetch_' : ''}${op}${size * 8}`,
      code: MODE.ATOMIC | SIZE_BITS[size] | BPF_CLASS.STX,
      name: op,
      op,
      size,
      fetch,
      result,
      value,
      fields: { dst: 'free', src: 'free', off: 'free', imm },
      dstUse: result === 'dst' ? 'write' : 'read',
      readsSrc: true,
      group: plain ? 'linux' : size === 8 ? 'atomic64' : 'atomic32',
    }),
  );
}

/** `src` of ld_imm64 is the index (BPF_PSEUDO_*). */
const PSEUDO: readonly LoadImm64Pseudo[] = [
  'imm',
  'map_fd',
  'map_value',
  'btf_id',
  'func',
  'map_idx',
  'map_idx_value',
];

function loadImm64Row(pseudo: LoadImm64Pseudo, src: number): RowDraft {
  return {
    shape: 'loadImm64',
    key: `lddw_${pseudo}`,
    code: MODE.IMM | SIZE_BITS[8] | BPF_CLASS.LD,
    name: 'lddw',
    pseudo,
    fields: { dst: 'free', src, off: 0, imm: 'free' },
    dstUse: 'write',
    readsSrc: false,
    group: 'base64',
  };
}

function packetRow(size: Size, shape: 'loadAbs' | 'loadInd'): RowDraft {
  const indirect = shape === 'loadInd';
  return {
    shape,
    key: `${indirect ? 'ldind' : 'ldabs'}${size * 8}`,
    code: (indirect ? MODE.IND : MODE.ABS) | SIZE_BITS[size] | BPF_CLASS.LD,
    name: indirect ? 'ldind' : 'ldabs',
    size,
    fields: { dst: 0, src: indirect ? 'free' : 0, off: 0, imm: 'free' },
    dstUse: 'none',
    readsSrc: indirect,
    group: 'packet',
  };
}

const BPF_ADDR_SPACE_CAST = 1;

export const MEMORY_ROWS: readonly RowDraft[] = [
  ...SIZES.map((size) => loadRow(size, false)),
  ...([1, 2, 4] as const).map((size) => loadRow(size, true)),
  ...SIZES.map((size) => storeRow(size, 'imm')),
  ...SIZES.map((size) => storeRow(size, 'reg')),
  ...ATOMICS.flatMap(atomicRows),
  ...PSEUDO.map(loadImm64Row),
  ...([1, 2, 4] as const).flatMap((size) => [packetRow(size, 'loadAbs'), packetRow(size, 'loadInd')]),
  {
    shape: 'addrSpaceCast',
    key: 'addr_space_cast',
    code: 0xbf,
    name: 'addr_space_cast',
    fields: { dst: 'free', src: 'free', off: BPF_ADDR_SPACE_CAST, imm: 'free' },
    dstUse: 'write',
    readsSrc: true,
    group: 'linux',
  },
];
