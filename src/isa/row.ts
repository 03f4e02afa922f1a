/** Rows of the instruction table: what one legal form of an instruction is, discriminated by `shape`. */
import type { Insn } from './insn.ts';
import type { Term } from './term.ts';

/** A field of the slot: free (its meaning is the shape's) or fixed to one value, which is part of what selects the row. */
export type Field = 'free' | number;

export interface Fields {
  readonly dst: Field;
  readonly src: Field;
  readonly off: Field;
  readonly imm: Field;
}

/** What an instruction does with the register its `dst` field names. */
export type DstUse = 'none' | 'read' | 'write' | 'readWrite';

/** RFC 9669 section 2.4; `linux` is what Linux has beyond the RFC. */
export type ConformanceGroup =
  | 'base32'
  | 'base64'
  | 'atomic32'
  | 'atomic64'
  | 'divmul32'
  | 'divmul64'
  | 'packet'
  | 'linux';

export interface RowBase {
  /** Position in ROWS: dense, so that a backend can keep what it derives from a row in an array. */
  readonly id: number;
  /** Unique in the table, e.g. `add64_imm`. */
  readonly key: string;
  /** The opcode byte. */
  readonly code: number;
  /** Mnemonic of RFC 9669 and the conformance suite, without the width. */
  readonly name: string;
  readonly fields: Fields;
  readonly dstUse: DstUse;
  /** Whether the register named by `src` is read. */
  readonly readsSrc: boolean;
  readonly group: ConformanceGroup;
}

export type Width = 32 | 64;
export type Size = 1 | 2 | 4 | 8;
/** `imm` is sign-extended to the width. */
export type Source = 'reg' | 'imm';

/** dst = value. A 32-bit result is zero-extended to the register. */
export interface AluRow extends RowBase {
  readonly shape: 'alu';
  readonly width: Width;
  /** `none`: the term does not use `src`. */
  readonly source: Source | 'none';
  readonly value: Term;
  /** How the kernel's log writes it (`+=`, `s/=`); empty for neg, moves with extension and byte swaps. */
  readonly infix: string;
}

/** if (cond) goto pc + 1 + off. */
export interface JumpRow extends RowBase {
  readonly shape: 'jump';
  readonly width: Width;
  readonly source: Source;
  readonly cond: Term;
  readonly infix: string;
}

/** goto pc + 1 + offset, which stands in `off` (ja) or in `imm` (gotol). */
export interface JaRow extends RowBase {
  readonly shape: 'ja';
  readonly offset: 'off' | 'imm';
}

/** goto pc + 1 + off when the kernel says the loop has lasted long enough; else falls through. */
export interface MayGotoRow extends RowBase {
  readonly shape: 'mayGoto';
}

/** dst = *(size *)(src + off). */
export interface LoadRow extends RowBase {
  readonly shape: 'load';
  readonly size: Size;
  readonly signExtend: boolean;
}

/** *(size *)(dst + off) = src or imm (sign-extended to 64 bits, then truncated to the size). */
export interface StoreRow extends RowBase {
  readonly shape: 'store';
  readonly size: Size;
  readonly source: Source;
}

export type AtomicOp = 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg' | 'load_acquire' | 'store_release';

/**
 * An atomic access at dst + off (load_acquire: at src + off).
 * - `value`: the new memory contents from `dst` = old contents and `src` = source register, at the size's width.
 * - `fetch`: the old contents, zero-extended, go to `result`.
 * - cmpxchg stores only when the old contents equal r0 (its low half for size 4), and always sets r0.
 */
export interface AtomicRow extends RowBase {
  readonly shape: 'atomic';
  readonly op: AtomicOp;
  readonly size: Size;
  readonly fetch: boolean;
  readonly result: 'none' | 'src' | 'r0' | 'dst';
  /** Absent for load_acquire, which stores nothing. */
  readonly value: Term | undefined;
}

export type LoadImm64Pseudo =
  | 'imm'
  | 'map_fd'
  | 'map_value'
  | 'btf_id'
  | 'func'
  | 'map_idx'
  | 'map_idx_value';

/** dst = 64 bits from the two slots' `imm`, or what the pseudo source (`src`) says they name. */
export interface LoadImm64Row extends RowBase {
  readonly shape: 'loadImm64';
  readonly pseudo: LoadImm64Pseudo;
}

/** r0 = callee(r1..r5): a helper id in `imm`, a slot offset in `imm` (bpf), or a BTF id in `imm` (kfunc, `off` = fd index). */
export interface CallRow extends RowBase {
  readonly shape: 'call';
  readonly callee: 'helper' | 'bpf' | 'kfunc';
}

export interface ExitRow extends RowBase {
  readonly shape: 'exit';
}

/** r0 = packet bytes at imm (loadAbs) or src + imm (loadInd), big endian; past the end the program ends with 0. r6 is the context. */
export interface LoadPacketRow extends RowBase {
  readonly shape: 'loadAbs' | 'loadInd';
  readonly size: Size;
}

/** dst = src moved between arena address spaces: `imm` = destination space << 16 | source space. */
export interface AddrSpaceCastRow extends RowBase {
  readonly shape: 'addrSpaceCast';
}

export type InsnRow =
  | AluRow
  | JumpRow
  | JaRow
  | MayGotoRow
  | LoadRow
  | StoreRow
  | AtomicRow
  | LoadImm64Row
  | CallRow
  | ExitRow
  | LoadPacketRow
  | AddrSpaceCastRow;

export type Shape = InsnRow['shape'];

type Draft<R> = R extends RowBase ? Omit<R, 'id'> : never;
/** A row before it has its place in ROWS. */
export type RowDraft = Draft<InsnRow>;

/** Whether the fields that the row fixes have their values and the registers exist. */
export function matches({ fields }: InsnRow, { dst, src, off, imm }: Insn): boolean {
  return (
    (fields.dst === 'free' ? dst >= 0 && dst <= 10 : dst === fields.dst) &&
    (fields.src === 'free' ? src >= 0 && src <= 10 : src === fields.src) &&
    (fields.off === 'free' || off === fields.off) &&
    (fields.imm === 'free' || imm === fields.imm)
  );
}
