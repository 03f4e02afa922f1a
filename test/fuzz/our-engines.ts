/** Our three engines on one machine: the JIT checked, the JIT trusted, the interpreter. */
import {
  compile,
  createInterpreter,
  type EngineEnv,
  type EngineProgram,
  faultError,
  instantiate,
  trapError,
} from '../../src/engine/index.ts';
import { BpfError, FaultError, InternalError, isBpfError } from '../../src/errors.ts';
import { HELPERS, type Vm } from '../../src/helpers/index.ts';
import type { Insn } from '../../src/isa/index.ts';
import type { Runnable } from '../../src/load/index.ts';
import {
  CELL_FUEL,
  CELL_FUEL_LIMIT,
  FIRST_FP,
  FRAME_SIZE,
  FRAME_STRIDE,
  Machine,
} from '../../src/machine/index.ts';
import { createMaps, type MapTable } from '../../src/maps/index.ts';
import { type ProgramSpec, rawObject } from '../../src/object/index.ts';
import { ctxFields, ctxSize } from '../../src/prog-types/index.ts';
import { testRun } from '../../src/test-run/index.ts';
import { type Answer, answerOf, type DiffInput, fillMaps, MAP_SPECS, tailTarget } from './diff-case.ts';
import type { DiffType } from './program-scope.ts';

export const ENGINES = ['checked', 'interpreter', 'trusted'] as const;
export type EngineName = (typeof ENGINES)[number];

const MEMORY = 2 << 20;
const INSN_LIMIT = 100_000;
/** Programs on one machine: its heap keeps what the interpreter decoded. */
const PROGRAMS = 64;
const FRAMES = 12;
const SHIFT = 0x3000;

export interface OurAnswer {
  readonly answer: Answer;
  /** Instructions executed. */
  readonly executed: number;
  /** Where the run was ended, or why the engine refused the program. */
  readonly fault: string | undefined;
}

export type OurProgram = (engine: EngineName, input: DiffInput) => OurAnswer;

/**
 * A machine with the maps, made anew now and then. Of a `shifted` one the maps have other addresses, and what was never
 * written has other contents: a program that answers differently there depends on what no engine owes it.
 */
export class OurEngines {
  readonly progType: DiffType;
  readonly #shifted: boolean;
  #host: Host | undefined;
  #left = 0;

  constructor(progType: DiffType, { shifted = false } = {}) {
    this.progType = progType;
    this.#shifted = shifted;
  }

  /** Each engine compiles when it is first asked to run. */
  load(insns: readonly Insn[]): OurProgram {
    if (this.#host === undefined || this.#left === 0) {
      this.#host = new Host(this.progType, this.#shifted);
      this.#left = PROGRAMS;
    }
    this.#left--;
    return this.#host.load(insns);
  }
}

class Host {
  readonly #progType: DiffType;
  readonly #stackFill: number;
  readonly #machine = new Machine({ memory: MEMORY, insnLimit: INSN_LIMIT });
  readonly #maps: MapTable;
  readonly #vm: Vm;

  constructor(progType: DiffType, shifted: boolean) {
    this.#progType = progType;
    this.#stackFill = shifted ? 0xa5 : 0;
    if (shifted) this.#machine.alloc(SHIFT, 'nothing');
    this.#maps = createMaps(this.#machine, MAP_SPECS);
    this.#vm = { machine: this.#machine, maps: this.#maps, progType, task: undefined };
    const target = rawObject({ progType, insns: tailTarget(progType) }).programs[0] as ProgramSpec;
    const func = this.#machine.reserveTable(1);
    this.#compiled(engineProgram(target), this.#env(func, true), target);
    this.#maps.byName('tails')?.setProgram(0, { name: 'tail', id: 1, func, progType, xdpHasFrags: false });
  }

