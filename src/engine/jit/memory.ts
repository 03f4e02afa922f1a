/** Loads, stores and atomics: the address, the check against the shadow, the access. */
import type { AtomicRow, Insn, LoadRow, Size, StoreRow } from '../../isa/index.ts';
import { FAULT_LOAD, FAULT_STORE, FRAME_SIZE, SHADOW_READ, SHADOW_WRITE } from '../../machine/layout.ts';
import type { EngineCtxField } from '../types.ts';
import { OP } from '../wasm/opcodes.ts';
import { type Body, pushLow, pushRegister, writeFault } from './body.ts';
import { ADDRESS, NARROW as ADDRESS_LOW, FRAME, localOf, WIDE, WIDE2 } from './locals.ts';
import { writeTerm } from './term.ts';

const LOAD: Record<Size, readonly [unsigned: number, signed: number]> = {
  1: [OP.i64_load8_u, OP.i64_load8_s],
  2: [OP.i64_load16_u, OP.i64_load16_s],
  4: [OP.i64_load32_u, OP.i64_load32_s],
  8: [OP.i64_load, OP.i64_load],
};
const STORE: Record<Size, number> = {
  1: OP.i64_store8,
  2: OP.i64_store16,
  4: OP.i64_store32,
  8: OP.i64_store,
};
const READ_WRITE = SHADOW_READ | SHADOW_WRITE;
/** Past the largest access, so that the shadow of an address below the limit can be loaded whole. */
const MARGIN = 7;

interface Access {
  readonly pc: number;
  readonly base: number;
  readonly off: number;
  readonly size: Size;
  /** Shadow bits that each byte must have. */
  readonly mask: number;
}

/** Whether the facts alone prove the access good. */
function isProven({ state, env }: Body, { base, off, size, mask }: Access): boolean {
  const fact = state[base];
  switch (fact?.kind) {
    case 'frame':
      return fact.off + off >= -FRAME_SIZE && fact.off + fact.span + off + size <= 0;
    case 'ctx': {
      const from = fact.off + off;
      return env.ctxFields.some(
        (field) =>
          from >= field.offset &&
          from + size <= field.offset + field.size &&
          (!(mask & SHADOW_READ) || field.read) &&
          (!(mask & SHADOW_WRITE) || field.write),
      );
    }
    case 'value': {
      const map = env.maps[fact.map];
      const from = fact.off + off;
      return (
        map?.stableValues === true &&
        fact.lookup === undefined &&
        from >= 0 &&
        from + fact.span + size <= map.valueSize
      );
    }
    default:
      return false;
  }
}

/**
 * Checks the access where it must be, and returns the offset for the memory instruction after pushing its i32 address.
 */
function pushAddress(body: Body, access: Access): number {
  const { code, env, state, ranges } = body;
  const { base, off, size, mask, pc } = access;
  const fact = state[base];
  if (fact?.kind === 'frame' && fact.span === 0 && isProven(body, access)) {
    code.get(FRAME);
    return FRAME_SIZE + fact.off + off;
  }
  const { mode } = env;
  const needed = mode.checked && !mode.isSafeAccess?.(pc) && !isProven(body, access);
  if (needed && !ranges.covers(base, off, off + size, mask)) {
    writeCheck(body, access);
    ranges.add(base, off, off + size, mask);
  }
  pushLow(body, base);
  // A negative offset cannot stand in the instruction: its addition there has 33 bits.
  if (off >= 0) return off;
  code.i32(off);
  code.op(OP.i32_add);
  return 0;
}

/** One comparison covers the upper half and the end of memory; one load and mask cover all bytes of the access. */
function writeCheck(body: Body, { base, off, size, mask, pc }: Access): void {
  const { code, env } = body;
  const kind = mask & SHADOW_WRITE ? FAULT_STORE : FAULT_LOAD;
  const ok = code.open(OP.block);
  const bad = code.open(OP.block);
  pushRegister(body, base);
  if (off !== 0) {
    code.i64(off);
    code.op(OP.i64_add);
  }
  code.tee(ADDRESS);
  code.u64(env.shadow - MARGIN);
  code.op(OP.i64_ge_u);
  code.brIf(bad);
  code.get(ADDRESS);
  code.op(OP.i32_wrap_i64);
  const pattern = mask * 0x01010101;
  if (size === 8) {
    code.memory(OP.i64_load, env.shadow);
    code.i64Parts(pattern, pattern);
    code.op(OP.i64_and);
    code.i64Parts(pattern, pattern);
    code.op(OP.i64_eq);
  } else {
    const wanted = size === 4 ? pattern : pattern & ((1 << (8 * size)) - 1);
    code.memory(size === 4 ? OP.i32_load : size === 2 ? OP.i32_load16_u : OP.i32_load8_u, env.shadow);
    code.i32(wanted);
    code.op(OP.i32_and);
    code.i32(wanted);
    code.op(OP.i32_eq);
  }
  code.brIf(ok);
  code.end();
  code.get(ADDRESS);
  writeFault(body, kind, pc, size);
  code.end();
}

