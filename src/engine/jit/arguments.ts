/** Arguments of a helper call: checked against the declaration, then pushed as the implementation takes them. */
import { UnsupportedError } from '../../errors.ts';
import type { ArgKind, Helper } from '../../helpers/define.ts';
import {
  CELL_CTX,
  FAULT_ARG_CTX,
  FAULT_ARG_MAP,
  FAULT_ARG_READ,
  FAULT_ARG_WRITE,
  FAULT_CALL,
  FAULT_HELPER,
  FRAME_SIZE,
  KIND_MAP,
  SHADOW_READ,
  SHADOW_WRITE,
} from '../../machine/layout.ts';
import { MAP_KEY_SIZE, MAP_VALUE_SIZE } from '../../maps/layout.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import { type Body, pushLow, pushRegister, writeFault } from './body.ts';
import { NARROW } from './locals.ts';

/** Longest string that a helper reads (a format of trace_printk, a name). */
const MAX_STRING = 4096;

/** wasm parameters of one argument. */
export function parameterTypes(arg: ArgKind, wasm: boolean): readonly number[] {
  if (arg.kind !== 'u64') return [I32];
  return wasm ? [I64] : [I32, I32];
}

/** Pushes argument `index` (register r1 + index). */
export function pushArgument(body: Body, arg: ArgKind, index: number, wasm: boolean): void {
  const { code } = body;
  if (arg.kind !== 'u64') {
    pushLow(body, index + 1);
    return;
  }
  pushRegister(body, index + 1);
  if (wasm) return;
  code.op(OP.i32_wrap_i64);
  pushRegister(body, index + 1);
  code.i64(32);
  code.op(OP.i64_shr_u);
  code.op(OP.i32_wrap_i64);
}

/** In checked mode: faults unless each argument is what the declaration says. */
export function writeArgumentChecks(body: Body, helper: Helper<never>, pc: number): void {
  // Sizes first: the range of a memory argument depends on one.
  helper.args.forEach((arg, index) => {
    if (arg.kind === 'size') writeSizeCheck(body, index + 1, arg.zero === true, pc);
  });
  helper.args.forEach((arg, index) => {
    writeCheck(body, helper, arg, index, pc);
  });
}

function writeCheck(body: Body, helper: Helper<never>, arg: ArgKind, index: number, pc: number): void {
  const register = index + 1;
  switch (arg.kind) {
    case 'ctx':
      writeCtxCheck(body, register, pc);
      return;
    case 'map':
      writeMapCheck(body, register, pc);
      return;
    case 'mapKey':
      writeMemCheck(body, register, mapSize(body, helper, index, 'key'), 'read', arg.nullable === true, pc);
      return;
    case 'mapValue':
      writeMemCheck(body, register, mapSize(body, helper, index, 'value'), 'read', false, pc);
      return;
    case 'mapValueOut':
      writeMemCheck(body, register, mapSize(body, helper, index, 'value'), 'write', false, pc);
      return;
    case 'mem': {
      const size: Size = typeof arg.size === 'number' ? { bytes: arg.size } : { register: arg.size.arg + 1 };
      writeMemCheck(body, register, size, arg.access, arg.nullable === true, pc);
      return;
    }
    case 'str':
      writeStringCheck(body, register, pc);
      return;
    case 'anyPtr':
    case 'object':
      writeUpperCheck(body, register, FAULT_HELPER, pc);
      return;
    case 'func':
      writeFuncCheck(body, register, pc);
      return;
    default:
  }
}

/** Bytes of a memory argument: known, in a register, or in a field of the map that a register points to. */
type Size =
  | { readonly bytes: number }
  | { readonly register: number }
  | { readonly map: number; readonly field: number };

function mapSize(body: Body, { args, name }: Helper<never>, index: number, what: 'key' | 'value'): Size {
  let at = index - 1;
  while (at >= 0 && args[at]?.kind !== 'map') at--;
  if (at < 0) throw new UnsupportedError(name, `argument ${index + 1} belongs to a map that is no argument`);
  const fact = body.state[at + 1];
  const map = fact?.kind === 'map' ? body.env.maps[fact.map] : undefined;
  if (map) return { bytes: what === 'key' ? map.keySize : map.valueSize };
  return { map: at + 1, field: what === 'key' ? MAP_KEY_SIZE : MAP_VALUE_SIZE };
}

function pushSize(body: Body, size: Size): void {
  const { code } = body;
  if ('bytes' in size) {
    code.i32(size.bytes);
    return;
  }
  if ('register' in size) {
    pushLow(body, size.register);
    return;
  }
  pushLow(body, size.map);
  code.memory(OP.i32_load, size.field);
}

