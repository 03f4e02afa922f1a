/**
 * What of a program the interpreter's loop cannot do by itself, compiled for it: each helper call and packet load as the JIT
 * writes it (the same argument checks and conversions), and an entry for each subprogram in the function table.
 */
import { InternalError } from '../../errors.ts';
import { WebAssembly } from '../../host.ts';
import { type Insn, type InsnRow, rowOf } from '../../isa/index.ts';
import type { Body } from '../jit/body.ts';
import { writeHelperCall, writePacketLoad } from '../jit/call.ts';
import { FP, FUNCTION_PARAMS, FUNCTION_RESULTS, localOf, localTypes } from '../jit/locals.ts';
import { Ranges } from '../jit/ranges.ts';
import type { EngineEnv, EngineProgram } from '../types.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import { CALL_ARGUMENTS, CALL_RESULT, CONTINUES, REGISTERS } from './state.ts';

/** What the bridge calls back. */
export interface BridgeHost {
  readonly memory: unknown;
  readonly table: unknown;
  readonly runtime: Readonly<Record<string, unknown>>;
  readonly helpers: Readonly<Record<string, unknown>>;
  /** Ends the run. */
  fault(address: bigint, kind: number, pc: number, size: number): void;
  /** Runs a subprogram with r1-r5 from CALL_ARGUMENTS; leaves r0 in CALL_RESULT. */
  enter(subprog: number, fp: number): void;
}

export interface Bridge {
  /**
   * Executes the helper call or packet load at `pc` on the registers in memory. Where the program goes on, CONTINUES is 1;
   * else the function is over (a tail call, a load past the packet) and the result is its r0.
   */
  execute(pc: number): bigint;
  /** Wasm functions of the subprograms, for the function table. */
  readonly entries: readonly unknown[];
}

function isBridged(
  row: InsnRow | undefined,
): row is Extract<InsnRow, { shape: 'call' | 'loadAbs' | 'loadInd' }> {
  return (
    (row?.shape === 'call' && row.callee === 'helper') || row?.shape === 'loadAbs' || row?.shape === 'loadInd'
  );
}

export function createBridge(program: EngineProgram, env: EngineEnv, host: BridgeHost): Bridge {
  const { insns, subprogs } = program;
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory');
  module.importTable('env', 'table');
  module.importFunction('env', 'fault', [I64, I32, I32, I32], []);
  const enter = module.importFunction('env', 'enter', [I32, I32], []);
  const faultFunction = module.declare(module.type([I64, I32, I32, I32], []));
  const type = module.type(FUNCTION_PARAMS, FUNCTION_RESULTS);
  for (const index of subprogs.keys()) module.export(`f${index}`, module.declare(type));
  const calls: number[] = [];
  for (let pc = 0; pc < insns.length; pc++) {
    const row = rowOf(insns[pc] as Insn);
    if (row?.shape === 'loadImm64') pc++;
    else if (isBridged(row)) {
      module.export(`c${pc}`, module.declare(module.type([], [I64])));
      calls.push(pc);
    }
  }
  writeFaultFunction(module);
  for (const index of subprogs.keys()) writeEntry(module, enter, index);
  // The registers' values are all that is known: no facts, so every argument is checked.
  const checked: EngineEnv = { ...env, mode: { checked: true, budget: false } };
  for (const pc of calls) writeCall(module, program, checked, faultFunction, pc);
  return instantiate(module, host, subprogs.length);
}

function instantiate(module: ModuleBuilder, host: BridgeHost, subprogs: number): Bridge {
  const { memory, table, runtime, helpers } = host;
  const { bytes } = module.finish();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory, table, fault: host.fault, enter: host.enter },
    rt: pick(module.importsFrom('rt'), runtime, 'the wasm runtime'),
    helper: pick(module.importsFrom('helper'), helpers, 'the helpers'),
  });
  return {
    execute(pc) {
      const call = exports[`c${pc}`];
      if (typeof call !== 'function')
        throw new InternalError(`the interpreter has no code for the call at insn ${pc}`);
      return call();
    },
    entries: Array.from({ length: subprogs }, (_, index) => exports[`f${index}`]),
  };
}

function pick(
  names: readonly string[],
  from: Readonly<Record<string, unknown>>,
  what: string,
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => {
      if (typeof from[name] !== 'function') throw new InternalError(`${what} have no function '${name}'`);
      return [name, from[name]];
    }),
  );
}

function writeFaultFunction(module: ModuleBuilder): void {
  module.beginBody([]);
  for (let parameter = 0; parameter < 4; parameter++) module.code.get(parameter);
  module.code.call(0);
  module.code.op(OP.unreachable);
  module.endBody();
}

/** (r1-r5, fp) -> r0, as compiled subprograms have it. */
function writeEntry(module: ModuleBuilder, enter: number, index: number): void {
  const { code } = module;
  module.beginBody([]);
  for (let register = 1; register <= 5; register++) {
    code.i32(0);
    code.get(localOf(register));
    code.memory(OP.i64_store, CALL_ARGUMENTS + 8 * (register - 1));
  }
  code.i32(index);
  code.get(FP);
  code.call(enter);
  code.i32(0);
  code.memory(OP.i64_load, CALL_RESULT);
  module.endBody();
}

/** One instruction in a function of its own: registers come from memory into the JIT's locals and go back. */
function writeCall(
  module: ModuleBuilder,
  program: EngineProgram,
  env: EngineEnv,
  faultFunction: number,
  pc: number,
): void {
  const { insns } = program;
  const insn = insns[pc] as Insn;
  const row = rowOf(insn);
  const { code } = module;
  // The JIT's functions have r1-r5 and fp as parameters; here they are locals in the same places.
  module.beginBody([[5, I64], [1, I32], ...localTypes(0)]);
  writeContinues(module, 0);
  for (let register = 0; register <= 9; register++) {
    code.i32(0);
    code.memory(OP.i64_load, REGISTERS + 8 * register);
    code.set(localOf(register));
  }
  code.i32(0);
  code.memory(OP.i32_load, REGISTERS + 80);
  code.set(FP);
  const body: Body = {
    program,
    insns,
    rows: [],
    subprogLength: [],
    env,
    module,
    faultFunction,
    subprogFunction: () => faultFunction,
    subprogAt: new Map(),
    marks: [],
    code,
    state: new Array(11).fill(undefined),
    ranges: new Ranges(),
    counts: false,
    unspent: 0,
  };
  if (row?.shape === 'loadAbs' || row?.shape === 'loadInd') writePacketLoad(body, row, insn, pc);
  else writeHelperCall(body, insn, pc);
  for (let register = 0; register <= 5; register++) {
    code.i32(0);
    code.get(localOf(register));
    code.memory(OP.i64_store, REGISTERS + 8 * register);
  }
  writeContinues(module, 1);
  code.i64(0);
  module.endBody();
}

function writeContinues({ code }: ModuleBuilder, value: number): void {
  code.i32(0);
  code.i32(value);
  code.memory(OP.i32_store, CONTINUES);
}
