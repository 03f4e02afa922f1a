/** The function under compilation, as all of the JIT's files see it. */
import type { Insn } from '../../isa/index.ts';
import type { EngineEnv, EngineProgram } from '../types.ts';
import type { Code } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { OP } from '../wasm/opcodes.ts';
import type { Rows } from './cfg.ts';
import type { State } from './facts.ts';
import { FP, localOf } from './locals.ts';
import type { Ranges } from './ranges.ts';

/** Everything about the program that is the same for all of its functions. */
export interface Unit {
  readonly program: EngineProgram;
  readonly insns: readonly Insn[];
  readonly rows: Rows;
  readonly env: EngineEnv;
  readonly module: ModuleBuilder;
  /** Module function that raises a fault: (kind: i32, pc: i32, address: i64, size: i32). */
  readonly faultFunction: number;
  /** Module function of subprogram i. */
  readonly subprogFunction: (index: number) => number;
  /** Subprogram that starts at a slot. */
  readonly subprogAt: ReadonlyMap<number, number>;
  /** Instructions of a subprogram that takes the same number on every way; its callers count them. */
  readonly subprogLength: readonly (number | undefined)[];
  /** Where in the code the slots begin: code positions and slots, in pairs, ascending. */
  readonly marks: number[];
}

export interface Body extends Unit {
  readonly code: Code;
  /** What is known at the instruction being compiled. */
  state: State;
  /** Accesses already checked since the registers got their values. */
  ranges: Ranges;
  /** Whether this function counts instructions in FUEL. */
  readonly counts: boolean;
  /** Instructions behind the current one that are already paid for in FUEL. */
  unspent: number;
}

/** Pushes a register as i64. */
export function pushRegister({ code }: Body, register: number): void {
  if (register === 10) {
    code.get(FP);
    code.op(OP.i64_extend_i32_u);
  } else code.get(localOf(register));
}

/** Pushes the low half of a register as i32. */
export function pushLow(body: Body, register: number): void {
  const { code } = body;
  if (register === 10) {
    code.get(FP);
    return;
  }
  code.get(localOf(register));
  code.op(OP.i32_wrap_i64);
}

/** Raises a fault of `kind` at the address (or value) on top of the stack, an i64. */
export function writeFault(
  { code, module, faultFunction }: Body,
  kind: number,
  pc: number,
  size: number,
): void {
  code.i32(kind);
  code.i32(pc);
  code.i32(size);
  module.callLocal(faultFunction);
  code.op(OP.unreachable);
}
