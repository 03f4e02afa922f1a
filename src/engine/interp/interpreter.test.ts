/** The interpreter: every row at edge values, control flow, faults, the budget, callbacks, and the JIT on random programs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepare, programOf, type Setup, TEST_CTX_SIZE } from '../../../test/engine-run.ts';
import { HELPERS, helperByName } from '../../helpers/index.ts';
import { type AtomicRow, assembleWithLabels, evaluateTerm, type Insn, ROWS } from '../../isa/index.ts';
import {
  CELL_TAIL_CALLS,
  CTX_BASE,
  FIRST_FP,
  KIND_CTX,
  KIND_MAP,
  LAST_FP,
  MAX_FRAMES,
  Machine,
  SHADOW_READ,
  SHADOW_WRITE,
} from '../../machine/index.ts';
import { MAP_TYPE } from '../../uapi/bpf.ts';
import { faultError } from '../jit/fault.ts';
import type { EngineMap } from '../types.ts';
import { createInterpreter, type Interpreter } from './index.ts';

const EXIT: Insn = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
const EDGES = [
  ...[0n, 1n, 2n, 7n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn],
  ...[0x100000000n, 0x123456789abcdef0n, 0x7fffffffffffffffn, 0x8000000000000000n, 0xffffffff80000000n],
  0xffffffffffffffffn,
];
const IMMEDIATES = [1, 0, -1, 7, 31, 0x7fffffff, -0x80000000, 0x12345678];

interface Setting extends Setup {
  readonly labels?: readonly string[];
}

/** `labels` are the subprograms after the main one. */
function interpret(
  source: string | readonly Insn[],
  setup: Setting = {},
): { it: Interpreter; machine: Machine } {
  const assembly =
    typeof source === 'string'
      ? assembleWithLabels(source, { helperId: (name) => helperByName(name)?.id })
      : { insns: source, labels: new Map<string, number>() };
  const machine = setup.machine ?? new Machine({ memory: 1 << 20, ...setup });
  const subprogs = [0, ...(setup.labels ?? []).map((label) => assembly.labels.get(label) ?? -1)];
  const program = programOf(assembly.insns, subprogs);
  machine.allow(CTX_BASE, TEST_CTX_SIZE, SHADOW_READ | SHADOW_WRITE, KIND_CTX);
  machine.onFault = (kind, pc, low, high, size) => {
    throw faultError(program, kind, pc, low, high, size, machine);
  };
  const env = {
    shadow: machine.limit,
    maps: setup.maps ?? [],
    helpers: HELPERS,
    ctxFields: setup.ctxFields ?? [],
    ctxSize: TEST_CTX_SIZE,
    tableBase: machine.reserveTable(subprogs.length),
    mode: { checked: true, budget: true, ...setup.mode },
  };
  const interpreter = createInterpreter(program, env, {
    machine,
    helpers: setup.js ?? {},
    fault: machine.onFault,
  });
  return { it: interpreter, machine };
}

const run = (source: string, setup: Setting = {}): bigint => interpret(source, setup).it.run(CTX_BASE);
const at = (interpreter: Interpreter, register: number): bigint => interpreter.registers[register] ?? -1n;

describe('step() of each ALU and jump row', () => {
  for (const row of ROWS) {
    if (row.shape !== 'alu' && row.shape !== 'jump') continue;
    it(`${row.key} computes its term`, () => {
      const field = (value: 'free' | number, free: number): number => (value === 'free' ? free : value);
      const isRefused = (imm: number): boolean =>
        row.shape === 'alu' &&
        ((/div|mod/.test(row.name) && imm === 0) || (/sh/.test(row.name) && (imm < 0 || imm >= row.width)));
      for (const imm of row.source === 'imm' ? IMMEDIATES.filter((value) => !isRefused(value)) : [0]) {
        const insn: Insn = {
          code: row.code,
          dst: 3,
          src: field(row.fields.src, 4),
          off: field(row.fields.off, 1),
          imm: field(row.fields.imm, imm),
        };
        const { it: interpreter } = interpret([insn, EXIT, EXIT]);
        for (const dst of EDGES) {
          for (const src of row.source === 'reg' ? EDGES : [BigInt.asUintN(64, BigInt(imm))]) {
            interpreter.start(CTX_BASE);
            interpreter.registers[3] = dst;
            interpreter.registers[4] = src;
            interpreter.step();
            const term = row.shape === 'alu' ? row.value : row.cond;
            const value = evaluateTerm(term, row.width, dst, src);
            if (row.shape === 'alu') expect(at(interpreter, 3), `${dst} ${src}`).toBe(value);
            else expect(interpreter.pc, `${dst} ${src}`).toBe(value === 1n ? 2 : 1);
          }
        }
      }
    });
  }
});

