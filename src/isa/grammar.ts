/** The statements of assembly text, one function per form; the rows to emit come from the instruction table. */
import { InternalError } from '../errors.ts';
import { ALU_OPS } from './alu.ts';
import type { AssembleOptions } from './assemble.ts';
import type { Insn } from './insn.ts';
import { JUMP_OPS } from './jump.ts';
import {
  expectAccess,
  expectImm32,
  expectPlace,
  expectRegister,
  expectTarget,
  type Place,
  type Register,
  readNumber,
  readRegister,
  type Target,
} from './operands.ts';
import type { InsnRow } from './row.ts';
import type { Scanner } from './scanner.ts';
import { rowByKey } from './table.ts';

/** What the names in the text stand for. */
export interface Names extends AssembleOptions {
  isLabel(name: string): boolean;
}

/** One instruction that a statement asks for; fields that the row fixes are left out. */
export interface Emission {
  readonly row: InsnRow;
  readonly fields: Partial<Insn>;
  /** `imm` of a ld_imm64's second slot. */
  readonly high: number;
  /** A place whose distance goes into `off` or `imm`. */
  readonly aim?: { readonly target: Target; readonly field: 'off' | 'imm' };
}

function emission(row: InsnRow, fields: Partial<Insn>, high = 0): Emission {
  return { row, fields, high };
}

function aimed(row: InsnRow, fields: Partial<Insn>, target: Target, field: 'off' | 'imm'): Emission {
  return { row, fields, high: 0, aim: { target, field } };
}

const byLength = (a: string, b: string): number => b.length - a.length;
const ALU_BY_INFIX: ReadonlyMap<string, string> = new Map(ALU_OPS.map(({ infix, name }) => [infix, name]));
const ALU_INFIXES = [...ALU_BY_INFIX.keys()].sort(byLength);
const JUMP_BY_INFIX: ReadonlyMap<string, string> = new Map(JUMP_OPS.map(({ infix, name }) => [infix, name]));
const JUMP_INFIXES = [...JUMP_BY_INFIX.keys()].sort(byLength);

function row(key: string): InsnRow {
  const found = rowByKey(key);
  if (found === undefined)
    throw new InternalError(`the assembler names a row '${key}' that is not in the table`);
  return found;
}

function readInfix(scanner: Scanner, infixes: readonly string[], names: ReadonlyMap<string, string>): string {
  const start = scanner.position();
  const infix = infixes.find((word) => scanner.eat(word));
  return names.get(infix ?? '') ?? scanner.fail(`expected an operator, found ${scanner.rest()}`, start);
}

function readJump(scanner: Scanner): Emission {
  const left = readRegister(scanner);
  if (!left) return scanner.fail(`expected a register, found ${scanner.rest()}`, scanner.position());
  const name = readInfix(scanner, JUMP_INFIXES, JUMP_BY_INFIX);
  const right = readRegister(scanner);
  if (right && right.width !== left.width) scanner.fail('both sides of a comparison have the same width');
  const imm = right ? 0 : expectImm32(scanner, true);
  scanner.expect('goto');
  const found = row(`${name}${left.width}_${right ? 'reg' : 'imm'}`);
  return aimed(found, { dst: left.number, src: right?.number ?? 0, imm }, expectTarget(scanner), 'off');
}

