/** Loads, stores and atomics, and what happens one byte outside of what a program may touch. */
import { describe, expect, it } from 'vitest';
import { prepare, TEST_CTX_SIZE } from '../../../test/engine-run.ts';
import { FaultError } from '../../errors.ts';
import { assemble, type Insn, ROWS } from '../../isa/index.ts';
import { CTX_BASE, FIRST_FP, FRAME_SIZE, KIND_MEM, SHADOW_READ, SHADOW_WRITE } from '../../machine/index.ts';

const lddw = (dst: number, value: bigint): Insn[] => [
  { code: 0x18, dst, src: 0, off: 0, imm: Number(BigInt.asIntN(32, value)) },
  { code: 0, dst: 0, src: 0, off: 0, imm: Number(BigInt.asIntN(32, value >> 32n)) },
];
const EXIT: Insn = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
const MOV_R0_R4: Insn = { code: 0xbf, dst: 0, src: 4, off: 0, imm: 0 };

function faultOf(run: () => unknown): FaultError {
  try {
    run();
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('loads and stores', () => {
  const memory = ROWS.filter((row) => row.shape === 'load' || row.shape === 'store');

  for (const row of memory) {
    if (row.shape !== 'load' && row.shape !== 'store') continue;
    it(`${row.key} moves ${row.size} bytes, little endian, at any alignment`, () => {
      for (const at of [0, 1, 3, 8]) {
        const insn = {
          code: row.code,
          dst: row.shape === 'load' ? 4 : 1,
          src: row.shape === 'load' ? 1 : 2,
          off: at,
          imm: -2,
        };
        const store = row.shape === 'store';
        const fixed: Insn = {
          ...insn,
          imm: store && row.source === 'imm' ? -2 : 0,
          src: store && row.source === 'imm' ? 0 : insn.src,
        };
        const { machine, run } = prepare([
          ...lddw(2, 0xf1e2d3c4b5a69788n),
          ...lddw(4, 0n),
          fixed,
          MOV_R0_R4,
          EXIT,
        ]);
        machine.view.setBigUint64(CTX_BASE + at, 0x8182838485868788n, true);
        const r0 = run();
        const bits = row.size * 8;
        if (row.shape === 'load') {
          const raw = BigInt.asUintN(bits, 0x8182838485868788n);
          expect(r0).toBe(row.signExtend ? BigInt.asUintN(64, BigInt.asIntN(bits, raw)) : raw);
        } else {
          const value = BigInt.asUintN(bits, row.source === 'imm' ? -2n : 0xf1e2d3c4b5a69788n);
          const rest = (0x8182838485868788n >> BigInt(bits)) << BigInt(bits);
          expect(machine.view.getBigUint64(CTX_BASE + at, true)).toBe(rest | value);
        }
      }
    });
  }
});

describe('atomics', () => {
  const run = (text: string, memory: bigint): { r0: bigint; memory: bigint } => {
    const { machine, run } = prepare(text);
    machine.view.setBigUint64(CTX_BASE, memory, true);
    const r0 = run();
    return { r0, memory: machine.view.getBigUint64(CTX_BASE, true) };
  };
  const R2 = 'r2 = 0xff00000001 ll;';
  const OLD = 0xaaaaaaaaffffffffn;

  it('add, or, and, xor change memory at their width', () => {
    expect(run(`${R2} lock *(u32 *)(r1 + 0) += r2; r0 = r2; exit`, OLD).memory).toBe(0xaaaaaaaa00000000n);
    expect(run(`${R2} lock *(u64 *)(r1 + 0) += r2; r0 = r2; exit`, OLD).memory).toBe(0xaaaaabaa00000000n);
    expect(run(`${R2} lock *(u64 *)(r1 + 0) |= r2; r0 = r2; exit`, OLD).memory).toBe(OLD | 0xff00000001n);
    expect(run(`${R2} lock *(u32 *)(r1 + 0) &= r2; r0 = r2; exit`, OLD).memory).toBe(0xaaaaaaaa00000001n);
    expect(run(`${R2} lock *(u64 *)(r1 + 0) ^= r2; r0 = r2; exit`, OLD).memory).toBe(OLD ^ 0xff00000001n);
  });

  it('fetch gives the old contents, zero-extended', () => {
    const add = run(`${R2} r2 = atomic_fetch_add((u32 *)(r1 + 0), r2); r0 = r2; exit`, OLD);
    expect(add).toEqual({ r0: 0xffffffffn, memory: 0xaaaaaaaa00000000n });
    const xchg = run(`${R2} r2 = atomic64_xchg((u64 *)(r1 + 0), r2); r0 = r2; exit`, OLD);
    expect(xchg).toEqual({ r0: OLD, memory: 0xff00000001n });
    const xchg32 = run(`${R2} r2 = atomic_xchg((u32 *)(r1 + 0), r2); r0 = r2; exit`, OLD);
    expect(xchg32).toEqual({ r0: 0xffffffffn, memory: 0xaaaaaaaa00000001n });
  });

  it('cmpxchg compares with r0 at its width, stores when equal, and sets r0 either way', () => {
    const hit = 'r0 = 0x55ffffffff ll; r0 = atomic_cmpxchg((u32 *)(r1 + 0), r0, r2); exit';
    expect(run(R2 + hit, OLD)).toEqual({ r0: 0xffffffffn, memory: 0xaaaaaaaa00000001n });
    const miss = 'r0 = 0x55ffffffff ll; r0 = atomic64_cmpxchg((u64 *)(r1 + 0), r0, r2); exit';
    expect(run(R2 + miss, OLD)).toEqual({ r0: OLD, memory: OLD });
    const hit64 = 'r0 = 0xaaaaaaaaffffffff ll; r0 = atomic64_cmpxchg((u64 *)(r1 + 0), r0, r2); exit';
    expect(run(R2 + hit64, OLD)).toEqual({ r0: OLD, memory: 0xff00000001n });
  });

  it('load_acquire and store_release are a load and a store', () => {
    expect(run('r0 = load_acquire((u16 *)(r1 + 2)); exit', OLD).r0).toBe(0xffffn);
    expect(run('r2 = 5; store_release((u8 *)(r1 + 1), r2); r0 = 0; exit', OLD).memory).toBe(
      0xaaaaaaaaffff05ffn,
    );
  });
});

describe('checked accesses', () => {
  const SIZES = [1, 2, 4, 8] as const;

  for (const size of SIZES) {
    const type = `u${size * 8}`;
    it(`${size} bytes at the first and last place are fine, one byte before and after is a fault`, () => {
      const { machine, run } = prepare(`r1 = *(u64 *)(r1 + 0); r0 = *(${type} *)(r1 + 0); exit`);
      const base = machine.alloc(100, 'block') + 8;
      machine.allow(base, 50, SHADOW_READ, KIND_MEM);
      const at = (address: number): void => {
        machine.view.setBigUint64(CTX_BASE, BigInt(address), true);
        run();
      };
      at(base);
      at(base + 50 - size);
      for (const bad of [base - 1, base + 50 - size + 1, base + 50, base - size, base - size - 1]) {
        const fault = faultOf(() => at(bad));
        expect(fault).toMatchObject({ kind: 'load', insn: 1, address: `0x${bad.toString(16)}` });
        expect(fault.message).toContain(
          `cannot read ${size === 1 ? '1 byte' : `${size} bytes`} at 0x${bad.toString(16)}`,
        );
      }
    });

    it(`${size} bytes: a read-only place cannot be written, in no part`, () => {
      const { machine, run } = prepare(`r1 = *(u64 *)(r1 + 0); *(${type} *)(r1 + 0) = 1; r0 = 0; exit`);
      const base = machine.alloc(100, 'block');
      machine.allow(base, 32, SHADOW_READ | SHADOW_WRITE, KIND_MEM);
      machine.allow(base + 32, 32, SHADOW_READ, KIND_MEM);
      const at = (address: number): void => {
        machine.view.setBigUint64(CTX_BASE, BigInt(address), true);
        run();
      };
      at(base + 32 - size);
      expect(faultOf(() => at(base + 33 - size))).toMatchObject({ kind: 'store', insn: 1 });
      expect(faultOf(() => at(base + 40))).toMatchObject({ kind: 'store', insn: 1 });
    });
  }

  it('an address with upper bits, past the machine, in the null page or negative is never wrapped', () => {
    const { machine, run } = prepare('r1 = *(u64 *)(r1 + 0); r0 = *(u8 *)(r1 + 0); exit');
    const addresses = [
      0n,
      8n,
      0x1000n,
      0xffffn,
      BigInt(machine.limit) - 1n,
      BigInt(machine.limit),
      BigInt(machine.limit) * 2n,
      0xffffffffn,
      0x100000000n + BigInt(CTX_BASE),
      0x8000000000000000n + BigInt(CTX_BASE),
      0xffffffffffffffffn,
    ];
    for (const address of addresses) {
      machine.view.setBigUint64(CTX_BASE, address, true);
      expect(faultOf(run)).toMatchObject({ kind: 'load', address: `0x${address.toString(16)}` });
    }
    machine.view.setBigUint64(CTX_BASE, BigInt(CTX_BASE), true);
    expect(run()).toBe(BigInt(CTX_BASE & 0xff));
  });

  it('offsets of both signs belong to the address, with upper bits too', () => {
    const { machine, run } = prepare(
      'r1 = *(u64 *)(r1 + 0); r0 = *(u8 *)(r1 - 7); r2 = *(u8 *)(r1 + 9); r0 += r2; exit',
    );
    machine.u8[CTX_BASE + 33] = 5;
    machine.u8[CTX_BASE + 49] = 6;
    machine.view.setBigUint64(CTX_BASE, BigInt(CTX_BASE + 40), true);
    expect(run()).toBe(11n);
    machine.view.setBigUint64(CTX_BASE, BigInt(CTX_BASE + TEST_CTX_SIZE - 9), true);
    expect(faultOf(run)).toMatchObject({ insn: 2 });
    machine.view.setBigUint64(CTX_BASE, BigInt(CTX_BASE + 6), true);
    expect(faultOf(run)).toMatchObject({ insn: 1 });
  });

  it('the frame is 512 bytes, by constant and by computed address', () => {
    expect(
      prepare('*(u64 *)(r10 - 512) = 7; *(u8 *)(r10 - 1) = 1; r0 = *(u64 *)(r10 - 512); exit').run(),
    ).toBe(7n);
    expect(faultOf(prepare('r0 = *(u8 *)(r10 + 0); exit').run)).toMatchObject({
      address: `0x${FIRST_FP.toString(16)}`,
    });
    expect(faultOf(prepare('r0 = *(u64 *)(r10 - 4); exit').run)).toMatchObject({ kind: 'load' });
    expect(faultOf(prepare(`*(u8 *)(r10 - ${FRAME_SIZE + 1}) = 1; r0 = 0; exit`).run)).toMatchObject({
      kind: 'store',
    });
    const indexed = prepare('r1 = *(u64 *)(r1 + 0); r2 = r10; r2 -= r1; r0 = *(u8 *)(r2 + 0); exit');
    indexed.machine.u8[CTX_BASE] = 1;
    indexed.run();
    for (const [low, high] of [
      [0, 0],
      [1, 2],
    ] as const) {
      indexed.machine.u8[CTX_BASE] = low;
      indexed.machine.u8[CTX_BASE + 1] = high;
      expect(faultOf(indexed.run)).toMatchObject({ insn: 3 });
    }
  });

  it('an index that is masked to stay in the frame needs no check; one that may leave it has one', () => {
    const at = (mask: number, off: number): ReturnType<typeof prepare> =>
      prepare(
        `r1 = *(u8 *)(r1 + 0); r1 &= ${mask}; r2 = r10; r2 += ${off}; r2 += r1; r0 = *(u32 *)(r2 + 0); r0 = r1; exit`,
      );
    const proven = at(60, -64);
    const checked = at(61, -64);
    expect(checked.compiled.bytes.length - proven.compiled.bytes.length).toBeGreaterThan(30);
    proven.machine.u8[CTX_BASE] = 0xff;
    checked.machine.u8[CTX_BASE] = 0xff;
    expect(proven.run()).toBe(60n);
    expect(faultOf(checked.run)).toMatchObject({ insn: 5 });
    expect(faultOf(at(4, -514).run)).toMatchObject({ insn: 5 });
  });

  it('what a shift by a register, a sum or a negative number makes of an index is not taken as small', () => {
    const faults = (index: string): FaultError => {
      const { machine, run } = prepare(
        `r1 = *(u16 *)(r1 + 0); ${index}; r2 = r10; r2 += -64; r2 += r1; r0 = *(u8 *)(r2 + 0); exit`,
      );
      machine.u8[CTX_BASE] = 0x70;
      return faultOf(run);
    };
    for (const index of [
      'r3 = 64; r1 >>= r3',
      'r3 = 64; r1 <<= r3',
      'r1 |= 8',
      'r1 = -r1; r1 *= 9',
      'w1 <<= 27',
      'r1 += 7',
      'r1 -= 1000',
    ]) {
      expect(faults(index).kind, index).toBe('load');
    }
  });

  it('a check is not carried over to a register that changed, or past a join', () => {
    const { machine, run } = prepare(`r2 = *(u64 *)(r1 + 0); r3 = *(u64 *)(r1 + 8); r0 = *(u8 *)(r1 + 0)
      if r3 == 0 goto join; r0 = *(u8 *)(r2 + 0); r2 += r3; join: r0 = *(u8 *)(r2 + 0); exit`);
    const set = (at: number, step: number): void => {
      machine.view.setBigUint64(CTX_BASE, BigInt(at), true);
      machine.view.setBigUint64(CTX_BASE + 8, BigInt(step), true);
    };
    set(CTX_BASE, 8);
    run();
    set(CTX_BASE, TEST_CTX_SIZE);
    expect(faultOf(run)).toMatchObject({ insn: 6 });
    set(CTX_BASE - 1, 0);
    expect(faultOf(run)).toMatchObject({ insn: 6 });
  });

  it('compiles no check twice for the same place', () => {
    const once = prepare('r2 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r2 + 4); exit').compiled.bytes.length;
    const twice = prepare('r2 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r2 + 4); r0 = *(u16 *)(r2 + 6); exit')
      .compiled.bytes.length;
    const other = prepare('r2 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r2 + 4); r0 = *(u16 *)(r2 + 7); exit')
      .compiled.bytes.length;
    expect(twice - once).toBeLessThan(12);
    expect(other - once).toBeGreaterThan(30);
  });

  it('masks a store to a context field that keeps fewer bits', () => {
    const { machine, run } = prepare('*(u32 *)(r1 + 8) = 0x12345678; r0 = 0; exit', {
      ctxFields: [{ offset: 8, size: 4, storeMask: 0xffff }],
    });
    run();
    expect(machine.u32[(CTX_BASE + 8) >> 2]).toBe(0x5678);
  });

  it('drops a store to a context field of what it cannot hold', () => {
    const ctxFields = [{ offset: 8, size: 4, storeMask: 0xffff, storeBelow: 0xffff }];
    for (const [source, held] of [
      ['r2 = 0xfffe; *(u32 *)(r1 + 8) = r2', 0xfffe],
      ['r2 = 0xffff; *(u32 *)(r1 + 8) = r2', 5],
      ['r2 = 0x100000001 ll; *(u32 *)(r1 + 8) = r2', 5],
      ['*(u32 *)(r1 + 8) = 65535', 5],
      ['*(u32 *)(r1 + 8) = -1', 0xffff],
    ] as const) {
      const { machine, run } = prepare(`${source}; r0 = 0; exit`, { ctxFields });
      machine.u32[(CTX_BASE + 8) >> 2] = 5;
      run();
      expect(machine.u32[(CTX_BASE + 8) >> 2], source).toBe(held);
    }
  });
});

describe('trusted accesses', () => {
  it('a wild access traps, and the trap names its instruction', () => {
    const { compiled, run } = prepare(assemble('r0 = 1; r2 = -8; r0 = *(u64 *)(r2 + 0); exit'), {
      mode: { checked: false },
    });
    let stack = '';
    try {
      run();
    } catch (error) {
      stack = error instanceof Error ? (error.stack ?? '') : '';
    }
    const offset = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec(stack)?.[1] ?? '0';
    expect(compiled.insnAt(Number.parseInt(offset, 16))).toBe(2);
    expect(compiled.insnAt(0)).toBe(-1);
  });
});
