/**
 * The resumable interpreter: runs a program from its instructions, stops wherever it is told to, and shows registers and
 * frames. Straight code runs in a wasm loop (loop.ts); calls, exits and stores to the context come here in between.
 * Every access and argument is checked, as the JIT does in checked mode.
 */
import { InternalError, UsageError } from '../../errors.ts';
import { type WasmModule, WebAssembly } from '../../host.ts';
import { type Insn, type InsnRow, refusedWhenReached, rowOf } from '../../isa/index.ts';
import type { Machine } from '../../machine/index.ts';
import {
  CELL_CTX,
  CELL_FUEL,
  CELL_FUEL_LIMIT,
  CELL_INSN_COUNT,
  CELL_R0,
  CELL_TAIL_CALLS,
  FAULT_ARG_CTX,
  FAULT_BUDGET,
  FAULT_DEPTH,
  FAULT_INSN,
  FAULT_LOAD,
  FAULT_STORE,
  FIRST_FP,
  FRAME_STRIDE,
  LAST_FP,
} from '../../machine/layout.ts';
import { BPF_MAX_LOOPS } from '../../uapi/bpf.ts';
import type { EngineEnv, EngineProgram } from '../types.ts';
import { type Bridge, createBridge } from './bridge.ts';
import { storeToContext } from './context-store.ts';
import { buildLoop } from './loop.ts';
import {
  CALL_ARGUMENTS,
  CALL_RESULT,
  CONTINUES,
  FAULT_ADDRESS,
  FAULT_SIZE,
  PC,
  RECORD_OFFSET,
  RECORD_SIZE,
  REGISTERS,
  STATUS_FAULT_LOAD,
  STATUS_FAULT_STORE,
  STATUS_HOST,
  STEPS,
} from './state.ts';
import { translate } from './translate.ts';

/** A frame below the current one: what its caller gets back. */
export interface InterpreterFrame {
  /** First slot of the subprogram. */
  readonly subprog: number;
  /** Slot at which it goes on. */
  readonly returnPc: number;
  readonly fp: number;
  /** r6 to r9. */
  readonly saved: readonly bigint[];
}

export interface InterpreterHost {
  readonly machine: Machine;
  /** TypeScript helpers by name, bound to their vm, as for the JIT. */
  readonly helpers: Readonly<Record<string, unknown>>;
  /** `env.fault` of compiled programs; throws. */
  readonly fault: (kind: number, pc: number, addressLow: number, addressHigh: number, size: number) => void;
}

export type InterpreterState = 'idle' | 'running' | 'exited';

export interface Interpreter {
  readonly state: InterpreterState;
  /** Slot of the next instruction. */
  readonly pc: number;
  /** r0 to r10, unsigned. */
  readonly registers: BigUint64Array;
  /** Callers of the current function, the main program first. */
  readonly frames: readonly InterpreterFrame[];
  /** Instructions executed since `start`, callbacks included. */
  readonly count: number;
  /** Begins a run with r1 = ctx; the budget is the machine's instruction limit where the mode has one. */
  start(ctx: number): void;
  /**
   * Executes up to `n` instructions of the program itself; a helper with its callbacks and a tail call count as one step.
   * @throws FaultError (from the host) when the run was ended; {@link UsageError} when no run was started.
   */
  step(n?: number): InterpreterState;
  /** Starts, runs to the end, and returns r0, unsigned. */
  run(ctx: number): bigint;
}

/** One module a shadow offset: machines of one size share it. */
const loops = new Map<number, WasmModule>();

function loopModule(shadow: number): WasmModule {
  let module = loops.get(shadow);
  if (module === undefined) {
    module = new WebAssembly.Module(buildLoop(shadow));
    loops.set(shadow, module);
  }
  return module;
}

/**
 * Decodes the program into the machine's heap and fills the function table from `env.tableBase` on. A snapshot that is to
 * be restored later must be taken after this.
 * @throws {@link VerifierError}, {@link UnsupportedError} as compiling does.
 */
export function createInterpreter(
  program: EngineProgram,
  env: EngineEnv,
  host: InterpreterHost,
): Interpreter {
  return new ProgramInterpreter(program, env, host);
}

class ProgramInterpreter implements Interpreter {
  readonly #program: EngineProgram;
  readonly #env: EngineEnv;
  readonly #host: InterpreterHost;
  readonly #records: number;
  readonly #loop: (records: number) => number;
  readonly #bridge: Bridge;
  readonly registers: BigUint64Array;
  #state: InterpreterState = 'idle';
  #frames: InterpreterFrame[] = [];
  #subprog = 0;
  /** Rounds that may_goto has left, by frame depth. */
  #rounds: number[] = [];
  #count = 0;