function readCall(scanner: Scanner, names: Names): Emission {
  const start = scanner.position();
  if (scanner.match(/pc(?=[+-])|(?=[+-])/y)) {
    scanner.rewind(start);
    return aimed(row('call_bpf'), {}, expectTarget(scanner), 'imm');
  }
  const name = scanner.match(/kernel-function|[A-Za-z_.$][\w.$]*/y)?.[0];
  const number = scanner.match(/#(-?\d+)(?!\w)/y)?.[1];
  if (name !== undefined && number === undefined && names.isLabel(name)) {
    return aimed(row('call_bpf'), {}, { kind: 'label', label: name, position: start }, 'imm');
  }
  if (name === undefined && number === undefined)
    scanner.fail(`expected a function, found ${scanner.rest()}`, start);
  const helper = name === undefined ? undefined : names.helperId?.(name);
  const kfunc = name === undefined ? undefined : names.kfuncId?.(name);
  const imm = number === undefined ? (helper ?? kfunc) : Number(number);
  if (imm === undefined) return scanner.fail(`'${name}' is no label, helper or kfunc`, start);
  if (imm < -0x80000000 || imm > 0x7fffffff) scanner.fail(`#${imm} does not fit the 32-bit immediate`);
  if (name !== 'kernel-function' && kfunc === undefined) return emission(row('call_helper'), { imm });
  const index = scanner.eat('fd_idx') ? readNumber(scanner) : 0n;
  if (index === undefined || index < -0x8000n || index > 0x7fffn)
    return scanner.fail('expected a 16-bit fd index');
  return emission(row('call_kfunc'), { imm, off: Number(index) });
}

/** `*(u32 *)(r1 +0) = r2`, after the star. */
function readStore(scanner: Scanner): Emission {
  const access = expectAccess(scanner);
  if (access.signExtend) scanner.fail('a store has no sign: write u8 to u64');
  const { size, base, off } = expectPlace(scanner, access);
  scanner.expect('=');
  const register = readRegister(scanner);
  if (register?.width === 32) scanner.fail(`a store takes r${register.number}`);
  if (register) return emission(row(`stx${size * 8}`), { dst: base, src: register.number, off });
  return emission(row(`st${size * 8}`), { dst: base, off, imm: expectImm32(scanner, size <= 4) });
}

function atomicRow(scanner: Scanner, place: Place, operation: string): InsnRow {
  const found = place.signExtend ? undefined : rowByKey(`atomic_${operation}${place.size * 8}`);
  return found ?? scanner.fail(`there is no ${operation} of ${place.size} bytes`);
}

function readLock(scanner: Scanner): Emission {
  scanner.expect('*');
  const place = expectPlace(scanner, expectAccess(scanner));
  const name = readInfix(scanner, ALU_INFIXES, ALU_BY_INFIX);
  const found = atomicRow(scanner, place, name);
  return emission(found, { dst: place.base, off: place.off, src: expectRegister(scanner, 64) });
}

function readStoreRelease(scanner: Scanner): Emission {
  scanner.expect('(');
  const place = expectPlace(scanner, expectAccess(scanner));
  const found = atomicRow(scanner, place, 'store_release');
  scanner.expect(',');
  const src = expectRegister(scanner, 64);
  scanner.expect(')');
  return emission(found, { dst: place.base, off: place.off, src });
}

/** `atomic64_fetch_add((u64 *)(r1 +0), r2)` from its parenthesis on; `result` is the register it is assigned to. */
function readFetch(scanner: Scanner, result: number, wide: boolean, operation: string): Emission {
  scanner.expect('(');
  const place = expectPlace(scanner, expectAccess(scanner));
  const found = atomicRow(scanner, place, operation);
  if (wide !== (place.size === 8)) scanner.fail(`atomic${wide ? '64' : ''} does not fit ${place.size} bytes`);
  scanner.expect(',');
  if (operation === 'cmpxchg') {
    if (result !== 0 || expectRegister(scanner, 64) !== 0)
      scanner.fail('cmpxchg compares with r0 and sets r0');
    scanner.expect(',');
  }
  const src = expectRegister(scanner, 64);
  if (operation !== 'cmpxchg' && src !== result)
    scanner.fail(`the old value goes to r${src}, the operand's register`);
  scanner.expect(')');
  return emission(found, { dst: place.base, off: place.off, src });
}

/** `*(u32 *)(r1 +0)` or `*(u32 *)skb[...]`, after the star. */
function readLoad(scanner: Scanner, dst: number): Emission {
  const access = expectAccess(scanner);
  if (!scanner.eat('skb')) {
    const { size, signExtend, base, off } = expectPlace(scanner, access);
    return emission(row(`ldx${signExtend ? 'sx' : ''}${size * 8}`), { dst, src: base, off });
  }
  if (dst !== 0 || access.signExtend || access.size === 8) scanner.fail('skb[] loads u8, u16 or u32 into r0');
  scanner.expect('[');
  const index = readRegister(scanner);
  if (index?.width === 32) scanner.fail(`skb[] takes r${index.number}`);
  if (index) scanner.expect('+');
  const imm = expectImm32(scanner, false);
  scanner.expect(']');
  return emission(row(`${index ? 'ldind' : 'ldabs'}${access.size * 8}`), { src: index?.number ?? 0, imm });
}

function readMap(scanner: Scanner, names: Names, dst: number, kind: 'map' | 'map_idx'): Emission {
  const start = scanner.position();
  const text = scanner.match(/\[\s*([^\]\s]+)\s*\]/y)?.[1];
  if (text === undefined) return scanner.fail(`expected [map], found ${scanner.rest()}`, start);
  const imm = /^-?\d+$/.test(text) ? Number(text) : names.mapIndex?.(text);
  if (imm === undefined || imm < -0x80000000 || imm > 0x7fffffff)
    return scanner.fail(`there is no map '${text}'`);
  const direct = scanner.match(/\[\s*0\s*\]/y) !== undefined;
  const high = direct ? scanner.match(/[+-]\d+(?!\w)/y) : undefined;
  const pseudo = kind === 'map' ? (direct ? 'map_value' : 'map_fd') : direct ? 'map_idx_value' : 'map_idx';
  if (high && (Number(high[0]) < -0x80000000 || Number(high[0]) > 0x7fffffff))
    scanner.fail('the offset is too large');
  return emission(row(`lddw_${pseudo}`), { dst, imm }, high ? Number(high[0]) : 0);
}