describe('step() of memory rows', () => {
  const BYTES = 0x8182838485868788n;
  for (const row of ROWS) {
    if (row.shape === 'load') {
      it(`${row.key} loads ${row.size} bytes`, () => {
        const { it: interpreter, machine } = interpret([
          { code: row.code, dst: 2, src: 1, off: 8, imm: 0 },
          EXIT,
        ]);
        interpreter.start(CTX_BASE);
        machine.view.setBigUint64(CTX_BASE + 8, BYTES, true);
        interpreter.step();
        const bits = 8 * row.size;
        expect(at(interpreter, 2)).toBe(
          BigInt.asUintN(64, row.signExtend ? BigInt.asIntN(bits, BYTES) : BigInt.asUintN(bits, BYTES)),
        );
      });
    } else if (row.shape === 'store') {
      it.each([10, 1])(`${row.key} stores ${row.size} bytes where r%i points`, (base) => {
        const reg = row.source === 'reg';
        const insn = {
          code: row.code,
          dst: base,
          src: reg ? 2 : 0,
          off: base === 10 ? -16 : 16,
          imm: reg ? 0 : -2,
        };
        const { it: interpreter, machine } = interpret([insn, EXIT]);
        interpreter.start(CTX_BASE);
        interpreter.registers[2] = BYTES;
        const address = base === 10 ? FIRST_FP - 16 : CTX_BASE + 16;
        machine.view.setBigUint64(address, 0n, true);
        interpreter.step();
        const value = reg ? BYTES : 0xfffffffffffffffen;
        expect(machine.view.getBigUint64(address, true)).toBe(BigInt.asUintN(8 * row.size, value));
      });
    } else if (row.shape === 'atomic')
      it(`${row.key} changes memory and registers by its term`, () => checkAtomic(row));
  }

  function checkAtomic(row: AtomicRow): void {
    const bits = 8 * row.size;
    const operand = 0x1122334455667788n;
    for (const r0 of [BYTES, BigInt.asUintN(bits, BYTES), 5n]) {
      const loads = row.op === 'load_acquire';
      const insn = {
        code: row.code,
        dst: loads ? 3 : 10,
        src: loads ? 10 : 3,
        off: -8,
        imm: row.fields.imm as number,
      };
      const { it: interpreter, machine } = interpret([insn, EXIT]);
      interpreter.start(CTX_BASE);
      interpreter.registers[0] = r0;
      interpreter.registers[3] = operand;
      machine.view.setBigUint64(FIRST_FP - 8, BYTES, true);
      interpreter.step();
      const old = BigInt.asUintN(bits, BYTES);
      const stores = row.value !== undefined && (row.op !== 'cmpxchg' || old === BigInt.asUintN(bits, r0));
      const now = stores && row.value ? BigInt.asUintN(bits, evaluateTerm(row.value, 64, old, operand)) : old;
      expect(machine.view.getBigUint64(FIRST_FP - 8, true)).toBe(
        ((BYTES >> BigInt(bits)) << BigInt(bits)) | now,
      );
      expect(at(interpreter, 3)).toBe(row.result === 'src' || row.result === 'dst' ? old : operand);
      expect(at(interpreter, 0)).toBe(row.result === 'r0' ? old : r0);
    }
  }

  it('keeps the bits of a context field that its mask names', () => {
    const ctxFields = [{ offset: 4, size: 4, storeMask: 0xffff }];
    expect(run('*(u32 *)(r1 +4) = -1; r0 = *(u32 *)(r1 +4); exit', { ctxFields })).toBe(0xffffn);
  });

  it('drops what a context field cannot hold', () => {
    const ctxFields = [{ offset: 4, size: 4, storeMask: 0xffff, storeBelow: 0xffff }];
    const store = (value: string): bigint =>
      run(`*(u32 *)(r1 +4) = 5; ${value}; r0 = *(u32 *)(r1 +4); exit`, { ctxFields });
    expect(store('r2 = 0xffff; *(u32 *)(r1 +4) = r2')).toBe(5n);
    expect(store('r2 = 0xfffe; *(u32 *)(r1 +4) = r2')).toBe(0xfffen);
    expect(store('*(u32 *)(r1 +4) = -1')).toBe(0xffffn);
  });
});

