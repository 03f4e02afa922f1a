/**
 * The interpreter's loop as a wasm module, written from the instruction table: the terms are those that the JIT compiles,
 * with registers in memory. It depends on nothing of a program, so that one module serves all.
 */
import {
  type AtomicRow,
  type InsnRow,
  type LoadRow,
  ROWS,
  type Size,
  type StoreRow,
} from '../../isa/index.ts';
import { CTX_BASE, CTX_SIZE, SHADOW_READ, SHADOW_WRITE } from '../../machine/layout.ts';
import { NARROW, WIDE2 } from '../jit/locals.ts';
import { writeTerm } from '../jit/term.ts';
import type { Code, Label } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import {
  FAULT_ADDRESS,
  FAULT_SIZE,
  PC as PC_CELL,
  RECORD_DST,
  RECORD_OFFSET,
  RECORD_OPERAND,
  RECORD_SIZE,
  RECORD_SRC,
  REGISTERS,
  STATUS_FAULT_LOAD,
  STATUS_FAULT_STORE,
  STATUS_HOST,
  STATUS_STEPS,
  STEPS as STEPS_CELL,
} from './state.ts';

/** Parameter: address of the first record. The locals of terms (WIDE, NARROW) keep their places. */
const RECORDS = 0;
const ADDRESS = 1;
const OLD = 2;
const NEW = 3;
const FIRST_I32 = NARROW;
const PC = NARROW + 1;
const STEPS = NARROW + 2;
const RECORD = NARROW + 3;
const DST = NARROW + 4;
const SRC = NARROW + 5;
const LAST_I32 = SRC;

const LOAD: Record<Size, readonly [unsigned: number, signed: number]> = {
  1: [OP.i64_load8_u, OP.i64_load8_s],
  2: [OP.i64_load16_u, OP.i64_load16_s],
  4: [OP.i64_load32_u, OP.i64_load32_s],
  8: [OP.i64_load, OP.i64_load],
};
const STORE: Record<Size, number> = {
  1: OP.i64_store8,
  2: OP.i64_store16,
  4: OP.i64_store32,
  8: OP.i64_store,
};
/** Past the largest access, so that the shadow of an address below the limit can be loaded whole. */
const MARGIN = 7;

interface Loop {
  readonly code: Code;
  /** machine.limit. */
  readonly shadow: number;
  readonly top: Label;
}

function pushRegister({ code }: Loop, slot: number): void {
  code.get(slot);
  code.memory(OP.i64_load, REGISTERS);
}

/** Leaves the loop before the instruction at PC; status on the stack. */
function writeLeave({ code }: Loop, status: number): void {
  code.i32(0);
  code.get(PC);
  code.memory(OP.i32_store, PC_CELL);
  code.i32(0);
  code.get(STEPS);
  code.memory(OP.i32_store, STEPS_CELL);
  code.i32(status);
  code.op(OP.return);
}

/** Counts the instruction and goes on at the slot on the stack. */
function writeNext({ code, top }: Loop): void {
  code.set(PC);
  code.get(STEPS);
  code.i32(1);
  code.op(OP.i32_sub);
  code.set(STEPS);
  code.br(top);
}

function writeNextSlot(loop: Loop, slots = 1): void {
  loop.code.get(PC);
  loop.code.i32(slots);
  loop.code.op(OP.i32_add);
  writeNext(loop);
}

