/** One subprogram to one wasm function: blocks, facts, structured code, and each instruction by its row's shape. */
import { UnsupportedError } from '../../errors.ts';
import {
  type AluRow,
  type Insn,
  type InsnRow,
  type JumpRow,
  type LoadImm64Row,
  refusedWhenReached,
  targetOf,
} from '../../isa/index.ts';
import { CELL_CTX, FAULT_ARG_CTX, FAULT_BUDGET, FAULT_INSN, FRAME_SIZE } from '../../machine/layout.ts';
import { BPF_MAX_LOOPS } from '../../uapi/bpf.ts';
import { addressOf } from '../address.ts';
import { analyze, type Flow } from '../wasm/flow.ts';
import { OP } from '../wasm/opcodes.ts';
import { writeStructured } from '../wasm/structure.ts';
import { type Body, pushLow, pushRegister, type Unit, writeFault } from './body.ts';
import { loadFuel, saveFuel, writeHelperCall, writePacketLoad, writeSubprogCall } from './call.ts';
import { type Block, buildCfg } from './cfg.ts';
import { findFacts, type State, transfer } from './facts.ts';
import { type Fuel, planFuel } from './fuel.ts';
import { FP, FRAME, FUEL, localOf, localTypes, MAY_GOTO, NEXT_NODE } from './locals.ts';
import { writeAtomic, writeLoad, writeStore } from './memory.ts';
import { Ranges } from './ranges.ts';
import { findRotations, type Rotations, writeRotation } from './rotate.ts';
import { type Operands, writeTerm } from './term.ts';
import { unrollLoops } from './unroll.ts';

/** Writes the body of subprogram `index` at the end of the module's code. */
export function writeFunction(unit: Unit, index: number): void {
  const { program, insns, rows, env, module } = unit;
  const start = program.subprogs[index] as number;
  const end = program.subprogs[index + 1] ?? insns.length;
  const blocks = unrollLoops(buildCfg(insns, rows, start, end), rows);
  const flow = analyze(
    blocks.map(({ succs }) => succs),
    0,
  );
  const rotations = findRotations(insns, rows, blocks);
  const facts = findFacts(insns, rows, blocks, flow.order, env, index === 0);
  const { code } = module;
  module.beginBody(localTypes(rotations.count));
  const counts = env.mode.budget && unit.subprogLength[index] === undefined;
  const body: Body = { ...unit, code, state: [], ranges: new Ranges(), counts, unspent: 0 };
  writePrologue(body, rows, start, end);
  new FunctionWriter(body, blocks, flow, facts, rotations).write();
  code.op(OP.unreachable);
  module.endBody();
}

function writePrologue(body: Body, rows: Unit['rows'], start: number, end: number): void {
  const { code } = body;
  code.get(FP);
  code.i32(FRAME_SIZE);
  code.op(OP.i32_sub);
  code.set(FRAME);
  loadFuel(body);
  for (let pc = start; pc < end; pc++) {
    if (rows[pc]?.shape !== 'mayGoto') continue;
    // rounds that may_goto goes on for
    code.i32(BPF_MAX_LOOPS);
    code.set(MAY_GOTO);
    return;
  }
}

class FunctionWriter {
  readonly #body: Body;
  readonly #blocks: readonly Block[];
  readonly #flow: Flow;
  readonly #facts: readonly (State | undefined)[];
  readonly #rotations: Rotations;
  readonly #fuel: Fuel;
  /** Checked ranges at the end of each block, for the blocks that only it leads to. */
  readonly #endRanges: (Ranges | undefined)[];

  constructor(
    body: Body,
    blocks: readonly Block[],
    flow: Flow,
    facts: readonly (State | undefined)[],
    rotations: Rotations,
  ) {
    this.#body = body;
    this.#blocks = blocks;
    this.#flow = flow;
    this.#facts = facts;
    this.#rotations = rotations;
    const lengths = blocks.map((block) => lengthOf(body, block));
    this.#fuel = planFuel(flow, lengths);
    this.#endRanges = new Array(blocks.length);
  }