describe('run()', () => {
  it('returns all 64 bits of r0 and counts the instructions', () => {
    const { it: interpreter } = interpret('r0 = 0x1122334455667788 ll; r0 += 1; exit');
    expect(interpreter.run(CTX_BASE)).toBe(0x1122334455667789n);
    expect(interpreter.count).toBe(3);
  });

  it('calls subprograms, which keep r6-r9 of their caller and have a frame of their own', () => {
    const source = `r6 = 5; *(u64 *)(r10 -8) = 1; r1 = 2; call twice; r0 += r6; r1 = *(u64 *)(r10 -8); r0 += r1; exit
      twice: r6 = r1; *(u64 *)(r10 -8) = 9; r0 = r6; r0 += r6; exit`;
    expect(run(source, { labels: ['twice'] })).toBe(10n);
  });

  it('calls back from bpf_loop and goes on behind it', () => {
    const source = `*(u64 *)(r10 -8) = 0; r1 = 5; r2 = func each; r3 = r10; r3 += -8; r4 = 0; r6 = 100
      call bpf_loop; r1 = *(u64 *)(r10 -8); r0 += r1; r0 += r6; exit
      each: r6 = *(u64 *)(r2 +0); r6 += r1; *(u64 *)(r2 +0) = r6; r0 = 0; exit`;
    const { it: interpreter } = interpret(source, { labels: ['each'] });
    expect(interpreter.run(CTX_BASE)).toBe(115n);
    expect(interpreter.count).toBe(12 + 5 * 5);
    expect(interpreter.frames).toEqual([]);
  });

  it('goes on in the program of a prog_array slot, and behind the call where the slot is empty', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const maps = [progArray(machine)];
    const source = 'r2 = map[0]; r3 = INDEX; call bpf_tail_call; r0 = 7; exit';
    const target = interpret('r0 = 42; exit', { machine });
    const callerOf = (index: number): Interpreter =>
      interpret(source.replace('INDEX', String(index)), { machine, maps }).it;
    machine.u32[(maps[0]?.valueAddress ?? 0) >> 2] = 1;
    expect(target.it.run(CTX_BASE)).toBe(42n);
    expect(callerOf(0).run(CTX_BASE)).toBe(42n);
    expect(machine.i32[CELL_TAIL_CALLS >> 2]).toBe(1);
    expect(callerOf(1).run(CTX_BASE)).toBe(7n);
    expect(callerOf(9).run(CTX_BASE)).toBe(7n);
  });

  it('lets may_goto fall through', () => {
    expect(run('r0 = 1; may_goto +1; r0 = 2; exit')).toBe(2n);
  });
});

/** A prog_array of two slots: header, then table index and id of each. */
function progArray(machine: Machine): EngineMap {
  const address = machine.alloc(256, 'map');
  const values = machine.alloc(16, 'values');
  machine.u32.set([MAP_TYPE.prog_array, 4, 4, 2, 0, 1, values, 8], address >> 2);
  machine.u8[machine.limit + address] = KIND_MAP << 4;
  return {
    name: 'progs',
    address,
    valueAddress: values,
    keySize: 4,
    valueSize: 4,
    ops: {},
    array: undefined,
  };
}