  load(insns: readonly Insn[]): OurProgram {
    const spec = rawObject({ progType: this.#progType, insns }).programs[0] as ProgramSpec;
    const program = engineProgram(spec);
    const runnables = new Map<EngineName, Runnable | string>();
    const make = (engine: EngineName): Runnable | string => {
      try {
        const env = this.#env(this.#machine.reserveTable(program.subprogs.length), engine !== 'trusted');
        if (engine === 'interpreter') return this.#interpreted(program, env, spec);
        return this.#compiled(program, env, spec);
      } catch (error) {
        if (isBpfError(error) && !(error instanceof InternalError))
          return `refused: ${error.name} ${error.errno}`;
        throw error;
      }
    };
    return (engine, input) => {
      const runnable = runnables.get(engine) ?? make(engine);
      runnables.set(engine, runnable);
      if (typeof runnable === 'string') return { answer: [], executed: 0, fault: runnable };
      return this.#run(runnable, input);
    };
  }

  #run(runnable: Runnable, input: DiffInput): OurAnswer {
    const machine = this.#machine;
    const maps = {
      values: named(this.#maps, 'values'),
      table: named(this.#maps, 'table'),
      result: named(this.#maps, 'result'),
      direct: named(this.#maps, 'direct'),
    };
    fillMaps(maps, input);
    // What was never written is the same for every engine: a blindly edited program may read it.
    machine.u8.fill(this.#stackFill, FIRST_FP - FRAME_SIZE, FIRST_FP + FRAMES * FRAME_STRIDE);
    machine.seed(1);
    let fault: string | undefined;
    let answer: Answer = [];
    try {
      const ctxSizeOut = this.#progType === 'xdp' ? undefined : ctxSize(this.#progType);
      answer = answerOf(testRun(runnable, { dataIn: input.packet, ctxSizeOut }), maps);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      // Each engine has its own places in the function table.
      const address = error.kind === 'call' ? '' : `, address ${error.address}`;
      fault = `${error.kind} fault at insn ${error.insn}${address}`;
    }
    const executed = (machine.i32[CELL_FUEL_LIMIT >> 2] ?? 0) - (machine.i32[CELL_FUEL >> 2] ?? 0);
    return { answer, executed, fault };
  }

  #env(tableBase: number, checked: boolean): EngineEnv {
    return {
      shadow: this.#machine.limit,
      maps: this.#maps.all.map((map) => map.engineInfo()),
      helpers: HELPERS,
      ctxFields: ctxFields(this.#progType) ?? [],
      ctxSize: ctxSize(this.#progType) ?? 0,
      tableBase,
      mode: { checked, budget: true },
    };
  }

  #helpers(): Record<string, unknown> {
    const bound: Record<string, unknown> = {};
    for (const { name, call } of HELPERS.values()) {
      if ('js' in call) bound[name] = call.js.bind(undefined, this.#vm);
    }
    return bound;
  }

  #compiled(program: EngineProgram, env: EngineEnv, spec: ProgramSpec): Runnable {
    const machine = this.#machine;
    const compiled = compile(program, env);
    const { memory, table, runtime } = machine;
    const fault = this.#faultOf(program);
    const helpers = this.#helpers();
    const { tableBase } = env;
    const { run } = instantiate(compiled, { memory, table, runtime, helpers, tableBase, fault });
    return this.#runnable(spec, (ctx) => {
      machine.onFault = fault;
      try {
        return run(ctx, 1);
      } catch (error) {
        if (error instanceof BpfError) throw error;
        throw trapError(program, compiled, error as Error);
      }
    });
  }

  #interpreted(program: EngineProgram, env: EngineEnv, spec: ProgramSpec): Runnable {
    const machine = this.#machine;
    const fault = this.#faultOf(program);
    const interpreter = createInterpreter(program, env, { machine, helpers: this.#helpers(), fault });
    return this.#runnable(spec, (ctx) => {
      machine.onFault = fault;
      return Number(BigInt.asIntN(32, interpreter.run(ctx)));
    });
  }

  #faultOf(program: EngineProgram): NonNullable<Machine['onFault']> {
    return (kind, pc, low, high, size, rule) => {
      throw faultError(program, kind, pc, low, high, size, this.#machine, rule);
    };
  }

  #runnable(spec: ProgramSpec, run: (ctx: number) => number): Runnable {
    return {
      name: spec.name,
      progType: this.#progType,
      spec,
      machine: this.#machine,
      vm: this.#vm,
      extensions: [],
      maxCtxOffset: () => 0,
      run,
    };
  }
}

function engineProgram(spec: ProgramSpec): EngineProgram {
  return {
    name: spec.name,
    insns: spec.insns,
    subprogs: spec.functions.map(({ pc }) => pc),
    subprogNames: spec.functions.map(({ name }) => name),
    lineAt: () => undefined,
  };
}

function named(maps: MapTable, name: string): NonNullable<ReturnType<MapTable['byName']>> {
  const map = maps.byName(name);
  if (!map) throw new RangeError(`there is no map '${name}'`);
  return map;
}
