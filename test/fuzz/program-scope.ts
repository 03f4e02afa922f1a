/** What is known at the place where the generator writes: registers that hold scalars, those that must not change, room. */
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import type { Label, ProgramWriter } from './program-writer.ts';
import type { Random } from './random.ts';

/** Types whose programs are generated. */
export const DIFF_TYPES = ['xdp', 'sched_cls', 'socket_filter'] as const satisfies readonly ProgTypeName[];
export type DiffType = (typeof DIFF_TYPES)[number];

/** `sub` is called with scalars, `ctxSub` with the context in r1; the others are callbacks by address. */
export type FunctionKind = 'main' | 'sub' | 'ctxSub' | 'loopCallback' | 'elementCallback';

export interface PlannedFunction {
  readonly kind: FunctionKind;
  readonly label: Label;
  /** How deep below main it may be called: it only calls functions of higher levels. */
  readonly level: number;
}

/** Bytes below r10 that each function initialises; the key of map operations lies below them. */
export const STACK_BYTES = 64;
export const KEY_OFFSET = -STACK_BYTES - 8;
/** Below the key: two slots for atomics that fetch. */
export const FETCH_OFFSET = KEY_OFFSET - 16;

export class Scope {
  readonly writer: ProgramWriter;
  readonly rng: Random;
  readonly progType: DiffType;
  readonly planned: PlannedFunction[];
  readonly self: PlannedFunction;
  /** Bit n: rn holds a scalar. */
  scalars = 0;
  /** Bit n: rn must not be written now. */
  reserved = 0;
  /** Statements that may still be written in this function. */
  room: number;
  /** Times that the code here runs in one run of the function, at most. */
  rounds = 1;
  /**
   * Only statements without calls and loops of their own. Where the verifier of 6.18 has to let a loop converge (may_goto,
   * callbacks), it propagates precision along edges back, and loses its way over calls in there, up to a NULL pointer.
   */
  plain = false;

  constructor(parts: Pick<Scope, 'writer' | 'rng' | 'progType' | 'planned' | 'self' | 'room'>) {
    this.writer = parts.writer;
    this.rng = parts.rng;
    this.progType = parts.progType;
    this.planned = parts.planned;
    this.self = parts.self;
    this.room = parts.room;
    this.plain = parts.self.kind === 'loopCallback' || parts.self.kind === 'elementCallback';
  }

  /** r6 is the context here. */
  get hasCtx(): boolean {
    return this.self.kind === 'main' || this.self.kind === 'ctxSub';
  }

  chance(oneIn: number): boolean {
    return this.rng.below(oneIn) === 0;
  }

  /** Where a loop that converges may begin: in main, outside of others. */
  get mayConverge(): boolean {
    return this.self.kind === 'main' && this.rounds === 1;
  }

  isScalar(register: number): boolean {
    return (this.scalars & (1 << register)) !== 0;
  }

  /** A register that holds a scalar. There is always one: r0. */
  readable(): number {
    return this.rng.pick(ALL.filter((register) => this.isScalar(register)));
  }

  /** Registers that may be written: `pick` one of them, or of those in `among`. */
  writable(among: readonly number[] = ALL): readonly number[] {
    const kept = this.reserved | (this.hasCtx ? 1 << 6 : 0);
    return among.filter((register) => (kept & (1 << register)) === 0);
  }

  /** One that may be written and holds a scalar, or undefined. */
  changeable(): number | undefined {
    const found = this.writable().filter((register) => this.isScalar(register));
    return found.length === 0 ? undefined : this.rng.pick(found);
  }

  wrote(register: number): void {
    this.scalars |= 1 << register;
  }

  /** r1-r5 are gone and r0 is there. */
  called(): void {
    this.scalars = (this.scalars & ~0x3e) | 1;
  }

  forget(register: number): void {
    this.scalars &= ~(1 << register);
  }

  /** Puts a constant where a pointer was, so that nobody uses it as a scalar. */
  overwrite(register: number): void {
    this.writer.emit('mov64_imm', { dst: register, imm: this.rng.below(256) - 128 });
    this.wrote(register);
  }

  /** Registers that were scalars and are not any more get constants: what a loop's beginning relies on. */
  restoreScalars(before: number): void {
    for (const register of ALL) {
      if (before & (1 << register) && !this.isScalar(register)) this.overwrite(register);
    }
  }

  /** Runs `write` with a register that nothing in it writes. */
  holding(register: number, write: () => void): void {
    const before = this.reserved;
    this.reserved |= 1 << register;
    write();
    this.reserved = before;
  }

  /** A function that this one may call: an old or a new one. */
  plan(kind: FunctionKind): PlannedFunction | undefined {
    const level = this.self.level + 1;
    const old = this.planned.filter((other) => other.kind === kind && other.level >= level);
    if (old.length > 0 && this.chance(2)) return this.rng.pick(old);
    if (this.planned.length >= MAX_FUNCTIONS || level > MAX_LEVEL) return undefined;
    const planned: PlannedFunction = { kind, level, label: { pc: -1 } };
    this.planned.push(planned);
    return planned;
  }
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const MAX_FUNCTIONS = 6;
const MAX_LEVEL = 3;