  constructor(program: EngineProgram, env: EngineEnv, host: InterpreterHost) {
    const { machine } = host;
    this.#program = program;
    this.#env = env;
    this.#host = host;
    const records = translate(program, env);
    this.#bridge = createBridge(program, env, {
      memory: machine.memory,
      table: machine.table,
      runtime: machine.runtime,
      helpers: host.helpers,
      fault: (address, kind, pc, size) => this.#fault(kind, pc, address, size),
      enter: (subprog, fp) => this.#enter(subprog, fp),
    });
    this.#records = machine.alloc(records.length, `decoded program '${program.name}'`);
    machine.u8.set(records, this.#records);
    const { exports } = new WebAssembly.Instance(loopModule(env.shadow), { env: { memory: machine.memory } });
    this.#loop = exports['run'] as (records: number) => number;
    this.registers = new BigUint64Array(machine.memory.buffer, REGISTERS, 11);
    for (const [index, entry] of this.#bridge.entries.entries())
      machine.table.set(env.tableBase + index, entry);
  }

  get state(): InterpreterState {
    return this.#state;
  }

  get pc(): number {
    return this.#read(PC);
  }

  get frames(): readonly InterpreterFrame[] {
    return this.#frames;
  }

  get count(): number {
    return this.#count;
  }

  start(ctx: number): void {
    const { machine } = this.#host;
    this.#write(CELL_CTX, ctx);
    this.#write(CELL_FUEL, this.#read(CELL_FUEL_LIMIT));
    this.#write(CELL_TAIL_CALLS, 0);
    machine.u8.fill(0, CALL_ARGUMENTS, CALL_RESULT);
    this.#write(CALL_ARGUMENTS, ctx);
    this.#count = 0;
    this.#begin(0, FIRST_FP);
    this.#state = 'running';
  }

  step(n = 1): InterpreterState {
    if (this.#state === 'idle') throw new UsageError('step', 'start() the program first');
    if (this.#state === 'exited') return this.#state;
    if (!this.#advance(n)) return this.#state;
    this.#state = 'exited';
    this.#host.machine.view.setBigUint64(CELL_R0, this.#register(0), true);
    this.#host.machine.view.setBigUint64(CELL_INSN_COUNT, BigInt(this.#count), true);
    return this.#state;
  }

  run(ctx: number): bigint {
    this.start(ctx);
    this.step(Number.POSITIVE_INFINITY);
    return this.#register(0);
  }

  /** Executes up to n instructions of the current run; whether it came to its end. */
  #advance(n: number): boolean {
    let left = n;
    while (left > 0) {
      const before = this.#count;
      const status = this.#runLoop(left);
      left -= this.#count - before;
      if (status === STATUS_FAULT_LOAD || status === STATUS_FAULT_STORE) {
        const kind = status === STATUS_FAULT_LOAD ? FAULT_LOAD : FAULT_STORE;
        const address = this.#host.machine.view.getBigUint64(FAULT_ADDRESS, true);
        this.#fault(kind, this.pc, address, this.#read(FAULT_SIZE));
      }
      if (status !== STATUS_HOST) continue;
      this.#spend(1);
      left--;
      if (this.#execute()) return true;
    }
    return false;
  }

  /** The wasm loop for at most `n` instructions and what the budget leaves. */
  #runLoop(n: number): number {
    this.#requireFuel();
    const fuel = this.#env.mode.budget ? this.#read(CELL_FUEL) : 0x7fffffff;
    const steps = Math.min(n, fuel, 0x7fffffff);
    this.#write(STEPS, steps);
    const status = this.#loop(this.#records);
    this.#spend(steps - this.#read(STEPS));
    return status;
  }

  #requireFuel(): void {
    if (this.#env.mode.budget && this.#read(CELL_FUEL) <= 0) this.#fault(FAULT_BUDGET, this.pc, 0n, 0);
  }

  #spend(count: number): void {
    this.#count += count;
    if (this.#env.mode.budget) this.#write(CELL_FUEL, this.#read(CELL_FUEL) - count);
  }

  /** The instruction at pc, one that the loop leaves to us; whether the run ended with it. */
  #execute(): boolean {
    const { pc } = this;
    const insn = this.#program.insns[pc] as Insn;
    const row = rowOf(insn) as InsnRow;
    if (refusedWhenReached(row, insn)) this.#fault(FAULT_INSN, pc, 0n, 0);
    switch (row.shape) {
      case 'exit':
        return this.#leave(this.#register(0));
      case 'call':
        if (row.callee === 'bpf') this.#call(this.#target(pc));
        else return this.#bridged(pc);
        return false;
      case 'loadAbs':
      case 'loadInd':
        if (this.#register(6) !== BigInt(this.#read(CELL_CTX) >>> 0))
          this.#fault(FAULT_ARG_CTX, pc, this.#register(6), 0);
        return this.#bridged(pc);
      case 'mayGoto': {
        const depth = this.#frames.length;
        const rounds = (this.#rounds[depth] ?? 0) - 1;
        this.#rounds[depth] = rounds;
        this.#write(PC, rounds < 0 ? this.#target(pc) : pc + 1);
        return false;
      }
      case 'store':
        storeToContext(this.#host.machine.view, this.#env.ctxFields, row, insn, this.registers);
        this.#write(PC, pc + 1);
        return false;
      default:
        throw new InternalError(`the interpreter stopped at insn ${pc}, ${row.key}`);
    }
  }

  #bridged(pc: number): boolean {
    const r0 = this.#bridge.execute(pc);
    if (this.#read(CONTINUES) === 0) return this.#leave(BigInt.asUintN(64, r0));
    this.#write(PC, pc + 1);
    return false;
  }

  #call(target: number): void {
    const { pc } = this;
    const fp = Number(this.#register(10));
    if (fp >= LAST_FP) this.#fault(FAULT_DEPTH, pc, BigInt(fp), 0);
    const saved = [6, 7, 8, 9].map((register) => this.#register(register));
    this.#frames.push({ subprog: this.#subprog, returnPc: pc + 1, fp, saved });
    this.#enterFunction(target, fp + FRAME_STRIDE);
  }

  /** Registers of a function that begins: r1-r5 are its arguments, the others hold 0. */
  #enterFunction(target: number, fp: number): void {
    for (const register of [0, 6, 7, 8, 9]) this.registers[register] = 0n;
    this.registers[10] = BigInt(fp);
    this.#subprog = target;
    this.#rounds[this.#frames.length] = BPF_MAX_LOOPS;
    this.#write(PC, target);
  }

  /** Returns from the function; whether it was the outermost one. */
  #leave(r0: bigint): boolean {
    this.registers[0] = r0;
    const frame = this.#frames.pop();
    if (frame === undefined) return true;
    for (let register = 1; register <= 5; register++) this.registers[register] = 0n;
    frame.saved.forEach((value, i) => {
      this.registers[6 + i] = value;
    });
    this.registers[10] = BigInt(frame.fp);
    this.#subprog = frame.subprog;
    this.#write(PC, frame.returnPc);
    return false;
  }

  /** A run of subprogram `index` with the arguments in CALL_ARGUMENTS. */
  #begin(index: number, fp: number): void {
    const { view } = this.#host.machine;
    this.#frames = [];
    this.#rounds = [];
    for (let i = 0; i < 5; i++) this.registers[1 + i] = view.getBigUint64(CALL_ARGUMENTS + 8 * i, true);
    this.#enterFunction(this.#program.subprogs[index] ?? 0, fp);
  }

  /** A call through the function table, from a helper: a run within the run. */
  #enter(index: number, fp: number): void {
    const outer = {
      pc: this.pc,
      registers: this.registers.slice(),
      frames: this.#frames,
      rounds: this.#rounds,
    };
    const subprog = this.#subprog;
    this.#begin(index, fp);
    this.#advance(Number.POSITIVE_INFINITY);
    this.#host.machine.view.setBigUint64(CALL_RESULT, this.#register(0), true);
    this.registers.set(outer.registers);
    this.#frames = outer.frames;
    this.#rounds = outer.rounds;
    this.#subprog = subprog;
    this.#write(PC, outer.pc);
  }

  /** Where a jump or call goes: translated already. */
  #target(pc: number): number {
    return this.#read(this.#records + pc * RECORD_SIZE + RECORD_OFFSET);
  }

  #fault(kind: number, pc: number, address: bigint, size: number): void {
    const low = Number(BigInt.asIntN(32, address));
    this.#host.fault(kind, pc, low, Number(BigInt.asIntN(32, address >> 32n)), size);
    throw new InternalError('env.fault returned');
  }

  #register(register: number): bigint {
    return this.registers[register] ?? 0n;
  }

  #read(cell: number): number {
    return this.#host.machine.view.getInt32(cell, true);
  }

  #write(cell: number, value: number): void {
    this.#host.machine.view.setInt32(cell, value, true);
  }
}
