import { describe, expect, it } from 'vitest';
import { assemble, ROWS, rowOf } from '../../src/isa/index.ts';
import { live, liveName, notLive } from '../backends.ts';
import { keepSlots, slotsOf } from './delete-slots.ts';
import { compareProgram, diffProgram, type KernelEngines, shrinkProgram } from './diff-engine.ts';
import { openKernelEngines } from './kernel-engine.ts';

const kernels: KernelEngines | undefined = live ? await openKernelEngines({ quiet: true }) : undefined;
const PROGRAMS = 200;

describe(`compareProgram() [${kernels ? liveName : `only our engines: ${notLive}`}]`, () => {
  it(`finds no difference in ${PROGRAMS} programs, of which the kernel takes most`, () => {
    let accepted = 0;
    for (let index = 0; index < PROGRAMS; index++) {
      const { kernel, difference } = compareProgram(diffProgram(1, index), kernels);
      expect(difference, `program ${index}`).toBeUndefined();
      if (kernel === 'accepted') accepted++;
    }
    if (kernels) expect(accepted).toBeGreaterThan(PROGRAMS / 2);
  }, 60_000);

  it.runIf(kernels)('tells where the kernel and our engines disagree, and with how little', () => {
    // What is not on any stack yet is anything in the kernel, and 0 here.
    const program = { ...diffProgram(1, 0), progType: 'xdp' as const, wild: false };
    const insns = assemble('r1 = 5\nr2 = 7\nr2 += r1\nr0 = *(u64 *)(r10 -8)\nr0 >>= 32\nr0 = r10\nexit');
    const { difference } = compareProgram({ ...program, insns }, kernels);
    expect(difference).toMatchObject({ input: 0, engines: ['kernel', 'checked'] });
  });
});

describe('diffProgram()', () => {
  it('is the same program for the same seed and number', () => {
    expect(diffProgram(5, 9)).toEqual(diffProgram(5, 9));
    expect(diffProgram(5, 9).insns).not.toEqual(diffProgram(6, 9).insns);
  });

  it('uses every row of the table but kernel functions, kernel variables, arenas and maps by index', () => {
    const used = new Set<string>();
    for (let index = 0; index < 1500; index++) {
      for (const insn of diffProgram(2, index).insns) used.add(rowOf(insn)?.key ?? '');
    }
    const absent = ROWS.map(({ key }) => key).filter((key) => !used.has(key));
    const left = ['call_kfunc', 'lddw_btf_id', 'addr_space_cast', 'lddw_map_idx', 'lddw_map_idx_value'];
    expect(absent.filter((key) => !left.includes(key))).toEqual([]);
  });
});

describe('keepSlots()', () => {
  it('keeps jumps, calls and callbacks on what they led to', () => {
    const insns = assemble(
      'r1 = 1\nif r1 > 2 goto +3\nr2 = 0x100000000 ll\nr3 = 3\ncall pc+1\nexit\nr0 = 0\nexit',
    );
    const without = keepSlots(
      insns,
      slotsOf(insns).filter((pc) => pc !== 2 && pc !== 4),
    );
    expect(without).toEqual(assemble('r1 = 1\nif r1 > 2 goto +0\ncall pc+1\nexit\nr0 = 0\nexit'));
  });
});

describe('shrinkProgram()', () => {
  it('gives back what does not differ', () => {
    const program = diffProgram(1, 3);
    expect(shrinkProgram(program, undefined)).toBe(program);
  });
});
