import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BtfError } from '../errors.ts';
import { parseObject } from '../object/index.ts';
import {
  type Btf,
  decodeValue,
  encodeValue,
  findDatasec,
  findType,
  formatValue,
  jsonValue,
  parseBtf,
  parseBtfExt,
  printDeclaration,
  printDefinition,
  printType,
  sizeOfType,
} from './index.ts';

/** Builds a .BTF section: types as words (name as text, then info, size or type, data). */
function btfBytes(...types: (readonly (string | number)[])[]): Uint8Array {
  let strings = '\0';
  const words = types.flat().map((word) => {
    if (typeof word === 'number') return word;
    if (word === '') return 0;
    strings += `${word}\0`;
    return strings.length - word.length - 1;
  });
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0001eb9f, true);
  [24, 0, words.length * 4, words.length * 4, strings.length].forEach((word, index) => {
    view.setUint32(4 + index * 4, word, true);
  });
  words.forEach((word, index) => {
    view.setUint32(24 + index * 4, word, true);
  });
  bytes.set(new TextEncoder().encode(strings), 24 + words.length * 4);
  return bytes;
}

const kind = (number: number, vlen = 0, flag = 0): number => ((flag << 31) | (number << 24) | vlen) >>> 0;
const INT = ['int', kind(1), 4, (1 << 24) | 32] as const;
const U8 = ['u8', kind(1), 1, 8] as const;
const U64 = ['u64', kind(1), 8, 64] as const;
const parse = (...types: (readonly (string | number)[])[]): Btf => parseBtf(btfBytes(...types));

const object = parseObject(readFileSync(new URL('../object/testdata/maps.bpf.o', import.meta.url)));
const btf = object.btf!;
const VALUE = findType(btf, 'struct', 'value')!.id;
const KEY = findType(btf, 'struct', 'inner_key')!.id;