  write(): void {
    writeStructured(this.#flow, this.#body.code, this, NEXT_NODE);
  }

  body(node: number): void {
    const body = this.#body;
    const block = this.#blocks[node] as Block;
    const preds = this.#flow.preds[node] as readonly number[];
    const above = preds.length === 1 ? this.#endRanges[preds[0] as number] : undefined;
    body.ranges = above && node !== this.#flow.order[0] ? above.copy() : new Ranges();
    // A block that facts never reach cannot run: r0 to r9 unknown is a safe assumption.
    body.state = this.#facts[node]?.slice() ?? unknownState();
    this.#pay(node, block.start);
    const { insns, rows, env, code, marks } = body;
    body.unspent = this.#fuel.paid(node);
    for (let pc = block.start; pc < block.end; pc++) {
      const row = rows[pc];
      if (row === undefined) continue;
      body.unspent -= costOf(body, row, pc);
      marks.push(code.length, pc);
      if (refusedWhenReached(row, insns[pc] as Insn)) {
        code.i64(0);
        writeFault(body, FAULT_INSN, pc, 0);
        continue;
      }
      this.#insn(row, insns[pc] as Insn, pc);
      trackRanges(body, row, insns[pc] as Insn);
      transfer(body.state, insns, row, pc, env);
    }
    this.#endRanges[node] = body.ranges;
  }

  condition(node: number, opposite: boolean): void {
    const body = this.#body;
    const { code, insns, rows } = body;
    const { last } = this.#blocks[node] as Block;
    const row = rows[last] as InsnRow;
    if (row.shape === 'mayGoto') {
      // Counts before it compares: the condition holds when no rounds are left.
      code.get(MAY_GOTO);
      code.i32(1);
      code.op(OP.i32_sub);
      code.tee(MAY_GOTO);
      code.i32(0);
      code.op(OP.i32_lt_s);
    } else {
      writeTerm(code, (row as JumpRow).cond, operandsOf(body, row as JumpRow, insns[last] as Insn));
    }
    if (opposite) code.op(OP.i32_eqz);
  }

  hasEdge(from: number, to: number): boolean {
    return this.#body.counts && this.#fuel.onEdge(from, to) !== 0;
  }

  edge(from: number, to: number): void {
    if (this.#body.counts) writePayment(this.#body, this.#fuel.onEdge(from, to));
  }

  /**
   * Where a loop or a function begins, exactly what was executed has been paid: with nothing left the run ends. Then
   * the block pays for what is ahead.
   */
  #pay(node: number, pc: number): void {
    const body = this.#body;
    const { code, counts } = body;
    if (!counts) return;
    if (this.#flow.isHeader[node] || node === this.#flow.order[0]) {
      code.get(FUEL);
      code.i32(0);
      code.op(OP.i32_le_s);
      code.open(OP.if);
      code.i64(0);
      writeFault(body, FAULT_BUDGET, pc, 0);
      code.end();
    }
    writePayment(body, this.#fuel.atStart(node));
  }

  #insn(row: InsnRow, insn: Insn, pc: number): void {
    const body = this.#body;
    const { code } = body;
    switch (row.shape) {
      case 'alu':
        if (writeRotation(body, this.#rotations, insn, pc)) return;
        writeAlu(body, row, insn);
        return;
      case 'load':
        writeLoad(body, row, insn, pc);
        return;
      case 'store':
        writeStore(body, row, insn, pc);
        return;
      case 'atomic':
        writeAtomic(body, row, insn, pc);
        return;
      case 'loadImm64':
        writeLoadImm64(body, row, insn, pc);
        return;
      case 'call':
        if (row.callee === 'bpf') {
          writeSubprogCall(body, insn, pc);
          return;
        }
        if (row.callee === 'helper') {
          writeHelperCall(body, insn, pc);
          return;
        }
        throw new UnsupportedError(
          `kfunc with BTF id ${insn.imm}`,
          `insn ${pc}: calls of kernel functions are not supported`,
        );
      case 'loadAbs':
      case 'loadInd':
        if (body.env.mode.checked) checkPacketCtx(body, pc);
        writePacketLoad(body, row, insn, pc);
        return;
      case 'exit':
        saveFuel(body);
        code.get(localOf(0));
        code.op(OP.return);
        return;
      case 'addrSpaceCast':
        throw new UnsupportedError('addr_space_cast', `insn ${pc}: arenas are not supported`);
      default:
      // Jumps are the structure's.
    }
  }
}

/** One, and the instructions of a callee whose length is known. */
function costOf({ insns, subprogAt, subprogLength }: Unit, row: InsnRow, pc: number): number {
  if (row.shape !== 'call' || row.callee !== 'bpf') return 1;
  return 1 + (subprogLength[subprogAt.get(targetOf(row, insns[pc] as Insn, pc) as number) as number] ?? 0);
}

function lengthOf(unit: Unit, { start, end }: Block): number {
  let count = 0;
  for (let pc = start; pc < end; pc++) {
    const row = unit.rows[pc];
    if (row !== undefined) count += costOf(unit, row, pc);
  }
  return count;
}

function writePayment({ code }: Body, amount: number): void {
  if (amount === 0) return;
  code.get(FUEL);
  code.i32(amount);
  code.op(OP.i32_sub);
  code.set(FUEL);
}

function unknownState(): State {
  const state: State = new Array(11).fill(undefined);
  state[10] = { kind: 'frame', off: 0, span: 0 };
  return state;
}

function operandsOf(body: Body, { width, source }: AluRow | JumpRow, { dst, src, imm }: Insn): Operands {
  const { code } = body;
  const wide = width === 64;
  const push = wide ? pushRegister : pushLow;
  return {
    width,
    pushDst: () => push(body, dst),
    pushSrc: () => {
      if (source === 'reg') push(body, src);
      else if (wide) code.i64(imm);
      else code.i32(imm);
    },
    constant: source === 'imm' ? imm : undefined,
  };
}

function writeAlu(body: Body, row: AluRow, insn: Insn): void {
  const { code } = body;
  writeTerm(code, row.value, operandsOf(body, row, insn));
  if (row.width === 32) code.op(OP.i64_extend_i32_u);
  code.set(localOf(insn.dst));
}

function writeLoadImm64(body: Body, { pseudo }: LoadImm64Row, { dst, imm }: Insn, pc: number): void {
  const { code, env, insns, subprogAt } = body;
  if (pseudo === 'imm') code.i64Parts(imm, insns[pc + 1]?.imm ?? 0);
  else code.u64(addressOf(pseudo, insns, pc, env, (slot) => subprogAt.get(slot)));
  code.set(localOf(dst));
}

/** LD_ABS and LD_IND take the context from r6. */
function checkPacketCtx(body: Body, pc: number): void {
  const { code, state } = body;
  const fact = state[6];
  if (fact?.kind === 'ctx' && fact.off === 0) return;
  pushRegister(body, 6);
  code.i32(0);
  code.memory(OP.i64_load32_u, CELL_CTX);
  code.op(OP.i64_ne);
  code.open(OP.if);
  pushRegister(body, 6);
  writeFault(body, FAULT_ARG_CTX, pc, 0);
  code.end();
}

/** Keeps the checked ranges in step with the registers. */
function trackRanges({ ranges }: Body, row: InsnRow, { dst, src, imm }: Insn): void {
  switch (row.shape) {
    case 'alu':
      if (row.width === 64 && row.value === 'src' && row.source === 'reg') ranges.move(dst, src);
      else if (row.width === 64 && row.source === 'imm' && row.name === 'add') ranges.shift(dst, imm);
      else ranges.forget(dst);
      return;
    case 'load':
    case 'loadImm64':
    case 'addrSpaceCast':
      ranges.forget(dst);
      return;
    case 'atomic':
      if (row.result === 'src') ranges.forget(src);
      if (row.result === 'dst') ranges.forget(dst);
      if (row.result === 'r0') ranges.forget(0);
      return;
    default:
  }
}
