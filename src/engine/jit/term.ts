/** Terms of the instruction table to wasm: the only place where the engine gives a meaning to their operators. */
import type { BinaryOp, Term, UnaryOp, Width } from '../../isa/index.ts';
import type { Code } from '../wasm/code.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import { NARROW, WIDE } from './locals.ts';

/** How a term's operands get onto the wasm stack, at the width of the term. */
export interface Operands {
  readonly width: Width;
  pushDst(): void;
  pushSrc(): void;
  /** Value of `src` where it is an immediate. */
  readonly constant: number | undefined;
}

const BINARY: Record<BinaryOp, readonly [number, number]> = {
  add: [OP.i32_add, OP.i64_add],
  sub: [OP.i32_sub, OP.i64_sub],
  mul: [OP.i32_mul, OP.i64_mul],
  divU: [OP.i32_div_u, OP.i64_div_u],
  remU: [OP.i32_rem_u, OP.i64_rem_u],
  divS: [OP.i32_div_s, OP.i64_div_s],
  remS: [OP.i32_rem_s, OP.i64_rem_s],
  and: [OP.i32_and, OP.i64_and],
  or: [OP.i32_or, OP.i64_or],
  xor: [OP.i32_xor, OP.i64_xor],
  shl: [OP.i32_shl, OP.i64_shl],
  shrU: [OP.i32_shr_u, OP.i64_shr_u],
  shrS: [OP.i32_shr_s, OP.i64_shr_s],
  eq: [OP.i32_eq, OP.i64_eq],
  ne: [OP.i32_ne, OP.i64_ne],
  gtU: [OP.i32_gt_u, OP.i64_gt_u],
  geU: [OP.i32_ge_u, OP.i64_ge_u],
  ltU: [OP.i32_lt_u, OP.i64_lt_u],
  leU: [OP.i32_le_u, OP.i64_le_u],
  gtS: [OP.i32_gt_s, OP.i64_gt_s],
  geS: [OP.i32_ge_s, OP.i64_ge_s],
  ltS: [OP.i32_lt_s, OP.i64_lt_s],
  leS: [OP.i32_le_s, OP.i64_le_s],
};

/** Leaves the term's value on the stack: i32 or i64 by the width, a comparison always i32. */
export function writeTerm(code: Code, term: Term, operands: Operands): void {
  if (term === 'dst') {
    operands.pushDst();
    return;
  }
  if (term === 'src') {
    operands.pushSrc();
    return;
  }
  const wide = operands.width === 64;
  switch (term[0]) {
    case 'const':
      wide ? code.i64(term[1]) : code.i32(term[1]);
      return;
    case 'ifEq':
      writeIfEq(code, term, operands);
      return;
    default:
  }
  if (term.length === 3) {
    writeTerm(code, term[1], operands);
    writeTerm(code, term[2], operands);
    code.op(BINARY[term[0]][wide ? 1 : 0]);
    return;
  }
  if (term[0] === 'neg') {
    if (wide) code.i64(0);
    else code.i32(0);
    writeTerm(code, term[1], operands);
    code.op(wide ? OP.i64_sub : OP.i32_sub);
    return;
  }
  writeTerm(code, term[1], operands);
  writeUnary(code, term[0], wide);
}

function writeIfEq(
  code: Code,
  term: Extract<Term, readonly ['ifEq', ...unknown[]]>,
  operands: Operands,
): void {
  const [, subject, value, then, otherwise] = term;
  if (subject === 'src' && operands.constant !== undefined) {
    writeTerm(code, operands.constant === value ? then : otherwise, operands);
    return;
  }
  const wide = operands.width === 64;
  writeTerm(code, subject, operands);
  if (wide) code.i64(value);
  else code.i32(value);
  code.op(wide ? OP.i64_eq : OP.i32_eq);
  code.open(OP.if, wide ? I64 : I32);
  writeTerm(code, then, operands);
  code.else();
  writeTerm(code, otherwise, operands);
  code.end();
}

function writeUnary(code: Code, op: Exclude<UnaryOp, 'neg'>, wide: boolean): void {
  switch (op) {
    case 'sext8':
      code.op(wide ? OP.i64_extend8_s : OP.i32_extend8_s);
      return;
    case 'sext16':
      code.op(wide ? OP.i64_extend16_s : OP.i32_extend16_s);
      return;
    case 'sext32':
      if (wide) code.op(OP.i64_extend32_s);
      return;
    case 'zext16':
      if (wide) code.u64(0xffff);
      else code.i32(0xffff);
      code.op(wide ? OP.i64_and : OP.i32_and);
      return;
    case 'zext32':
      if (!wide) return;
      code.u64(0xffffffff);
      code.op(OP.i64_and);
      return;
    case 'bswap16':
    case 'bswap32':
      if (wide) code.op(OP.i32_wrap_i64);
      if (op === 'bswap16') swap16(code);
      else swap32(code);
      if (wide) code.op(OP.i64_extend_i32_u);
      return;
    case 'bswap64':
      swap64(code);
      return;
  }
}

function swap16(code: Code): void {
  code.tee(NARROW);
  code.i32(8);
  code.op(OP.i32_shl);
  code.i32(0xff00);
  code.op(OP.i32_and);
  code.get(NARROW);
  code.i32(8);
  code.op(OP.i32_shr_u);
  code.i32(0xff);
  code.op(OP.i32_and);
  code.op(OP.i32_or);
}

/** Two rotations bring the four bytes in place: the odd ones by 8, the even ones by 24. */
function swap32(code: Code): void {
  code.tee(NARROW);
  code.i32(8);
  code.op(OP.i32_rotl);
  code.i32(0x00ff00ff);
  code.op(OP.i32_and);
  code.get(NARROW);
  code.i32(24);
  code.op(OP.i32_rotl);
  code.i32(0xff00ff00);
  code.op(OP.i32_and);
  code.op(OP.i32_or);
}

/** Bytes within 16 bits, 16-bit halves within 32, then the two words. */
function swap64(code: Code): void {
  exchange(code, 8, 0x00ff00ff);
  exchange(code, 16, 0x0000ffff);
  code.i64(32);
  code.op(OP.i64_rotl);
}

function exchange(code: Code, bits: number, mask: number): void {
  code.tee(WIDE);
  code.i64Parts(mask, mask);
  code.op(OP.i64_and);
  code.i64(bits);
  code.op(OP.i64_shl);
  code.get(WIDE);
  code.i64(bits);
  code.op(OP.i64_shr_u);
  code.i64Parts(mask, mask);
  code.op(OP.i64_and);
  code.op(OP.i64_or);
}