describe('faults', () => {
  it.each([
    ['a read of the null page', 'r1 = 0; r0 = *(u32 *)(r1 +8); exit', 'load', 1, '0x8'],
    ['a write past the frame', '*(u64 *)(r10 +0) = 1; exit', 'store', 0, '0x10240'],
    [
      'an address with upper bits',
      'r1 = 0x100020000 ll; r0 = *(u8 *)(r1 +0); exit',
      'load',
      2,
      '0x100020000',
    ],
    [
      'an atomic on memory that ends',
      'r2 = r10; r3 = 1; lock *(u64 *)(r2 -4) += r3; exit',
      'store',
      2,
      '0x1023c',
    ],
    ['a helper argument', 'r1 = 64; r2 = 4; call bpf_trace_printk; exit', 'helper', 2, '0x40'],
  ])('%s ends the run at its instruction', (_, source, kind, insn, address) => {
    const js = { bpf_trace_printk: () => 0 };
    expect(() => run(source, { js })).toThrow(
      expect.objectContaining({ code: 'ERR_BPF_FAULT', kind, insn, address }),
    );
  });

  it('ends a recursion at the end of the stack', () => {
    const { it: interpreter, machine } = interpret('call f; exit; f: call f; exit', { labels: ['f'] });
    expect(() => interpreter.run(CTX_BASE)).toThrow(expect.objectContaining({ kind: 'call', insn: 2 }));
    expect(interpreter.frames).toHaveLength(MAX_FRAMES - 1);
    expect(interpreter.registers[10]).toBe(BigInt(LAST_FP));
    expect(machine.i32[0x1000 >> 2]).toBeLessThan(1_000_000);
  });

  it('ends an endless loop after exactly a million instructions', () => {
    const { it: interpreter } = interpret('loop: goto loop');
    expect(() => interpreter.run(CTX_BASE)).toThrow(expect.objectContaining({ kind: 'budget', insn: 0 }));
    expect(interpreter.count).toBe(1_000_000);
  });

  it('ends an endless callback, and starts afresh afterwards', () => {
    const source = 'r1 = 8000000; r2 = func each; r3 = 0; r4 = 0; call bpf_loop; exit; each: r0 = 0; exit';
    const { it: interpreter } = interpret(source, { labels: ['each'], insnLimit: 1000 });
    for (let i = 0; i < 2; i++) {
      expect(() => interpreter.run(CTX_BASE)).toThrow(expect.objectContaining({ kind: 'budget' }));
      expect(interpreter.count).toBe(1000);
    }
  });

  it.each([
    ['exit; r0 = 0', 'VERIFIER'],
    ['call #9999; exit', 'VERIFIER'],
    ['r1 = map[3]; exit', 'VERIFIER'],
    ['r1 = btf[3]; exit', 'UNSUPPORTED'],
    ['call kernel-function#5; exit', 'UNSUPPORTED'],
    ['r1 = addr_space_cast(r1, 0, 1); exit', 'UNSUPPORTED'],
  ])('refuses %j before it runs', (source, code) => {
    expect(() => interpret(source)).toThrow(expect.objectContaining({ code: `ERR_BPF_${code}` }));
  });
});

describe('createInterpreter()', () => {
  it.each([4, 0x7fffffff])('refuses the address of a value at offset %i, which is outside', (offset) => {
    const machine = new Machine({ memory: 1 << 20 });
    const setup = { machine, maps: [progArray(machine)] };
    expect(() => interpret('r1 = map[0][0]+3; exit', setup)).not.toThrow();
    expect(() => interpret(`r1 = map[0][0]+${offset}; exit`, setup)).toThrow(
      expect.objectContaining({ code: 'ERR_BPF_VERIFIER', insn: 0 }),
    );
  });

  it('takes a cast between address spaces that do not exist, which ends the run where it is reached', () => {
    const { it: interpreter } = interpret('r0 = 1; if r0 == 1 goto +1; r0 = addr_space_cast(r0, 0, 0); exit');
    expect(interpreter.run(CTX_BASE)).toBe(1n);
  });
});

