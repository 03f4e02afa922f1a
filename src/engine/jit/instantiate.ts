/** A compiled program becomes callable: imports bound, its functions put into the machine's table. */
import { InternalError } from '../../errors.ts';
import { type WasmMemory, type WasmTable, WebAssembly } from '../../host.ts';
import type { CompiledProgram } from '../types.ts';
import { subprogExport } from './compile.ts';

export interface InstanceEnv {
  readonly memory: WasmMemory;
  readonly table: WasmTable;
  /** Exports of the wasm runtime; passed on as they are, so that calls cost no wrapper. */
  readonly runtime: Readonly<Record<string, unknown>>;
  /** TypeScript helpers by name, bound to their vm. */
  readonly helpers: Readonly<Record<string, unknown>>;
  /** Slot of the table for subprogram 0; the same as the EngineEnv's. */
  readonly tableBase: number;
  readonly fault: (kind: number, pc: number, addressLow: number, addressHigh: number, size: number) => void;
}

export interface ProgramInstance {
  /** Runs the program `repeat` times (1 or more) with r1 = ctx; the last r0's low half, signed. */
  readonly run: (ctx: number, repeat: number) => number;
}

/** @throws {@link InternalError} An import that the runtime or the helpers do not have. */
export function instantiate(compiled: CompiledProgram, env: InstanceEnv): ProgramInstance {
  const { memory, table, runtime, helpers, fault, tableBase } = env;
  const instance = new WebAssembly.Instance(compiled.module, {
    env: { memory, table, fault },
    rt: pick(compiled.imports.runtime, runtime, 'the wasm runtime'),
    helper: pick(compiled.imports.helpers, helpers, 'the helpers'),
  });
  const { exports } = instance;
  for (let index = 0; exports[subprogExport(index)] !== undefined; index++) {
    table.set(tableBase + index, exports[subprogExport(index)]);
  }
  return { run: exports.run as ProgramInstance['run'] };
}

function pick(
  names: readonly string[],
  from: Readonly<Record<string, unknown>>,
  what: string,
): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (typeof from[name] !== 'function') throw new InternalError(`${what} have no function '${name}'`);
    picked[name] = from[name];
  }
  return picked;
}
