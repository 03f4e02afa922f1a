/**
 * The meaning of an ALU instruction or a jump condition, as data: a term over `dst` and `src` at the width of the
 * class (32 or 64 bit). `src` is the source register or the immediate (sign-extended to 64 bits for 64-bit classes).
 * Backends compile terms; nothing else states what an instruction computes.
 *
 * Shift counts are taken modulo the width, as BPF and wasm both do. Arithmetic wraps. A comparison yields 0 or 1.
 */
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'divU'
  | 'remU'
  | 'divS'
  | 'remS'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'eq'
  | 'ne'
  | 'gtU'
  | 'geU'
  | 'ltU'
  | 'leU'
  | 'gtS'
  | 'geS'
  | 'ltS'
  | 'leS';

/** sextN/zextN take the low N bits; bswapN swaps the low N bits' bytes and zeroes the rest. */
export type UnaryOp =
  | 'neg'
  | 'sext8'
  | 'sext16'
  | 'sext32'
  | 'zext16'
  | 'zext32'
  | 'bswap16'
  | 'bswap32'
  | 'bswap64';

export type Term =
  | 'dst'
  | 'src'
  | readonly ['const', number]
  | readonly [UnaryOp, Term]
  | readonly [BinaryOp, Term, Term]
  /** `['ifEq', a, n, then, else]`: `then` where `a` equals the constant `n`, else `else`. Must not evaluate the other arm if it could trap. */
  | readonly ['ifEq', Term, number, Term, Term];
