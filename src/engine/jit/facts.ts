/**
 * What is known about registers before a program runs: constants, the frame, the context, maps and map values. A forward
 * analysis over the blocks; where paths disagree nothing is known. It serves to leave out checks and to specialise calls.
 */
import { type Insn, type InsnRow, refusedWhenReached } from '../../isa/index.ts';
import type { EngineEnv } from '../types.ts';
import type { Block, Rows } from './cfg.ts';

export type Fact =
  /** 64 bits, as two s32 halves. */
  | { readonly kind: 'const'; readonly low: number; readonly high: number }
  /** A number from 0 to `max`, which is below 2^31. */
  | { readonly kind: 'range'; readonly max: number }
  /** r10 + off, up to `span` more. */
  | { readonly kind: 'frame'; readonly off: number; readonly span: number }
  /** The context + off. */
  | { readonly kind: 'ctx'; readonly off: number }
  /** The header of env.maps[map]. */
  | { readonly kind: 'map'; readonly map: number }
  /**
   * A value of env.maps[map] + off, up to `span` more. `lookup`: NULL as well; the slot of the lookup, the same for all
   * copies of one result.
   */
  | {
      readonly kind: 'value';
      readonly map: number;
      readonly off: number;
      readonly span: number;
      readonly lookup?: number;
    };

export type State = (Fact | undefined)[];

const FRAME_POINTER: Fact = { kind: 'frame', off: 0, span: 0 };

export function sameFact(a: Fact | undefined, b: Fact | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'const':
      return b.kind === 'const' && a.low === b.low && a.high === b.high;
    case 'range':
      return b.kind === 'range' && a.max === b.max;
    case 'frame':
      return b.kind === 'frame' && a.off === b.off && a.span === b.span;
    case 'ctx':
      return b.kind === 'ctx' && a.off === b.off;
    case 'map':
      return b.kind === 'map' && a.map === b.map;
    case 'value':
      return (
        b.kind === 'value' && a.map === b.map && a.off === b.off && a.span === b.span && a.lookup === b.lookup
      );
  }
}

/** Facts at the start of each block; undefined for blocks that are never reached. */
export function findFacts(
  insns: readonly Insn[],
  rows: Rows,
  blocks: readonly Block[],
  order: readonly number[],
  env: EngineEnv,
  ctxInR1: boolean,
): (State | undefined)[] {
  const states: (State | undefined)[] = new Array(blocks.length);
  const entry: State = new Array(11).fill(undefined);
  if (ctxInR1) entry[1] = { kind: 'ctx', off: 0 };
  entry[10] = FRAME_POINTER;
  const first = order[0] as number;
  states[first] = entry;
  const queued = new Uint8Array(blocks.length);
  const work: number[] = [];
  // A stack with the entry on top: mostly reverse postorder, and each fact can be lost only once per block.
  for (let i = order.length - 1; i >= 0; i--) {
    work.push(order[i] as number);
    queued[order[i] as number] = 1;
  }
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    queued[node] = 0;
    const before = states[node];
    if (before === undefined) continue;
    const block = blocks[node] as Block;
    const state = before.slice();
    for (let pc = block.start; pc < block.end; pc++) {
      const row = rows[pc];
      if (row !== undefined) transfer(state, insns, row, pc, env);
    }
    block.succs.forEach((succ, edge) => {
      const out = afterBranch(state, insns, rows, block, edge);
      if (join(states, succ, out) && !queued[succ]) {
        queued[succ] = 1;
        work.push(succ);
      }
    });
  }
  return states;
}

function join(states: (State | undefined)[], node: number, out: State): boolean {
  const known = states[node];
  if (known === undefined) {
    states[node] = out.slice();
    return true;
  }
  let changed = false;
  for (let reg = 0; reg < 10; reg++) {
    if (known[reg] !== undefined && !sameFact(known[reg], out[reg])) {
      known[reg] = undefined;
      changed = true;
    }
  }
  return changed;
}

/** On the side of a comparison with 0 where a map value is not NULL, it is known to be a value. */
function afterBranch(state: State, insns: readonly Insn[], rows: Rows, block: Block, edge: number): State {
  const row = rows[block.last] as InsnRow;
  if (row.shape !== 'jump' || row.source !== 'imm' || block.succs.length !== 2) return state;
  const { dst, imm } = insns[block.last] as Insn;
  const fact = state[dst];
  if (imm !== 0 || fact?.kind !== 'value' || fact.lookup === undefined) return state;
  const notNull = (row.name === 'jeq' && edge === 1) || (row.name === 'jne' && edge === 0);
  if (!notNull) return state;
  const value: Fact = { kind: 'value', map: fact.map, off: 0, span: 0 };
  return state.map((each) => (each?.kind === 'value' && each.lookup === fact.lookup ? value : each));
}

/** The state after one instruction. */
export function transfer(
  state: State,
  insns: readonly Insn[],
  row: InsnRow,
  pc: number,
  env: EngineEnv,
): void {
  const insn = insns[pc] as Insn;
  // Nothing behind it runs, and r10 keeps its fact.
  if (refusedWhenReached(row, insn)) return;
  switch (row.shape) {
    case 'alu':
      state[insn.dst] = aluFact(state, row, insn);
      break;
    case 'load':
      state[insn.dst] =
        row.signExtend || row.size > 2 ? undefined : { kind: 'range', max: 2 ** (8 * row.size) - 1 };
      break;
    case 'addrSpaceCast':
      state[insn.dst] = undefined;
      break;
    case 'loadImm64':
      state[insn.dst] = immediateFact(row.pseudo, insn.imm, insns[pc + 1]?.imm ?? 0, env);
      break;
    case 'atomic':
      if (row.result === 'src') state[insn.src] = undefined;
      if (row.result === 'dst') state[insn.dst] = undefined;
      if (row.result === 'r0') state[0] = undefined;
      break;
    case 'call':
      callFacts(state, row.callee === 'helper' ? insn.imm : -1, pc, env);
      break;
    case 'loadAbs':
    case 'loadInd':
      callFacts(state, -1, pc, env);
      break;
    default:
  }
}