/** Sets ADDRESS to base + offset and leaves with a fault unless each of its bytes has the shadow bits of `mask`. */
function writeCheckedAddress(loop: Loop, base: number, size: Size, mask: number): void {
  const { code, shadow } = loop;
  const ok = code.open(OP.block);
  const bad = code.open(OP.block);
  pushRegister(loop, base);
  code.get(RECORD);
  code.memory(OP.i64_load32_s, RECORD_OFFSET);
  code.op(OP.i64_add);
  code.tee(ADDRESS);
  code.u64(shadow - MARGIN);
  code.op(OP.i64_ge_u);
  code.brIf(bad);
  code.get(ADDRESS);
  code.op(OP.i32_wrap_i64);
  code.memory(LOAD[size][0], shadow);
  const pattern = mask * 0x01010101;
  const low = size < 4 ? pattern & ((1 << (8 * size)) - 1) : pattern;
  const high = size === 8 ? pattern : 0;
  code.i64Parts(low, high);
  code.op(OP.i64_and);
  code.i64Parts(low, high);
  code.op(OP.i64_eq);
  code.brIf(ok);
  code.end();
  code.i32(0);
  code.get(ADDRESS);
  code.memory(OP.i64_store, FAULT_ADDRESS);
  code.i32(0);
  code.i32(size);
  code.memory(OP.i32_store, FAULT_SIZE);
  writeLeave(loop, mask & SHADOW_WRITE ? STATUS_FAULT_STORE : STATUS_FAULT_LOAD);
  code.end();
}

function pushAddress({ code }: Loop): void {
  code.get(ADDRESS);
  code.op(OP.i32_wrap_i64);
}

/** Some context fields keep fewer bits than they are wide: TypeScript stores there. */
function writeContextExit(loop: Loop): void {
  const { code } = loop;
  pushAddress(loop);
  code.i32(CTX_BASE);
  code.op(OP.i32_sub);
  code.i32(CTX_SIZE);
  code.op(OP.i32_lt_u);
  code.open(OP.if);
  writeLeave(loop, STATUS_HOST);
  code.end();
}

function writeLoad(loop: Loop, { size, signExtend }: LoadRow): void {
  const { code } = loop;
  writeCheckedAddress(loop, SRC, size, SHADOW_READ);
  code.get(DST);
  pushAddress(loop);
  code.memory(LOAD[size][signExtend ? 1 : 0], 0);
  code.memory(OP.i64_store, REGISTERS);
}

function writeStore(loop: Loop, { size, source }: StoreRow): void {
  const { code } = loop;
  writeCheckedAddress(loop, DST, size, SHADOW_WRITE);
  writeContextExit(loop);
  pushAddress(loop);
  if (source === 'reg') pushRegister(loop, SRC);
  else {
    code.get(RECORD);
    code.memory(OP.i64_load, RECORD_OPERAND);
  }
  code.memory(STORE[size], 0);
}

function writeAtomic(loop: Loop, row: AtomicRow): void {
  const { code } = loop;
  const { op, size, value } = row;
  const plain = op === 'load_acquire' ? SHADOW_READ : op === 'store_release' ? SHADOW_WRITE : undefined;
  writeCheckedAddress(loop, op === 'load_acquire' ? SRC : DST, size, plain ?? SHADOW_READ | SHADOW_WRITE);
  pushAddress(loop);
  code.memory(LOAD[size][0], 0);
  code.set(OLD);
  if (value !== undefined) {
    writeTerm(code, value, {
      width: 64,
      pushDst: () => code.get(OLD),
      pushSrc: () => pushRegister(loop, SRC),
      constant: undefined,
    });
    code.set(NEW);
    if (op === 'cmpxchg') writeIsExpected(loop, size);
    pushAddress(loop);
    code.get(NEW);
    code.memory(STORE[size], 0);
    if (op === 'cmpxchg') code.end();
  }
  if (row.result === 'none') return;
  if (row.result === 'r0') code.i32(0);
  else code.get(row.result === 'src' ? SRC : DST);
  code.get(OLD);
  code.memory(OP.i64_store, REGISTERS);
}

/** Opens an `if`: whether the old contents equal r0, or its low half. */
function writeIsExpected({ code }: Loop, size: Size): void {
  code.get(OLD);
  code.i32(0);
  code.memory(size === 4 ? OP.i64_load32_u : OP.i64_load, REGISTERS);
  code.op(OP.i64_eq);
  code.open(OP.if);
}