function writeMemCheck(
  body: Body,
  register: number,
  size: Size,
  access: 'read' | 'write',
  nullable: boolean,
  pc: number,
): void {
  const { code, module, state, ranges } = body;
  const bytes = knownSize(body, size);
  const mask = access === 'read' ? SHADOW_READ : SHADOW_WRITE;
  const fact = state[register];
  if (bytes !== undefined) {
    if (bytes === 0) return;
    if (fact?.kind === 'frame' && fact.off >= -FRAME_SIZE && fact.off + fact.span + bytes <= 0) return;
    if (nullable && fact?.kind === 'const' && fact.low === 0 && fact.high === 0) return;
    if (ranges.covers(register, 0, bytes, mask)) return;
  }
  const done = code.open(OP.block);
  if (nullable) {
    pushRegister(body, register);
    code.op(OP.i64_eqz);
    code.brIf(done);
  }
  pushSize(body, size);
  code.set(NARROW);
  if (bytes === undefined) {
    code.get(NARROW);
    code.op(OP.i32_eqz);
    code.brIf(done);
  }
  pushLow(body, register);
  pushHigh(body, register);
  code.get(NARROW);
  code.i32(mask);
  code.call(module.importFunction('rt', 'check_range', [I32, I32, I32, I32], [I32]));
  code.brIf(done);
  pushRegister(body, register);
  code.i32(access === 'read' ? FAULT_ARG_READ : FAULT_ARG_WRITE);
  code.i32(pc);
  code.get(NARROW);
  module.callLocal(body.faultFunction);
  code.op(OP.unreachable);
  code.end();
}

function knownSize({ state }: Body, size: Size): number | undefined {
  if ('bytes' in size) return size.bytes;
  if (!('register' in size)) return undefined;
  const fact = state[size.register];
  return fact?.kind === 'const' && fact.high === 0 && fact.low >= 0 ? fact.low : undefined;
}

function pushHigh(body: Body, register: number): void {
  pushRegister(body, register);
  body.code.i64(32);
  body.code.op(OP.i64_shr_u);
  body.code.op(OP.i32_wrap_i64);
}

/** A size is unsigned and below 2^31: what looks negative would be refused by the kernel's verifier. */
function writeSizeCheck(body: Body, register: number, zero: boolean, pc: number): void {
  const { code, state } = body;
  const fact = state[register];
  if (fact?.kind === 'const' && fact.high === 0 && fact.low >= (zero ? 0 : 1)) return;
  pushRegister(body, register);
  if (!zero) {
    code.i64(1);
    code.op(OP.i64_sub);
  }
  code.u64(zero ? 0x80000000 : 0x7fffffff);
  code.op(OP.i64_ge_u);
  code.open(OP.if);
  pushRegister(body, register);
  writeFault(body, FAULT_HELPER, pc, 0);
  code.end();
}

function writeUpperCheck(body: Body, register: number, kind: number, pc: number): void {
  const { code, state } = body;
  const known = state[register]?.kind;
  if (known === 'map' || known === 'range') return;
  pushHigh(body, register);
  code.open(OP.if);
  pushRegister(body, register);
  writeFault(body, kind, pc, 0);
  code.end();
}

/** A callback is a function of this program, by its index in the table. */
function writeFuncCheck(body: Body, register: number, pc: number): void {
  const { code, env, program } = body;
  pushRegister(body, register);
  code.i64(env.tableBase);
  code.op(OP.i64_sub);
  code.i64(program.subprogs.length);
  code.op(OP.i64_ge_u);
  code.open(OP.if);
  pushRegister(body, register);
  writeFault(body, FAULT_CALL, pc, 0);
  code.end();
}

function writeCtxCheck(body: Body, register: number, pc: number): void {
  const { code, state } = body;
  const fact = state[register];
  if (fact?.kind === 'ctx' && fact.off === 0) return;
  pushRegister(body, register);
  code.i32(0);
  code.memory(OP.i64_load32_u, CELL_CTX);
  code.op(OP.i64_ne);
  code.open(OP.if);
  pushRegister(body, register);
  writeFault(body, FAULT_ARG_CTX, pc, 0);
  code.end();
}

function writeMapCheck(body: Body, register: number, pc: number): void {
  const { code, env, state } = body;
  if (state[register]?.kind === 'map') return;
  const ok = code.open(OP.block);
  const bad = code.open(OP.block);
  pushRegister(body, register);
  code.u64(env.shadow);
  code.op(OP.i64_ge_u);
  code.brIf(bad);
  pushLow(body, register);
  code.memory(OP.i32_load8_u, env.shadow);
  code.i32(KIND_MAP << 4);
  code.op(OP.i32_eq);
  code.brIf(ok);
  code.end();
  pushRegister(body, register);
  writeFault(body, FAULT_ARG_MAP, pc, 0);
  code.end();
}

function writeStringCheck(body: Body, register: number, pc: number): void {
  const { code, module } = body;
  pushLow(body, register);
  pushHigh(body, register);
  code.i32(MAX_STRING);
  code.call(module.importFunction('rt', 'check_string', [I32, I32, I32], [I32]));
  code.i32(0);
  code.op(OP.i32_lt_s);
  code.open(OP.if);
  pushRegister(body, register);
  writeFault(body, FAULT_ARG_READ, pc, 1);
  code.end();
}