export function writeLoad(
  body: Body,
  { size, signExtend }: LoadRow,
  { dst, src, off }: Insn,
  pc: number,
): void {
  const { code } = body;
  const offset = pushAddress(body, { pc, base: src, off, size, mask: SHADOW_READ });
  code.memory(LOAD[size][signExtend ? 1 : 0], offset);
  code.set(localOf(dst));
}

export function writeStore(body: Body, { size, source }: StoreRow, insn: Insn, pc: number): void {
  const { code } = body;
  const field = contextField(body, insn, size);
  const below = field?.storeBelow;
  if (below !== undefined) {
    if (source === 'imm') {
      if (insn.imm >= below) return;
    } else {
      pushRegister(body, insn.src);
      code.i64(below);
      code.op(OP.i64_lt_u);
      code.open(OP.if);
    }
  }
  const offset = pushAddress(body, { pc, base: insn.dst, off: insn.off, size, mask: SHADOW_WRITE });
  if (source === 'imm') code.i64(insn.imm);
  else pushRegister(body, insn.src);
  if (field?.storeMask !== undefined) {
    code.u64(field.storeMask);
    code.op(OP.i64_and);
  }
  code.memory(STORE[size], offset);
  if (below !== undefined && source === 'reg') {
    code.end();
    // a check within holds only there
    body.ranges.forget(insn.dst);
  }
}

/** Some context fields keep fewer bits than they are wide, or refuse some values. */
function contextField({ state, env }: Body, { dst, off }: Insn, size: number): EngineCtxField | undefined {
  const fact = state[dst];
  if (fact?.kind !== 'ctx') return undefined;
  return env.ctxFields.find((field) => field.offset === fact.off + off && field.size === size);
}

/** Nothing else runs while a program does, so an atomic is a load and a store. */
export function writeAtomic(body: Body, row: AtomicRow, insn: Insn, pc: number): void {
  const { code } = body;
  const { op, size, value } = row;
  if (op === 'load_acquire') {
    const offset = pushAddress(body, { pc, base: insn.src, off: insn.off, size, mask: SHADOW_READ });
    code.memory(LOAD[size][0], offset);
    code.set(localOf(insn.dst));
    return;
  }
  const access = { pc, base: insn.dst, off: insn.off, size };
  if (op === 'store_release' || value === undefined) {
    const offset = pushAddress(body, { ...access, mask: SHADOW_WRITE });
    pushRegister(body, insn.src);
    code.memory(STORE[size], offset);
    return;
  }
  const offset = pushAddress(body, { ...access, mask: READ_WRITE });
  code.set(ADDRESS_LOW);
  code.get(ADDRESS_LOW);
  code.memory(LOAD[size][0], offset);
  code.set(WIDE);
  // The result register may be an operand, so the new contents come first.
  writeTerm(code, value, {
    width: 64,
    pushDst: () => code.get(WIDE),
    pushSrc: () => pushRegister(body, insn.src),
    constant: undefined,
  });
  code.set(WIDE2);
  if (op === 'cmpxchg') {
    code.get(WIDE);
    code.get(localOf(0));
    if (size === 4) {
      code.u64(0xffffffff);
      code.op(OP.i64_and);
    }
    code.op(OP.i64_eq);
    code.open(OP.if);
  }
  code.get(ADDRESS_LOW);
  code.get(WIDE2);
  code.memory(STORE[size], offset);
  if (op === 'cmpxchg') code.end();
  if (row.fetch) {
    code.get(WIDE);
    code.set(localOf(row.result === 'r0' ? 0 : insn.src));
  }
}