/** The code of one row, which ends by going on or leaving. */
function writeRow(loop: Loop, row: InsnRow): void {
  const { code } = loop;
  switch (row.shape) {
    case 'alu':
      code.get(DST);
      writeValue(loop, row, row.value);
      if (row.width === 32) code.op(OP.i64_extend_i32_u);
      code.memory(OP.i64_store, REGISTERS);
      writeNextSlot(loop);
      break;
    case 'jump':
      code.get(RECORD);
      code.memory(OP.i32_load, RECORD_OFFSET);
      code.get(PC);
      code.i32(1);
      code.op(OP.i32_add);
      writeValue(loop, row, row.cond);
      code.op(OP.select);
      writeNext(loop);
      break;
    case 'ja':
      code.get(RECORD);
      code.memory(OP.i32_load, RECORD_OFFSET);
      writeNext(loop);
      break;
    case 'load':
      writeLoad(loop, row);
      writeNextSlot(loop);
      break;
    case 'store':
      writeStore(loop, row);
      writeNextSlot(loop);
      break;
    case 'atomic':
      writeAtomic(loop, row);
      writeNextSlot(loop);
      break;
    case 'loadImm64':
      code.get(DST);
      code.get(RECORD);
      code.memory(OP.i64_load, RECORD_OPERAND);
      code.memory(OP.i64_store, REGISTERS);
      writeNextSlot(loop, 2);
      break;
    default:
      writeLeave(loop, STATUS_HOST);
      break;
  }
}

function writeValue(
  loop: Loop,
  row: Extract<InsnRow, { shape: 'alu' | 'jump' }>,
  term: Parameters<typeof writeTerm>[1],
): void {
  const { code } = loop;
  const load = row.width === 64 ? OP.i64_load : OP.i32_load;
  const push = (slot: number, offset: number) => () => {
    code.get(slot);
    code.memory(load, offset);
  };
  writeTerm(code, term, {
    width: row.width,
    pushDst: push(DST, REGISTERS),
    pushSrc: row.source === 'reg' ? push(SRC, REGISTERS) : push(RECORD, RECORD_OPERAND),
    constant: undefined,
  });
}

/**
 * Bytes of a module that imports `env.memory` and exports `run(records: i32) -> i32`: executes from the cell PC on, at most
 * STEPS instructions, and returns why it stopped (STATUS_*), with both cells brought up to date.
 * @param shadow machine.limit.
 */
export function buildLoop(shadow: number): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory');
  module.export('run', module.declare(module.type([I32], [I32])));
  const { code } = module;
  module.beginBody([
    [WIDE2, I64],
    [LAST_I32 - FIRST_I32 + 1, I32],
  ]);
  code.i32(0);
  code.memory(OP.i32_load, PC_CELL);
  code.set(PC);
  code.i32(0);
  code.memory(OP.i32_load, STEPS_CELL);
  code.set(STEPS);
  const loop: Loop = { code, shadow, top: code.open(OP.loop) };
  code.get(STEPS);
  code.i32(0);
  code.op(OP.i32_le_s);
  code.open(OP.if);
  writeLeave(loop, STATUS_STEPS);
  code.end();
  const labels = ROWS.map(() => code.open(OP.block)).reverse();
  writeFetch(code);
  code.brTable(labels.slice(0, -1), labels[labels.length - 1] as Label);
  for (const row of ROWS) {
    code.end();
    writeRow(loop, row);
  }
  code.end();
  code.op(OP.unreachable);
  module.endBody();
  return module.finish().bytes;
}

/** Sets RECORD, DST and SRC, and leaves the row's id on the stack. */
function writeFetch(code: Code): void {
  code.get(RECORDS);
  code.get(PC);
  code.i32(Math.log2(RECORD_SIZE));
  code.op(OP.i32_shl);
  code.op(OP.i32_add);
  code.set(RECORD);
  code.get(RECORD);
  code.memory(OP.i32_load8_u, RECORD_DST);
  code.set(DST);
  code.get(RECORD);
  code.memory(OP.i32_load8_u, RECORD_SRC);
  code.set(SRC);
  code.get(RECORD);
  code.memory(OP.i32_load16_u, 0);
}
