import { describe, expect, it } from 'vitest';
import { assemble, disassemble, ROWS, rowOf } from '../../src/isa/index.ts';
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
});

describe('shrinkProgram()', () => {
  it.runIf(kernels)('leaves only what the kernel and our engines disagree about', () => {
    // The stack is somewhere else in the kernel.
    const source = 'r1 = 5\nr2 = 7\nif r2 > r1 goto +1\nr2 += r1\nr0 = r10\nr0 += r2\nexit';
    const program = { ...diffProgram(1, 0), progType: 'xdp', wild: false, insns: assemble(source) } as const;
    expect(compareProgram(program, kernels).difference).toMatchObject({ engines: ['kernel', 'checked'] });
    const { insns, inputs } = shrinkProgram(program, kernels);
    expect(disassemble(insns)).toEqual(['0: (bf) r0 = r10', '1: (95) exit']);
    expect(inputs).toHaveLength(1);
  });

  it('gives back what does not differ', () => {
    const program = diffProgram(1, 3);
    expect(shrinkProgram(program, undefined)).toBe(program);
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
