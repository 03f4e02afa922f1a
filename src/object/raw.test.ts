import { describe, expect, it } from 'vitest';
import { rawObject } from './index.ts';

const EXIT = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
const MOV = { code: 0xb7, dst: 0, src: 0, off: 0, imm: 2 };

describe('rawObject()', () => {
  it('fills in names and defaults', () => {
    const spec = rawObject({
      insns: [MOV, EXIT],
      progType: 'xdp',
      maps: [{ type: 'hash' }, { type: 99, name: 'odd' }],
    });
    expect(spec).toMatchObject({
      license: 'GPL',
      programs: [{ name: 'prog', progType: 'xdp', autoload: true, functions: [{ name: 'prog', pc: 0 }] }],
      maps: [
        {
          name: 'map0',
          type: 1,
          typeName: 'hash',
          keySize: 4,
          valueSize: 8,
          maxEntries: 1,
          inner: undefined,
        },
        { name: 'odd', type: 99, typeName: undefined },
      ],
    });
  });

  it('reads instruction bytes, two slots for ld_imm64', () => {
    const bytes = Uint8Array.of(
      0x18,
      0x12,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0xff,
      0xff,
      0xff,
      0xff,
      0x95,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    );
    expect(rawObject({ insns: bytes, progType: 'xdp' }).programs[0]?.insns).toEqual([
      { code: 0x18, dst: 2, src: 1, off: 0, imm: 1 },
      { code: 0, dst: 0, src: 0, off: 0, imm: -1 },
      EXIT,
    ]);
    expect(() => rawObject({ insns: bytes.subarray(1), progType: 'xdp' })).toThrow(
      /23 bytes are no whole number/,
    );
  });

  it('finds subprograms by calls and by function pointers', () => {
    const call = { code: 0x85, dst: 0, src: 1, off: 0, imm: 3 };
    const func = [
      { code: 0x18, dst: 2, src: 4, off: 0, imm: 4 },
      { code: 0, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    const spec = rawObject({ insns: [call, ...func, EXIT, MOV, EXIT, EXIT], progType: 'xdp' });
    expect(spec.programs[0]?.functions.map(({ pc }) => pc)).toEqual([0, 4, 6]);
  });
});