describe('step()', () => {
  it('stops at any instruction and shows pc, registers and frames', () => {
    const { it: interpreter } = interpret('r1 = 3; call f; exit; f: r0 = r1; r0 *= 2; exit', {
      labels: ['f'],
    });
    expect(() => interpreter.step()).toThrow(expect.objectContaining({ code: 'ERR_BPF_USAGE' }));
    interpreter.start(CTX_BASE);
    const seen: string[] = [];
    while (interpreter.state === 'running') {
      seen.push(`${interpreter.pc}:${interpreter.frames.length}:${at(interpreter, 0)}`);
      interpreter.step();
    }
    expect(seen).toEqual(['0:0:0', '1:0:0', '3:1:0', '4:1:3', '5:1:6', '2:0:6']);
    expect(interpreter.step()).toBe('exited');
  });

  it('gives the same result in steps of any size', () => {
    const source = 'r0 = 0; r1 = 50; loop: r0 += r1; r1 -= 1; if r1 != 0 goto loop; exit';
    const whole = run(source);
    for (const size of [1, 2, 3, 7, 1000]) {
      const { it: interpreter } = interpret(source);
      interpreter.start(CTX_BASE);
      while (interpreter.step(size) === 'running');
      expect(at(interpreter, 0)).toBe(whole);
    }
  });
});

describe('the interpreter and the JIT', () => {
  const S32 = fc.oneof(fc.integer({ min: -0x80000000, max: 0x7fffffff }), fc.constantFrom(...IMMEDIATES));
  const shapes = new Set(['alu', 'jump', 'ja', 'load', 'store', 'atomic']);
  const rows = ROWS.filter(({ shape }) => shapes.has(shape));
  const bodyInsn = fc.record({
    row: fc.constantFrom(...rows),
    dst: fc.integer({ min: 0, max: 9 }),
    src: fc.integer({ min: 0, max: 9 }),
    slot: fc.integer({ min: 1, max: 8 }),
    imm: S32,
    jump: fc.integer({ min: 0, max: 5 }),
  });

  /** Forward jumps only; all accesses in 64 bytes of stack. Ends by folding every register into r0. */
  function build(parts: readonly (typeof bodyInsn extends fc.Arbitrary<infer T> ? T : never)[]): Insn[] {
    const start: Insn[] = [];
    for (let register = 0; register < 10; register++) {
      if (register !== 1)
        start.push({ code: 0xb7, dst: register, src: 0, off: 0, imm: register * 0x01234567 });
    }
    for (let off = -64; off < 0; off += 8)
      start.push({ code: 0x7b, dst: 10, src: off & 15 ? 2 : 1, off, imm: 0 });
    const body = parts.map(({ row, dst, src, slot, imm, jump }, i): Insn => {
      const free = { dst, src, off: -8 * slot, imm };
      if (row.shape === 'load') free.src = 10;
      if (row.shape === 'store') free.dst = 10;
      if (row.shape === 'atomic') free[row.op === 'load_acquire' ? 'src' : 'dst'] = 10;
      if (row.shape === 'jump' || row.shape === 'ja') free.off = Math.min(jump, parts.length - 1 - i);
      if (row.key === 'gotol') free.imm = free.off;
      if (row.shape === 'alu' && /sh/.test(row.name)) free.imm = imm & (row.width - 1);
      if (row.shape === 'alu' && /div|mod/.test(row.name) && imm === 0) free.imm = 3;
      const field = (name: keyof typeof free): number => {
        const fixed = row.fields[name];
        return fixed === 'free' ? free[name] : fixed;
      };
      return { code: row.code, dst: field('dst'), src: field('src'), off: field('off'), imm: field('imm') };
    });
    const fold: Insn[] = [];
    for (let register = 1; register < 10; register++) {
      fold.push(
        { code: 0x27, dst: 0, src: 0, off: 0, imm: 31 },
        { code: 0x0f, dst: 0, src: register, off: 0, imm: 0 },
      );
    }
    return [...start, ...body, ...fold, EXIT];
  }

  it('agree on random programs: r0 and the stack', () => {
    const machines = [new Machine({ memory: 1 << 20 }), new Machine({ memory: 1 << 20 })] as const;
    fc.assert(
      fc.property(fc.array(bodyInsn, { minLength: 1, maxLength: 40 }), (parts) => {
        const insns = build(parts);
        const [a, b] = machines;
        const expected = prepare(insns, { machine: a }).run();
        expect(interpret(insns, { machine: b }).it.run(CTX_BASE)).toBe(expected);
        expect(b.u8.slice(FIRST_FP - 64, FIRST_FP)).toEqual(a.u8.slice(FIRST_FP - 64, FIRST_FP));
      }),
      { numRuns: 300 },
    );
  });
});
