import { describe, expect, it } from 'vitest';
import { rawObject } from '../object/index.ts';
import { checkObject, loadObject } from './index.ts';

const slot = (code: number, src = 0, imm = 0) => ({ code, dst: 0, src, off: 0, imm });
const spec = rawObject({ progType: 'xdp', insns: [slot(0xb7), slot(0x85, 2, 4711), slot(0x95)] });

describe('a call of a kernel function', () => {
  it('is named by checkObject(): program, section, instruction, BTF id', () => {
    expect(checkObject(spec)).toMatchObject([
      { program: 'prog', kind: 'kfunc', name: 'BTF id 4711', section: 'xdp', insn: 1 },
    ]);
  });

  it('is refused by loadObject() in the same words', () => {
    expect(() => loadObject(spec)).toThrow(
      "kfunc 'BTF id 4711': program 'prog' section xdp insn 1: calls of kernel functions are not supported",
    );
  });
});