describe('parseBtf()', () => {
  it('reads every kind', () => {
    const all = parse(
      INT,
      ['', kind(2), 1],
      ['', kind(3), 0, 1, 1, 4],
      ['s', kind(4, 1), 4, 'm', 1, 0],
      ['u', kind(5, 1), 4, 'm', 1, 0],
      ['e', kind(6, 1, 1), 4, 'MINUS', 0xffffffff],
      ['f', kind(7, 0, 1), 0],
      ['t', kind(8), 1],
      ['', kind(9), 1],
      ['', kind(10), 1],
      ['', kind(11), 2],
      ['fn', kind(12, 1), 13],
      ['', kind(13, 1), 1, 'arg', 1],
      ['v', kind(14), 1, 1],
      ['.data', kind(15, 1), 4, 14, 0, 4],
      ['fl', kind(16), 8],
      ['tag', kind(17), 4, 0xffffffff],
      ['ttag', kind(18), 1],
      ['e64', kind(19, 1), 8, 'BIG', 1, 0x80000000],
    );
    expect(all.types.map((type) => type.kind)).toEqual(
      'void int ptr array struct union enum fwd typedef volatile const restrict func func_proto var datasec float decl_tag type_tag enum64'.split(
        ' ',
      ),
    );
    expect(all.types[6]).toMatchObject({ signed: true, values: [{ name: 'MINUS', value: -1n }] });
    expect(all.types[17]).toMatchObject({ component: -1, type: 4 });
    expect(all.types[19]).toMatchObject({ values: [{ name: 'BIG', value: 0x8000000000000001n }] });
    expect([2, 3, 4, 12, 15].map((id) => sizeOfType(all, id))).toEqual([8, 16, 4, -1, 4]);
  });

  it('continues the ids and strings of a base (split BTF)', () => {
    const base = parse(INT);
    const split = btfBytes(['more', kind(8), 1]);
    // The first string of the split section follows the base's last one.
    new DataView(split.buffer).setUint32(24, base.stringsSize + 1, true);
    expect(parseBtf(split, base).types[2]).toMatchObject({ id: 2, kind: 'typedef', name: 'more', type: 1 });
  });

  it.each<[string, RegExp, () => unknown]>([
    ['bytes too few for a header', /4 bytes/, () => parseBtf(new Uint8Array(4))],
    ['another magic', /magic 0x0/, () => parseBtf(new Uint8Array(24))],
    ['big endian', /big endian/, () => parseBtf(btfBytes(INT).map((byte, at) => [0xeb, 0x9f][at] ?? byte))],
    ['unknown kinds', /kind 31 does not exist/, () => parse(['x', kind(31), 0])],
    ['references past the end', /refers to type 9/, () => parse(['', kind(2), 9])],
    ['entries past the end', /65535 entries ends past/, () => parse(['s', kind(4, 0xffff), 4])],
    ['names outside the strings', /string offset 4660/, () => parse([0x1234, kind(7), 0])],
    ['a struct that contains itself', /'s' contains itself/, () => parse(['s', kind(4, 1), 4, 'm', 1, 0])],
    ['a typedef of itself', /'a' contains itself/, () => parse(['a', kind(8), 2], ['b', kind(8), 1])],
    ['a pointer to itself', /contains itself/, () => parse(['', kind(2), 1])],
    ['members past their struct', /ends at bit 64 of 32/, () => parse(INT, ['s', kind(4, 1), 4, 'm', 1, 32])],
    ['arrays of functions', /no size/, () => parse(['', kind(13), 0], ['', kind(3), 0, 1, 1, 1])],
    ['arrays over 4 GiB', /larger than 4 GiB/, () => parse(U64, ['', kind(3), 0, 1, 1, 0x40000000])],
    ['functions without prototype', /no func_proto/, () => parse(INT, ['f', kind(12), 1])],
    ['sections of types', /no variable but int/, () => parse(INT, ['.data', kind(15, 1), 4, 1, 0, 4])],
    ['huge ints', /33 bytes/, () => parse(['i', kind(1), 33, 8])],
    [
      'chains of 300 types',
      /chain of more than 256/,
      () => parse(INT, ...Array.from({ length: 300 }, (_, i) => ['', kind(2), i + 1])),
    ],
  ])('refuses %s', (_, message, run) => {
    expect(run).toThrow(BtfError);
    expect(run).toThrow(message);
  });

  it('takes pointers to an enclosing struct, which are no cycle', () => {
    expect(parse(['list', kind(4, 1), 8, 'next', 2, 0], ['', kind(2), 1]).types).toHaveLength(3);
  });
});

describe('parseBtfExt()', () => {
  const section = (info: readonly number[]): Uint8Array =>
    new Uint8Array(
      Uint32Array.from([0x0001eb9f, 24, 0, info.length * 4, info.length * 4, 0, ...info]).buffer,
    );

  it('refuses records that are too short, too many, or name no function', () => {
    const types = parse(INT);
    expect(() => parseBtfExt(section([4, 0, 1, 0]), types)).toThrow(/records of 4 bytes/);
    expect(() => parseBtfExt(section([8, 0, 1000, 0, 1]), types)).toThrow(/func_info ends past/);
    expect(() => parseBtfExt(section([8, 0, 1, 0, 1]), types)).toThrow(/named by func_info, is no function/);
  });
});

