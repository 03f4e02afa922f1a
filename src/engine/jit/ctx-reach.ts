/**
 * The end of the context as far as a program touches it: the verifier's `max_ctx_offset`, against which raw_tracepoint
 * and syscall hold ctx_size_in. Follows the context pointer through registers, the stack and calls; the kernel takes no part of it
 * as an argument of helpers. A branch counts as
 * taken both ways unless it compares constants; the verifier knows more about numbers and may leave out others.
 */
import { evaluateTerm, type Insn, type InsnRow } from '../../isa/index.ts';
import type { EngineEnv, EngineProgram } from '../types.ts';
import { type Block, buildCfg, findRows, type Rows } from './cfg.ts';
import { type Fact, type State, sameFact, transfer } from './facts.ts';

interface Place {
  readonly regs: State;
  /** Offset into the context by the frame offset of the 8 bytes that hold such a pointer. */
  readonly slots: Map<number, number>;
}

/** Registers of a subprogram's arguments, r1 first. */
type Args = readonly (Fact | undefined)[];

/** Where to stop with a program that passes ever other parts of its context through many calls. */
const MAX_CALLS = 10_000;

class Reach {
  readonly #program: EngineProgram;
  readonly #env: EngineEnv;
  readonly #rows: Rows;
  readonly #seen = new Set<string>();
  readonly #queue: { readonly start: number; readonly args: Args }[] = [];
  #end = 0;

  constructor(program: EngineProgram, env: EngineEnv) {
    this.#program = program;
    this.#env = env;
    this.#rows = findRows(program);
  }

  find(): number {
    this.#enter(0, [{ kind: 'ctx', off: 0 }]);
    for (let next = this.#queue.pop(); next; next = this.#queue.pop()) this.#walk(next.start, next.args);
    return this.#end;
  }

  /** Each subprogram once for each set of context pointers that it is called with. */
  #enter(start: number, args: Args): void {
    const pointers = args.map((fact) => (fact?.kind === 'ctx' ? fact.off : ''));
    const key = `${start}:${pointers.join()}`;
    if (this.#seen.has(key) || this.#seen.size === MAX_CALLS) return;
    this.#seen.add(key);
    if (pointers.some((off) => off !== '')) this.#queue.push({ start, args });
  }

  #walk(start: number, args: Args): void {
    const { insns, subprogs } = this.#program;
    const end = subprogs.find((pc) => pc > start) ?? insns.length;
    const blocks = buildCfg(insns, this.#rows, start, end);
    const regs: State = new Array(11).fill(undefined);
    args.forEach((fact, index) => {
      if (fact?.kind === 'ctx') regs[index + 1] = fact;
    });
    regs[10] = { kind: 'frame', off: 0, span: 0 };
    const places: (Place | undefined)[] = [{ regs, slots: new Map() }];
    const work = [0];
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      const before = places[node] as Place;
      const place: Place = { regs: before.regs.slice(), slots: new Map(before.slots) };
      const block = blocks[node] as Block;
      for (let pc = block.start; pc < block.end; pc++) this.#step(place, pc);
      for (const succ of this.#leads(block, place)) if (merge(places, succ, place)) work.push(succ);
    }
  }

  /** Where the block may lead: a comparison of constants leads one way only. */
  #leads({ last, succs }: Block, { regs }: Place): readonly number[] {
    const row = this.#rows[last];
    if (row?.shape !== 'jump' || succs.length !== 2) return succs;
    const { dst, src, imm } = this.#program.insns[last] as Insn;
    const left = constantOf(regs[dst]);
    const right = row.source === 'imm' ? BigInt(imm) : constantOf(regs[src]);
    if (left === undefined || right === undefined) return succs;
    return succs.slice(...(evaluateTerm(row.cond, row.width, left, right) === 0n ? [1] : [0, 1]));
  }

  #step(place: Place, pc: number): void {
    const row = this.#rows[pc];
    if (row === undefined) return;
    const insn = this.#program.insns[pc] as Insn;
    this.#touch(place, row, insn, pc);
    const stored = row.shape === 'store' ? storedSlot(place, row.size, insn) : undefined;
    const held = row.shape === 'store' && row.source === 'reg' ? place.regs[insn.src] : undefined;
    const loaded = row.shape === 'load' && row.size === 8 ? loadedOff(place, insn) : undefined;
    transfer(place.regs, this.#program.insns, row, pc, this.#env);
    if (stored) {
      for (const at of place.slots.keys())
        if (at < stored.off + stored.size && stored.off < at + 8) place.slots.delete(at);
      if (held?.kind === 'ctx' && stored.size === 8) place.slots.set(stored.off, held.off);
    }
    if (loaded !== undefined) place.regs[insn.dst] = { kind: 'ctx', off: loaded };
  }

  #touch({ regs }: Place, row: InsnRow, insn: Insn, pc: number): void {
    switch (row.shape) {
      case 'load':
        this.#reach(regs[insn.src], insn.off + row.size);
        break;
      case 'store':
      case 'atomic':
        this.#reach(regs[insn.dst], insn.off + row.size);
        break;
      case 'call':
        if (row.callee === 'bpf') this.#enter(pc + 1 + insn.imm, regs.slice(1, 6));
        break;
      default:
    }
  }

  #reach(fact: Fact | undefined, size: number): void {
    if (fact?.kind === 'ctx') this.#end = Math.max(this.#end, fact.off + size);
  }
}

function constantOf(fact: Fact | undefined): bigint | undefined {
  return fact?.kind === 'const' ? (BigInt(fact.high) << 32n) | BigInt(fact.low >>> 0) : undefined;
}

function storedSlot(
  { regs }: Place,
  size: number,
  insn: Insn,
): { readonly off: number; readonly size: number } | undefined {
  const fact = regs[insn.dst];
  return fact?.kind === 'frame' ? { off: fact.off + insn.off, size: size + fact.span } : undefined;
}

function loadedOff({ regs, slots }: Place, insn: Insn): number | undefined {
  const fact = regs[insn.src];
  return fact?.kind === 'frame' && fact.span === 0 ? slots.get(fact.off + insn.off) : undefined;
}

/** Keeps what both agree on; whether that is less than before. */
function merge(places: (Place | undefined)[], node: number, out: Place): boolean {
  const known = places[node];
  if (!known) {
    places[node] = { regs: out.regs.slice(), slots: new Map(out.slots) };
    return true;
  }
  let changed = false;
  for (let reg = 0; reg < 10; reg++) {
    if (known.regs[reg] === undefined || sameFact(known.regs[reg], out.regs[reg])) continue;
    known.regs[reg] = undefined;
    changed = true;
  }
  for (const [at, off] of known.slots) {
    if (out.slots.get(at) === off) continue;
    known.slots.delete(at);
    changed = true;
  }
  return changed;
}

/** The first byte of the context that `program` touches on no path; 0 when it never looks at it. */
export function maxCtxOffset(program: EngineProgram, env: EngineEnv): number {
  return new Reach(program, env).find();
}
