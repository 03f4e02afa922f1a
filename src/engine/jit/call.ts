/** Calls: helpers (map operations by the map's own runtime export), subprograms, tail calls, packet loads. */
import { UnsupportedError, VerifierError } from '../../errors.ts';
import type { Helper } from '../../helpers/define.ts';
import type { Insn, LoadPacketRow } from '../../isa/index.ts';
import {
  CELL_FUEL,
  CELL_PC,
  CELL_RETURN_HI,
  CELL_TAIL_CALLS,
  FAULT_ARG_MAP,
  FAULT_DEPTH,
  FRAME_STRIDE,
  LAST_FP,
} from '../../machine/layout.ts';
import {
  MAP_MAX_ENTRIES,
  MAP_TYPE_OFF,
  MAP_VALUES,
  PROG_SLOT_FUNC,
  PROG_SLOT_SIZE,
} from '../../maps/layout.ts';
import { MAP_TYPE, MAX_TAIL_CALL_CNT } from '../../uapi/bpf.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import { parameterTypes, pushArgument, writeArgumentChecks } from './arguments.ts';
import { type Body, pushLow, pushRegister, writeFault } from './body.ts';
import { FP, FUEL, FUNCTION_PARAMS, FUNCTION_RESULTS, localOf, NARROW } from './locals.ts';

/** The kernel's verifier forbids to read r1-r5 after a call; here they hold 0, so that every engine agrees. */
function clearArguments({ code }: Body): void {
  for (let register = 1; register <= 5; register++) {
    code.i64(0);
    code.set(localOf(register));
  }
}

/** Puts the instruction count where a callee finds it. `refund` goes back: what was paid for and is not executed. */
export function saveFuel({ code, counts }: Body, refund = 0): void {
  if (!counts) return;
  code.i32(0);
  code.get(FUEL);
  if (refund !== 0) {
    code.i32(refund);
    code.op(OP.i32_add);
  }
  code.memory(OP.i32_store, CELL_FUEL);
}

export function loadFuel({ code, counts }: Body): void {
  if (!counts) return;
  code.i32(0);
  code.memory(OP.i32_load, CELL_FUEL);
  code.set(FUEL);
}

/** Ends the run when the callee's frame would be the ninth. */
function writeDepthCheck(body: Body, pc: number): void {
  const { code } = body;
  code.get(FP);
  code.i32(LAST_FP);
  code.op(OP.i32_ge_u);
  code.open(OP.if);
  code.get(FP);
  code.op(OP.i64_extend_i32_u);
  writeFault(body, FAULT_DEPTH, pc, 0);
  code.end();
}

export function writeSubprogCall(body: Body, { imm }: Insn, pc: number): void {
  const { code, module } = body;
  const target = body.subprogAt.get(pc + 1 + imm);
  if (target === undefined) throw new VerifierError(pc, `no subprogram starts at insn ${pc + 1 + imm}`);
  writeDepthCheck(body, pc);
  const counts = body.subprogLength[target] === undefined;
  if (counts) saveFuel(body);
  for (let register = 1; register <= 5; register++) code.get(localOf(register));
  code.get(FP);
  code.i32(FRAME_STRIDE);
  code.op(OP.i32_add);
  module.callLocal(body.subprogFunction(target));
  code.set(localOf(0));
  if (counts) loadFuel(body);
  clearArguments(body);
  body.ranges.forgetAll();
}

export function writeHelperCall(body: Body, { imm }: Insn, pc: number): void {
  const helper = body.env.helpers.get(imm);
  if (helper === undefined) throw new VerifierError(pc, `invalid func unknown#${imm}`, { errno: 'EINVAL' });
  const { call, name } = helper;
  if ('missing' in call) throw new UnsupportedError(name, `insn ${pc}: ${call.missing}`);
  if (body.env.mode.checked) writeArgumentChecks(body, helper, pc);
  if (helper.special === 'tail_call') writeTailCall(body, pc);
  else if (!writeInlineLookup(body, helper)) writeImportedCall(body, helper, pc);
  clearArguments(body);
  // A helper may free a record or move the packet; a lookup in a map changes no access.
  if (helper.mapOp !== 'lookup') body.ranges.forgetAll();
  for (let register = 0; register <= 5; register++) body.ranges.forget(register);
}

function writeImportedCall(body: Body, helper: Helper<never>, pc: number): void {
  const { code, env, module, state } = body;
  const { call, returns } = helper;
  const fact = state[1];
  const map = fact?.kind === 'map' ? env.maps[fact.map] : undefined;
  const own = helper.mapOp && map?.ops[helper.mapOp];
  const wasm = 'wasm' in call;
  const name = own ?? (wasm ? call.wasm : helper.name);
  const params = helper.args.flatMap((arg) => parameterTypes(arg, wasm));
  if (helper.frame) params.push(I32);
  const result = returns === 'void' ? [] : [returns === 'u64' && wasm ? I64 : I32];
  const index = module.importFunction(wasm ? 'rt' : 'helper', name, params, result);
  const callsBack = helper.args.some(({ kind }) => kind === 'func');
  code.i32(0);
  code.i32(pc);
  code.memory(OP.i32_store, CELL_PC);
  if (callsBack) saveFuel(body);
  helper.args.forEach((arg, i) => {
    pushArgument(body, arg, i, wasm);
  });
  if (helper.frame) code.get(FP);
  code.call(index);
  writeResult(body, helper, wasm);
  if (callsBack) loadFuel(body);
}