describe('printType()', () => {
  it('writes declarators inside out, as C does', () => {
    const types = parse(
      INT, // 1
      ['', kind(2), 3], // 2: pointer to function
      ['', kind(13, 2), 1, 'a', 1, '', 0], // 3: int (int a, ...)
      ['', kind(3), 0, 1, 1, 4], // 4
      ['', kind(2), 4], // 5: pointer to array
      ['', kind(10), 1], // 6: const int
      ['', kind(2), 6], // 7: const int *
      ['', kind(10), 7], // 8: const int * const
    );
    expect([2, 4, 5, 8].map((id) => printType(types, id))).toEqual([
      'int (*)(int a, ...)',
      'int[4]',
      'int (*)[4]',
      'const int *const',
    ]);
    expect(printDeclaration(types, 2, 'callback')).toBe('int (*callback)(int a, ...)');
  });

  it('prints definitions with bit fields and anonymous unions', () => {
    expect(printDefinition(btf, VALUE)).toBe(
      [
        'struct value {',
        '  __u64 packets;',
        '  char name[8];',
        '  enum color color;',
        '  unsigned int low : 3;',
        '  unsigned int high : 13;',
        '  union {',
        '    __u32 word;',
        '    __u8 bytes[4];',
        '  };',
        '  struct value *next;',
        '  double ratio[1];',
        '};',
      ].join('\n'),
    );
  });

  it('ends with an error where anonymous types multiply without end', () => {
    const types = parse(['', kind(4, 2), 16, 'a', 2, 0, 'b', 2, 64], ['', kind(2), 1]);
    expect(() => printType(types, 1)).toThrow(/more than 1048576 characters/);
  });
});

