/** Runs a program in a machine of its own: what the tests of the engine share. */

import type {
  CompiledProgram,
  EngineEnv,
  EngineMap,
  EngineMode,
  EngineProgram,
} from '../src/engine/index.ts';
import { compile, faultError, instantiate } from '../src/engine/index.ts';
import type { Helper } from '../src/helpers/define.ts';
import { assemble, type Insn } from '../src/isa/index.ts';
import {
  CELL_R0,
  CTX_BASE,
  KIND_CTX,
  Machine,
  type MachineOptions,
  SHADOW_READ,
  SHADOW_WRITE,
} from '../src/machine/index.ts';

/** Bytes of context that a test program may read and write. */
export const TEST_CTX_SIZE = 64;

export interface Setup extends MachineOptions {
  readonly machine?: Machine;
  readonly subprogs?: readonly number[];
  readonly maps?: readonly EngineMap[];
  readonly helpers?: readonly Helper<never>[];
  readonly js?: Readonly<Record<string, (...args: number[]) => number>>;
  readonly mode?: Partial<EngineMode>;
  readonly ctxFields?: EngineEnv['ctxFields'];
}

export interface TestRun {
  readonly machine: Machine;
  readonly compiled: CompiledProgram;
  /** Runs and gives all 64 bits of r0. */
  run(repeat?: number): bigint;
}

export function programOf(insns: readonly Insn[], subprogs: readonly number[] = [0]): EngineProgram {
  return { name: 'test', insns, subprogs, subprogNames: ['main'], lineAt: () => undefined };
}

export function prepare(source: string | readonly Insn[], setup: Setup = {}): TestRun {
  const insns = typeof source === 'string' ? assemble(source) : source;
  const machine = setup.machine ?? new Machine({ memory: 1 << 20, ...setup });
  const program = programOf(insns, setup.subprogs);
  const tableBase = machine.reserveTable(program.subprogs.length);
  const compiled = compile(program, {
    shadow: machine.limit,
    maps: setup.maps ?? [],
    helpers: new Map((setup.helpers ?? []).map((helper) => [helper.id, helper])),
    ctxFields: setup.ctxFields ?? [],
    ctxSize: TEST_CTX_SIZE,
    tableBase,
    mode: { checked: true, budget: true, ...setup.mode },
  });
  machine.allow(CTX_BASE, TEST_CTX_SIZE, SHADOW_READ | SHADOW_WRITE, KIND_CTX);
  machine.onFault = (kind, pc, low, high, size) => {
    throw faultError(program, kind, pc, low, high, size, machine);
  };
  const { memory, table, runtime } = machine;
  const { run } = instantiate(compiled, {
    memory,
    table,
    runtime,
    helpers: setup.js ?? {},
    tableBase,
    fault: machine.onFault,
  });
  return {
    machine,
    compiled,
    run(repeat = 1) {
      run(CTX_BASE, repeat);
      return machine.view.getBigUint64(CELL_R0, true);
    },
  };
}
