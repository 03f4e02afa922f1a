import { describe, expect, it } from 'vitest';
import { assemble, type Insn } from '../isa/index.ts';
import { checkHelpers, isGplCompatible } from './check.ts';

const call = (imm: number, src = 0): Insn => ({ code: 0x85, dst: 0, src, off: 0, imm });

describe('checkHelpers()', () => {
  it('finds nothing in a program whose helpers all exist and are allowed', () => {
    const insns = assemble('call #5; r0 = 0; exit');
    expect(checkHelpers(insns, 'xdp', 'GPL', new Set(['ktime_get_ns']))).toEqual([]);
    expect(checkHelpers(insns, 'xdp', 'GPL', new Set(['bpf_ktime_get_ns']))).toEqual([]);
    expect(checkHelpers(insns, 'xdp', 'GPL')).toEqual([]);
  });

  it('names a number that 6.18 does not have', () => {
    expect(checkHelpers([call(212), call(-1)], 'xdp', 'GPL')).toMatchObject([
      { insn: 0, helper: 'unknown#212', problem: 'unknown' },
      { insn: 1, helper: 'unknown#-1', problem: 'unknown' },
    ]);
  });

  it('says first that the type forbids a helper, then that the license does, then that it is missing', () => {
    const setup = (allowed: string, license: string) =>
      checkHelpers([call(169)], 'xdp', license, new Set([allowed])).map(({ problem }) => problem);
    expect(setup('ktime_get_ns', 'MIT')).toEqual(['not-allowed']);
    expect(setup('timer_init', 'MIT')).toEqual(['gpl-only']);
    expect(setup('timer_init', 'GPL')).toEqual(['missing']);
  });

  it('gives the exact name and the reason of what is missing', () => {
    expect(checkHelpers([call(5), call(169)], 'xdp', 'GPL')).toEqual([
      {
        insn: 1,
        helper: 'bpf_timer_init',
        problem: 'missing',
        reason: 'no timers in the simulated kernel yet',
      },
    ]);
  });

  it('looks at helper calls only: not at subprograms, kfuncs and the second slot of ld_imm64', () => {
    const insns = [call(999, 1), call(999, 2), ...assemble('r1 = 0x8500000085 ll; exit')];
    expect(checkHelpers(insns, 'xdp', 'GPL')).toEqual([]);
  });
});

describe('isGplCompatible()', () => {
  it('takes exactly the six licenses of the kernel', () => {
    const licenses = [
      'GPL',
      'GPL v2',
      'GPL and additional rights',
      'Dual BSD/GPL',
      'Dual MIT/GPL',
      'Dual MPL/GPL',
    ];
    expect(licenses.filter((license) => !isGplCompatible(license))).toEqual([]);
    expect(['', 'gpl', 'GPL v3', 'GPLv2', 'MIT', 'Proprietary'].filter(isGplCompatible)).toEqual([]);
  });
});