function readBtf(scanner: Scanner, dst: number): Emission {
  const found = scanner.match(/\[\s*(-?\d+)\s*\](?:\[\s*(-?\d+)\s*\])?/y);
  if (!found) return scanner.fail(`expected [BTF id], found ${scanner.rest()}`);
  const [imm, high] = [Number(found[1]), Number(found[2] ?? 0)];
  if (Math.max(imm, high) > 0x7fffffff || Math.min(imm, high) < -0x80000000)
    scanner.fail('the BTF id is too large');
  return emission(row('lddw_btf_id'), { dst, imm }, high);
}

function readConstant(scanner: Scanner, { number: dst, width }: Register, wide: boolean): Emission {
  const start = scanner.position();
  const value = readNumber(scanner);
  if (value === undefined)
    return scanner.fail(`expected a register or a number, found ${scanner.rest()}`, start);
  const long = scanner.eat('ll') || wide;
  if (width === 32 || (!long && value === BigInt.asIntN(32, value))) {
    if (long) scanner.fail('a 64-bit constant needs an r register');
    scanner.rewind(start);
    return emission(row(`mov${width}_imm`), { dst, imm: expectImm32(scanner, width === 32) });
  }
  if (value < -(1n << 63n) || value >= 1n << 64n) scanner.fail(`${value} does not fit 64 bits`, start);
  const bits = BigInt.asUintN(64, value);
  return emission(
    row('lddw_imm'),
    { dst, imm: Number(BigInt.asIntN(32, bits)) },
    Number(BigInt.asIntN(32, bits >> 32n)),
  );
}

