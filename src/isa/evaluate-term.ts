/** The meaning of a term in BigInt arithmetic: the reference that backends are tested against, and slow. */
import type { Width } from './row.ts';
import type { BinaryOp, Term, UnaryOp } from './term.ts';

const truth = (value: boolean): bigint => (value ? 1n : 0n);

function swapBytes(value: bigint, bits: number): bigint {
  let result = 0n;
  for (let at = 0; at < bits; at += 8) result = (result << 8n) | ((value >> BigInt(at)) & 0xffn);
  return result;
}

function unary(op: UnaryOp, value: bigint): bigint {
  if (op === 'neg') return -value;
  const bits = Number(op.replace(/\D/g, ''));
  if (op.startsWith('sext')) return BigInt.asIntN(bits, value);
  return op.startsWith('zext') ? BigInt.asUintN(bits, value) : swapBytes(value, bits);
}

/** `a` and `b` are unsigned; `s` makes them signed at the width. */
function binary(op: BinaryOp, a: bigint, b: bigint, width: Width): bigint {
  const s = (value: bigint): bigint => BigInt.asIntN(width, value);
  const count = b % BigInt(width);
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'divU':
      return a / b;
    case 'remU':
      return a % b;
    case 'divS':
      return s(a) / s(b);
    case 'remS':
      return s(a) % s(b);
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << count;
    case 'shrU':
      return a >> count;
    case 'shrS':
      return s(a) >> count;
    case 'eq':
      return truth(a === b);
    case 'ne':
      return truth(a !== b);
    case 'gtU':
      return truth(a > b);
    case 'geU':
      return truth(a >= b);
    case 'ltU':
      return truth(a < b);
    case 'leU':
      return truth(a <= b);
    case 'gtS':
      return truth(s(a) > s(b));
    case 'geS':
      return truth(s(a) >= s(b));
    case 'ltS':
      return truth(s(a) < s(b));
    case 'leS':
      return truth(s(a) <= s(b));
  }
}

/** The term's value, unsigned at `width`; `dst` and `src` may be any integers, of which the low `width` bits count. */
export function evaluateTerm(term: Term, width: Width, dst: bigint, src: bigint): bigint {
  const wrap = (value: bigint): bigint => BigInt.asUintN(width, value);
  if (term === 'dst') return wrap(dst);
  if (term === 'src') return wrap(src);
  switch (term[0]) {
    case 'const':
      return wrap(BigInt(term[1]));
    case 'ifEq': {
      const equal = evaluateTerm(term[1], width, dst, src) === wrap(BigInt(term[2]));
      return evaluateTerm(equal ? term[3] : term[4], width, dst, src);
    }
    default: {
      const left = evaluateTerm(term[1], width, dst, src);
      if (term.length === 2) return wrap(unary(term[0], left));
      return wrap(binary(term[0], left, evaluateTerm(term[2], width, dst, src), width));
    }
  }
}