describe('decodeValue() and encodeValue()', () => {
  const value = {
    packets: 0xffff_ffff_ffff_fffen,
    name: 'hi',
    color: 'BLUE',
    low: 5,
    high: 8191,
    word: 0x04030201,
    bytes: [1, 2, 3, 4],
    next: '0xffff888100000000',
    ratio: [0.5],
  };

  it('are inverse on a struct of all sorts', () => {
    const bytes = encodeValue(btf, VALUE, value);
    expect(Array.from(bytes.subarray(8, 28))).toEqual([
      0x68, 0x69, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0xfd, 0xff, 0, 0, 1, 2, 3, 4,
    ]);
    expect(decodeValue(btf, VALUE, bytes)).toEqual(value);
  });

  it('give text for a char array only where it encodes back to the same bytes', () => {
    const bytes = encodeValue(btf, VALUE, { name: [104, 105, 0, 106] });
    expect(decodeValue(btf, VALUE, bytes)).toMatchObject({ name: [104, 105, 0, 106, 0, 0, 0, 0] });
  });

  it('read any bytes and write them back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (random) => {
        const bytes = encodeValue(
          btf,
          VALUE,
          decodeValue(btf, VALUE, new Uint8Array([...random, ...Array(16).fill(0)])),
        );
        // Padding has no value: after the bit fields, and before the pointer.
        for (const at of [22, 23, 28, 29, 30, 31]) random[at] = bytes[at] ?? 0;
        expect(Array.from(bytes.subarray(0, 32))).toEqual(Array.from(random));
      }),
    );
  });

  it('take numbers as text, enums as numbers, whole values as bytes, and leave out members', () => {
    expect(encodeValue(btf, KEY, { port: '0x1f90' })).toEqual(Uint8Array.of(0, 0, 0, 0, 0x90, 0x1f));
    expect(encodeValue(btf, VALUE, { color: -1, packets: '18446744073709551615' }).subarray(16, 20)).toEqual(
      new Uint8Array(4).fill(255),
    );
    expect(encodeValue(btf, KEY, new Uint8Array(6).fill(7))).toEqual(new Uint8Array(6).fill(7));
    expect(encodeValue(btf, KEY, { addr: Uint8Array.of(1, 2, 3, 4) }).subarray(0, 4)).toEqual(
      Uint8Array.of(1, 2, 3, 4),
    );
  });

  it.each<[unknown, string]>([
    [{ bytes: [0, 0, 300] }, 'BTF: value.bytes[2]: 300 does not fit __u8'],
    [{ low: 8 }, 'BTF: value.low: 8 does not fit unsigned int : 3'],
    [{ color: 'PINK' }, "BTF: value.color: 'PINK' is no value of enum color: RED, GREEN, BLUE"],
    [{ packets: 1.5 }, 'BTF: value.packets: 1.5 is no integer, __u64 wants one'],
    [{ packets: -1 }, 'BTF: value.packets: -1 does not fit __u64'],
    [{ name: 'far too long' }, 'BTF: value.name: 12 bytes of text do not fit char[8]'],
    [{ bytes: [1, 2, 3, 4, 5] }, 'BTF: value.bytes: 5 elements do not fit __u8[4]'],
    [{ bytes: 7 }, 'BTF: value.bytes: 7 is no array, __u8[4] wants one'],
    [{ bytes: new Uint8Array(3) }, 'BTF: value.bytes: 3 bytes given, __u8[4] has 4'],
    [[1], 'BTF: value: an array of 1 is no object, struct value wants one'],
    [null, 'BTF: value: null is no object, struct value wants one'],
    [{ ratio: ['x'] }, "BTF: value.ratio[0]: 'x' is no number, double wants one"],
    [
      { nam: 1 },
      'BTF: value.nam: struct value has no such member; it has packets, name, color, low, high, word, bytes, next, ratio',
    ],
  ])('refuse %j and say where', (wrong, message) => {
    expect(() => encodeValue(btf, VALUE, wrong)).toThrow(new BtfError(0, message.slice(5)));
  });

  it('refuse fewer bytes than the type has, and types without values', () => {
    expect(() => decodeValue(btf, VALUE, new Uint8Array(47))).toThrow(/has 48 bytes, 47 given/);
    expect(() => decodeValue(btf, 0, new Uint8Array(8))).toThrow(/has no values/);
    expect(() => decodeValue(btf, 1e6, new Uint8Array(8))).toThrow(/does not exist/);
  });

  it('stop at endless arrays of nothing', () => {
    const types = parse(['', kind(4, 0), 0], ['', kind(3), 0, 1, 1, 0xffffffff]);
    expect(() => decodeValue(types, 2, new Uint8Array(0))).toThrow(/values in one/);
  });

  it('give raw bytes for the part of a variable that LLVM split off', () => {
    const bss = findDatasec(btf, '.bss')!;
    expect(decodeValue(btf, bss.id, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toEqual({
      'zeroed.0': [1, 2, 3, 4, 5, 6, 7, 8],
    });
  });

  it('read signed and unsigned integers of all sizes, bool and 128 bits', () => {
    const ones = new Uint8Array(16).fill(255);
    const int = (size: number, encoding: number): unknown =>
      decodeValue(parse(['i', kind(1), size, (encoding << 24) | (size * 8)]), 1, ones);
    expect([1, 2, 4, 8, 16].map((size) => int(size, 1))).toEqual([-1, -1, -1, -1n, -1n]);
    expect([1, 2, 4, 8, 16].map((size) => int(size, 0))).toEqual([
      255,
      65535,
      0xffffffff,
      (1n << 64n) - 1n,
      (1n << 128n) - 1n,
    ]);
    expect(decodeValue(parse(['bool', kind(1), 1, (4 << 24) | 8]), 1, Uint8Array.of(1))).toBe(true);
    expect(int(1, 4)).toBe(255);
  });
});

describe('jsonValue()', () => {
  it('writes what JSON lacks as text', () => {
    expect(jsonValue({ a: 1n << 63n, b: [Number.NaN, 1.5], c: 'x', d: true })).toEqual({
      a: '9223372036854775808',
      b: ['NaN', 1.5],
      c: 'x',
      d: true,
    });
  });
});

describe('formatValue()', () => {
  it('lays values out as bpftool map dump', () => {
    expect(formatValue(btf, KEY, Uint8Array.of(1, 2, 3, 4, 80, 0))).toBe(
      '{\n    "addr": [1,2,3,4],\n    "port": 80\n}',
    );
    expect(formatValue(parse(U8), 1, Uint8Array.of(9))).toBe('9');
  });
});
