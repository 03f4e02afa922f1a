/** An eBPF program to a WebAssembly module: every subprogram a function, and the run loop around the first. */
import { VerifierError } from '../../errors.ts';
import { WebAssembly } from '../../host.ts';
import { checkInsns } from '../../isa/index.ts';
import {
  CELL_CTX,
  CELL_FUEL,
  CELL_FUEL_LIMIT,
  CELL_R0,
  CELL_TAIL_CALLS,
  FIRST_FP,
} from '../../machine/layout.ts';
import type { CompiledProgram, EngineEnv, EngineProgram } from '../types.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { I32, I64, OP } from '../wasm/opcodes.ts';
import type { Unit } from './body.ts';
import { checkCallDepth } from './call-depth.ts';
import { findRows, type Rows } from './cfg.ts';
import { writeFunction } from './function.ts';
import { straightLengths } from './length.ts';
import { FUNCTION_PARAMS, FUNCTION_RESULTS } from './locals.ts';

/** The export of subprogram `index`; instantiating puts it into the function table. */
export function subprogExport(index: number): string {
  return `f${index}`;
}

/**
 * Compiles in time linear in the program and without recursion.
 * @throws {@link VerifierError} The program is malformed: opcode, register, jump, call, end.
 * @throws {@link UnsupportedError} It needs a helper, kfunc or instruction that is not there.
 */
export function compile(program: EngineProgram, env: EngineEnv): CompiledProgram {
  const { bytes, codeOffset, marks, module } = assembleModule(program, env);
  return {
    module: new WebAssembly.Module(bytes),
    bytes,
    imports: { runtime: module.importsFrom('rt'), helpers: module.importsFrom('helper') },
    insnAt: (offset) => insnAt(marks, offset - codeOffset),
  };
}

interface AssembledModule {
  readonly bytes: Uint8Array;
  readonly codeOffset: number;
  readonly marks: readonly number[];
  readonly module: ModuleBuilder;
}

function assembleModule(program: EngineProgram, env: EngineEnv): AssembledModule {
  const { insns, subprogs } = program;
  const illegal = checkInsns(insns, subprogs);
  if (illegal) throw new VerifierError(illegal.pc, illegal.reason, { errno: 'EINVAL' });
  const rows: Rows = findRows(program);
  checkCallDepth(program, rows);
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory');
  module.importTable('env', 'table');
  module.importFunction('env', 'fault', [I32, I32, I32, I32, I32], []);
  const type = module.type(FUNCTION_PARAMS, FUNCTION_RESULTS);
  const run = module.declare(module.type([I32, I32], [I32]));
  const faultFunction = module.declare(module.type([I64, I32, I32, I32], []));
  const first = faultFunction + 1;
  const subprogAt = new Map<number, number>();
  subprogs.forEach((pc, index) => {
    subprogAt.set(pc, index);
    module.export(subprogExport(index), module.declare(type));
  });
  module.export('run', run);
  const marks: number[] = [];
  const unit: Unit = {
    program,
    insns,
    rows,
    env,
    module,
    faultFunction,
    subprogFunction: (index) => first + index,
    subprogAt,
    subprogLength: straightLengths(program, rows),
    marks,
  };
  writeRun(module, first);
  writeFaultFunction(module);
  subprogs.forEach((_, index) => {
    writeFunction(unit, index);
  });
  const { bytes, codeOffset } = module.finish();
  return { bytes, codeOffset, marks, module };
}

/** run(ctx, repeat): a function of its own, so that the program tiers up while the loop runs. */
function writeRun(module: ModuleBuilder, main: number): void {
  const { code } = module;
  const [CTX, REPEAT, R0] = [0, 1, 2];
  module.beginBody([[1, I64]]);
  code.i32(0);
  code.get(CTX);
  code.memory(OP.i32_store, CELL_CTX);
  const again = code.open(OP.loop);
  code.i32(0);
  code.i32(0);
  code.memory(OP.i32_load, CELL_FUEL_LIMIT);
  code.memory(OP.i32_store, CELL_FUEL);
  code.i32(0);
  code.i32(0);
  code.memory(OP.i32_store, CELL_TAIL_CALLS);
  code.get(CTX);
  code.op(OP.i64_extend_i32_u);
  for (let register = 2; register <= 5; register++) code.i64(0);
  code.i32(FIRST_FP);
  module.callLocal(main);
  code.set(R0);
  code.get(REPEAT);
  code.i32(1);
  code.op(OP.i32_sub);
  code.tee(REPEAT);
  code.i32(0);
  code.op(OP.i32_gt_s);
  code.brIf(again);
  code.end();
  code.i32(0);
  code.get(R0);
  code.memory(OP.i64_store, CELL_R0);
  code.get(R0);
  code.op(OP.i32_wrap_i64);
  module.endBody();
}

/** (address: i64, kind, pc, size: i32): env.fault takes the address in halves. It is cold: code stays small by it. */
function writeFaultFunction(module: ModuleBuilder): void {
  const { code } = module;
  const [ADDRESS, KIND, PC, SIZE] = [0, 1, 2, 3];
  module.beginBody([]);
  code.get(KIND);
  code.get(PC);
  code.get(ADDRESS);
  code.op(OP.i32_wrap_i64);
  code.get(ADDRESS);
  code.i64(32);
  code.op(OP.i64_shr_u);
  code.op(OP.i32_wrap_i64);
  code.get(SIZE);
  code.call(0);
  code.op(OP.unreachable);
  module.endBody();
}

/** Binary search in pairs (position, slot) for the last position at or before the one asked for. */
function insnAt(marks: readonly number[], position: number): number {
  let low = 0;
  let high = marks.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[2 * middle] as number) <= position) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (marks[2 * low - 1] as number);
}
