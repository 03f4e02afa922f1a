/** Assembly text: what the log's syntax does not have (labels, names, comments), and errors with their place. */
import { describe, expect, it } from 'vitest';
import { assemble, assembleWithLabels, disassemble } from './index.ts';

const OPTIONS = {
  helperId: (name: string) => ({ bpf_map_lookup_elem: 1, bpf_loop: 181 })[name],
  kfuncId: (name: string) => (name === 'bpf_iter_num_new' ? 64231 : undefined),
  mapIndex: (name: string) => (name === 'flows' ? 3 : undefined),
};
const text = (source: string): string[] =>
  disassemble(assemble(source, OPTIONS)).map((line) => line.replace(/^\d+: /, ''));

describe('assemble()', () => {
  it('resolves labels forwards and backwards over two-slot instructions', () => {
    expect(text('loop: r1 += 1; r2 = 5 ll\n if r1 < 10 goto loop; goto out\nout: exit')).toEqual([
      '(07) r1 += 1',
      '(18) r2 = 0x5',
      '(a5) if r1 < 0xa goto pc-4',
      '(05) goto pc+0',
      '(95) exit',
    ]);
  });

  it('calls helpers by name, number or both, subprograms by label and kfuncs by name', () => {
    const source =
      'call bpf_map_lookup_elem; call #14; call x#7; call sub; call bpf_iter_num_new; exit; sub: exit';
    expect(text(source)).toEqual([
      '(85) call unknown#1',
      '(85) call unknown#14',
      '(85) call unknown#7',
      '(85) call pc+2',
      '(85) call kernel-function#64231',
      '(95) exit',
      '(95) exit',
    ]);
  });

  it('loads maps, their values, kernel variables and callbacks', () => {
    const source =
      'r1 = map[flows]; r2 = map[0][0]+8; r3 = map_idx[1]; r4 = btf[7]; r5 = func cb; exit; cb: exit';
    expect(text(source)).toEqual([
      '(18) r1 = map[3]',
      '(18) r2 = map[0][0]+8',
      '(18) r3 = map_idx[1]',
      '(18) r4 = btf[7]',
      '(18) r5 = func pc+2',
      '(95) exit',
      '(95) exit',
    ]);
  });

  it('takes ld_imm64 where 32 bits are too few, and the bits of a comparison as the log prints them', () => {
    expect(text('r1 = 0xfffffffe; w1 = 0xfffffffe; if r1 == 0xfffffffe goto +0; exit')).toEqual([
      '(18) r1 = 0xfffffffe',
      '(b4) w1 = -2',
      '(15) if r1 == 0xfffffffe goto pc+0',
      '(95) exit',
    ]);
  });

  it('reads a pasted log and skips comments', () => {
    const source = '# nothing\n0: (bf) r1 = r10   ; R1=fp0 R10=fp0\n// more\n1: (95) exit';
    expect(text(source)).toEqual(['(bf) r1 = r10', '(95) exit']);
  });

  it('says at which slot each label stands', () => {
    expect(assembleWithLabels('a: r0 = 1 ll; b: c: exit').labels).toEqual(
      new Map([
        ['a', 0],
        ['b', 2],
        ['c', 2],
      ]),
    );
  });

  it.each([
    ['r0 = 0\n  bogus r1', 2, 3, /expected an instruction, found 'bogus r1'/],
    ['exit; goto nowhere', 1, 12, /no label 'nowhere'/],
    ['r0 = w1', 1, 6, /expected r1/],
    ['w0 += 0x1ffffffff', 1, 7, /does not fit the 32-bit immediate/],
    ['r0 += 0xffffffff', 1, 7, /does not fit the 32-bit immediate/],
    ['r1 = *(u24 *)(r2 +0)', 1, 8, /expected a type/],
    ['r1 = *(u32 *)(r2 +40000)', 1, 18, /does not fit 16 bits/],
    ['lock *(u8 *)(r1 +0) += r2', 1, 21, /no add of 1 bytes/],
    ['r1 = atomic_xchg((u32 *)(r2 +0), r3)', 1, 34, /operand's register/],
    ['call bpf_nothing', 1, 6, /no label, helper or kfunc/],
    ['r1 = map[other]', 1, 9, /no map 'other'/],
    ['exit exit', 1, 6, /unexpected 'exit'/],
    ['(b7) r1 = r2', 1, 1, /encodes to opcode \(bf\)/],
    ['x: exit; x: exit', 1, 10, /there already/],
    ['exit; end:', 1, 1, /has no instruction/],
    ['r11 = 0', 1, 1, /expected an instruction/],
    ['r1 = 0x10000000000000000 ll', 1, 6, /does not fit 64 bits/],
  ])('refuses %j at %i:%i', (source, line, column, rule) => {
    expect(() => assemble(source, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'ERR_BPF_ASM', line, column, message: expect.stringMatching(rule) }),
    );
  });
});