/** What stands right of `=`, for a 64-bit register only; undefined when it is none of these forms. */
function readWideValue(scanner: Scanner, names: Names, dst: number): Emission | undefined {
  const swap = scanner.match(/(le|be|bswap)(\d+)(?!\w)/y);
  if (swap) {
    const found = rowByKey(`${swap[1]}${swap[2]}`) ?? scanner.fail(`${swap[1]} swaps 16, 32 or 64 bits`);
    if (expectRegister(scanner, 64) !== dst) scanner.fail(`${swap[1]} works in place: r${dst}`);
    return emission(found, { dst });
  }
  const atomic = scanner.match(/atomic(64)?_(fetch_add|fetch_or|fetch_and|fetch_xor|xchg|cmpxchg)(?=\s*\()/y);
  if (atomic) {
    return readFetch(scanner, dst, atomic[1] === '64', atomic[2] ?? '');
  }
  if (scanner.eat('load_acquire')) {
    scanner.expect('(');
    const place = expectPlace(scanner, expectAccess(scanner));
    scanner.expect(')');
    return emission(atomicRow(scanner, place, 'load_acquire'), { dst, src: place.base, off: place.off });
  }
  if (scanner.eat('addr_space_cast')) {
    const found = scanner.match(/\(\s*r(10|[0-9])\s*,\s*(\d{1,5})\s*,\s*(\d{1,5})\s*\)/y);
    if (!found) return scanner.fail('expected addr_space_cast(rN, to, from)');
    const imm = (Number(found[2]) << 16) | (Number(found[3]) & 0xffff);
    return emission(row('addr_space_cast'), { dst, src: Number(found[1]), imm });
  }
  if (scanner.eat('func')) return aimed(row('lddw_func'), { dst }, expectTarget(scanner), 'imm');
  if (scanner.eat('map_idx')) return readMap(scanner, names, dst, 'map_idx');
  if (scanner.eat('map')) return readMap(scanner, names, dst, 'map');
  if (scanner.eat('btf')) return readBtf(scanner, dst);
  return scanner.eat('*') ? readLoad(scanner, dst) : undefined;
}

function readAssignment(scanner: Scanner, names: Names, left: Register, wide: boolean): Emission {
  const { number: dst, width } = left;
  const special = width === 64 ? readWideValue(scanner, names, dst) : undefined;
  if (special) return special;
  if (scanner.match(/-(?=\s*[rw])/y)) {
    if (expectRegister(scanner, width) !== dst) scanner.fail('negation works in place');
    return emission(row(`neg${width}`), { dst });
  }
  const cast = scanner.match(/\(\s*s(\d+)\s*\)/y);
  if (cast) {
    const found = rowByKey(`movsx${cast[1]}_${width}`);
    if (!found) return scanner.fail(`there is no sign extension from ${cast[1]} to ${width} bits`);
    return emission(found, { dst, src: expectRegister(scanner, width) });
  }
  const source = readRegister(scanner);
  if (source === undefined) return readConstant(scanner, left, wide);
  if (source.width !== width) scanner.fail(`expected ${width === 32 ? 'w' : 'r'}${source.number}`);
  return emission(row(`mov${width}_reg`), { dst, src: source.number });
}

function readAlu(scanner: Scanner, names: Names, left: Register, wide: boolean): Emission {
  const { number: dst, width } = left;
  const name = readInfix(scanner, ALU_INFIXES, ALU_BY_INFIX);
  if (name === 'mov') return readAssignment(scanner, names, left, wide);
  const source = readRegister(scanner);
  if (source && source.width !== width) scanner.fail(`expected ${width === 32 ? 'w' : 'r'}${source.number}`);
  if (source) return emission(row(`${name}${width}_reg`), { dst, src: source.number });
  return emission(row(`${name}${width}_imm`), { dst, imm: expectImm32(scanner, width === 32) });
}

function readBody(scanner: Scanner, names: Names, wide: boolean): Emission {
  if (scanner.eat('exit')) return emission(row('exit'), {});
  for (const [word, key, field] of [
    ['goto', 'ja', 'off'],
    ['gotol', 'gotol', 'imm'],
    ['may_goto', 'may_goto', 'off'],
  ] as const) {
    if (!scanner.eat(word)) continue;
    return aimed(row(key), {}, expectTarget(scanner), field);
  }
  if (scanner.eat('if')) return readJump(scanner);
  if (scanner.eat('call')) return readCall(scanner, names);
  if (scanner.eat('lock')) return readLock(scanner);
  if (scanner.eat('store_release')) return readStoreRelease(scanner);
  if (scanner.eat('*')) return readStore(scanner);
  const left = readRegister(scanner);
  if (left === undefined)
    return scanner.fail(`expected an instruction, found ${scanner.rest()}`, scanner.position());
  return readAlu(scanner, names, left, wide);
}

/** Reads one instruction, with the log's slot number and opcode in front where they stand. */
export function readStatement(scanner: Scanner, names: Names): Emission {
  scanner.match(/\d+:/y);
  const start = scanner.position();
  const prefix = scanner.match(/\(([0-9a-f]{2})\)/y)?.[1];
  const result = readBody(scanner, names, prefix === '18');
  const code = result.row.code.toString(16).padStart(2, '0');
  if (prefix !== undefined && prefix !== code) scanner.fail(`this encodes to opcode (${code})`, start);
  return result;
}