const ZERO: Fact = { kind: 'const', low: 0, high: 0 };

function callFacts(state: State, helper: number, pc: number, env: EngineEnv): void {
  const target = state[1];
  state[0] = undefined;
  if (target?.kind === 'map' && env.helpers.get(helper)?.mapOp === 'lookup') {
    // Results of this call in an earlier round of a loop are not copies of the new one.
    for (let reg = 0; reg < 10; reg++) {
      const fact = state[reg];
      if (fact?.kind === 'value' && fact.lookup === pc) state[reg] = undefined;
    }
    state[0] = { kind: 'value', map: target.map, off: 0, span: 0, lookup: pc };
  }
  // A call leaves 0 in the argument registers: the kernel's verifier forbids to read them.
  for (let reg = 1; reg <= 5; reg++) state[reg] = ZERO;
}

function immediateFact(pseudo: string, low: number, high: number, env: EngineEnv): Fact | undefined {
  switch (pseudo) {
    case 'imm':
      return { kind: 'const', low, high };
    case 'map_fd':
    case 'map_idx':
      return { kind: 'map', map: low };
    case 'map_value':
    case 'map_idx_value':
      return env.maps[low] ? { kind: 'value', map: low, off: high, span: 0 } : undefined;
    default:
      return undefined;
  }
}

function aluFact(state: State, row: InsnRow, insn: Insn): Fact | undefined {
  if (row.shape !== 'alu') return undefined;
  const operand: Fact | undefined =
    row.source === 'imm' ? { kind: 'const', low: insn.imm, high: insn.imm >> 31 } : state[insn.src];
  const before = state[insn.dst];
  if (row.value === 'src') return row.width === 64 ? operand : truncated(operand);
  const number = boundOf(before);
  const bounded = limited(row.name, row.width === 64 ? number : boundOf(truncated(before)), operand);
  if (bounded !== undefined) return bounded;
  if (row.width !== 64) return undefined;
  if (row.name === 'add' && operand !== undefined && (operand.kind === 'frame' || operand.kind === 'value')) {
    return moved(operand, before);
  }
  return row.name === 'add' || row.name === 'sub' ? moved(before, operand, row.name === 'sub') : undefined;
}

/** The low half, zero-extended. */
function truncated(fact: Fact | undefined): Fact | undefined {
  if (fact?.kind === 'range') return fact;
  return fact?.kind === 'const' ? { kind: 'const', low: fact.low, high: 0 } : undefined;
}

/** The most that a number can be, where that is known and below 2^31. */
function boundOf(fact: Fact | undefined): number | undefined {
  if (fact?.kind === 'range') return fact.max;
  return fact?.kind === 'const' && fact.high === 0 && fact.low >= 0 ? fact.low : undefined;
}

/** Operations that keep a number small: masks, shifts and remainders by constants. */
function limited(name: string, max: number | undefined, operand: Fact | undefined): Fact | undefined {
  const constant = operand?.kind === 'const' ? boundOf(operand) : undefined;
  if (constant === undefined) return undefined;
  switch (name) {
    case 'and':
      return { kind: 'range', max: Math.min(constant, max ?? constant) };
    case 'mod':
      return constant > 0 ? { kind: 'range', max: constant - 1 } : undefined;
    case 'rsh':
      return max === undefined || constant > 31
        ? undefined
        : { kind: 'range', max: Math.floor(max / 2 ** constant) };
    case 'lsh':
      return max === undefined || constant > 31 || max * 2 ** constant >= 2 ** 31
        ? undefined
        : { kind: 'range', max: max * 2 ** constant };
    default:
      return undefined;
  }
}

/** A pointer or number plus (or minus) a constant or a small number. */
function moved(before: Fact | undefined, by: Fact | undefined, back = false): Fact | undefined {
  if (before === undefined || before.kind === 'map' || by === undefined) return undefined;
  if (by.kind === 'range') {
    const grows =
      (before.kind === 'frame' || (before.kind === 'value' && before.lookup === undefined)) && !back;
    return grows && before.span + by.max < 2 ** 31 ? { ...before, span: before.span + by.max } : undefined;
  }
  if (by.kind !== 'const' || by.high !== by.low >> 31) return undefined;
  const step = back ? -by.low : by.low;
  if (before.kind === 'range') {
    return !back && step >= 0 && before.max + step < 2 ** 31
      ? { kind: 'range', max: before.max + step }
      : undefined;
  }
  if (before.kind === 'const') {
    const sum = before.low + step;
    const fits = before.high === before.low >> 31 && sum === (sum | 0);
    return fits ? { kind: 'const', low: sum, high: sum >> 31 } : undefined;
  }
  // NULL plus something is not NULL any more, and no value either.
  if (before.kind === 'value' && before.lookup !== undefined) return undefined;
  const off = before.off + step;
  return off === (off | 0) ? { ...before, off } : undefined;
}