function writeResult({ code }: Body, { returns }: Helper<never>, wasm: boolean): void {
  if (returns === 'void') code.i64(0);
  else if (returns === 'int') code.op(OP.i64_extend_i32_s);
  else if (returns === 'ptr' || !wasm) code.op(OP.i64_extend_i32_u);
  if (returns === 'u64' && !wasm) {
    code.i32(0);
    code.memory(OP.i64_load32_u, CELL_RETURN_HI);
    code.i64(32);
    code.op(OP.i64_shl);
    code.op(OP.i64_or);
  }
  code.set(localOf(0));
}

/** A lookup in a known plain array is a comparison and a multiplication. */
function writeInlineLookup(body: Body, helper: Helper<never>): boolean {
  const { code, env, state } = body;
  const fact = state[1];
  const array = fact?.kind === 'map' && helper.mapOp === 'lookup' ? env.maps[fact.map]?.array : undefined;
  if (!array) return false;
  const { values, stride, maxEntries } = array;
  pushLow(body, 2);
  code.memory(OP.i32_load, 0);
  code.tee(NARROW);
  code.i32(maxEntries);
  code.op(OP.i32_lt_u);
  code.open(OP.if, I64);
  code.get(NARROW);
  const shift = 31 - Math.clz32(stride);
  if (stride === 1 << shift) {
    code.i32(shift);
    code.op(OP.i32_shl);
  } else {
    code.i32(stride);
    code.op(OP.i32_mul);
  }
  code.i32(values);
  code.op(OP.i32_add);
  code.op(OP.i64_extend_i32_u);
  code.else();
  code.i64(0);
  code.end();
  code.set(localOf(0));
  return true;
}

/**
 * bpf_tail_call(ctx, prog_array, index): an index past the end, the 34th call and an empty slot fall through, in the
 * order of the kernel's JIT (a call counts when its slot holds a program). The callee takes over this frame.
 */
function writeTailCall(body: Body, pc: number): void {
  const { code, module } = body;
  const miss = code.open(OP.block);
  if (body.env.mode.checked) {
    pushLow(body, 2);
    code.memory(OP.i32_load, MAP_TYPE_OFF);
    code.i32(MAP_TYPE.prog_array);
    code.op(OP.i32_ne);
    code.open(OP.if);
    pushRegister(body, 2);
    writeFault(body, FAULT_ARG_MAP, pc, 0);
    code.end();
  }
  pushLow(body, 3);
  pushLow(body, 2);
  code.memory(OP.i32_load, MAP_MAX_ENTRIES);
  code.op(OP.i32_ge_u);
  code.brIf(miss);
  code.i32(0);
  code.memory(OP.i32_load, CELL_TAIL_CALLS);
  code.i32(MAX_TAIL_CALL_CNT);
  code.op(OP.i32_ge_u);
  code.brIf(miss);
  pushLow(body, 2);
  code.memory(OP.i32_load, MAP_VALUES);
  pushLow(body, 3);
  code.i32(PROG_SLOT_SIZE);
  code.op(OP.i32_mul);
  code.op(OP.i32_add);
  code.memory(OP.i32_load, PROG_SLOT_FUNC);
  code.tee(NARROW);
  code.op(OP.i32_eqz);
  code.brIf(miss);
  code.i32(0);
  code.i32(0);
  code.memory(OP.i32_load, CELL_TAIL_CALLS);
  code.i32(1);
  code.op(OP.i32_add);
  code.memory(OP.i32_store, CELL_TAIL_CALLS);
  saveFuel(body, body.unspent);
  pushRegister(body, 1);
  for (let register = 2; register <= 5; register++) code.i64(0);
  code.get(FP);
  code.get(NARROW);
  // A plain call does what a wasm tail call would: 33 frames are few, and every engine has it.
  code.op(OP.call_indirect);
  code.u32(module.type(FUNCTION_PARAMS, FUNCTION_RESULTS));
  code.u32(0);
  code.op(OP.return);
  code.end();
  code.i64(0);
  code.set(localOf(0));
}

/** LD_ABS and LD_IND: past the end of the packet the function ends with 0 (RFC 9669 section 5.5 and the kernel). */
export function writePacketLoad(body: Body, { shape, size }: LoadPacketRow, insn: Insn, pc: number): void {
  const { code, module } = body;
  code.i32(0);
  code.i32(pc);
  code.memory(OP.i32_store, CELL_PC);
  pushLow(body, 6);
  code.i32(insn.imm);
  if (shape === 'loadInd') {
    pushLow(body, insn.src);
    code.op(OP.i32_add);
  }
  code.i32(size);
  code.call(module.importFunction('rt', 'ld_abs', [I32, I32, I32], [I64]));
  code.tee(localOf(0));
  code.i64(0);
  code.op(OP.i64_lt_s);
  code.open(OP.if);
  saveFuel(body, body.unspent);
  code.i64(0);
  code.op(OP.return);
  code.end();
  clearArguments(body);
  body.ranges.forgetAll();
}
