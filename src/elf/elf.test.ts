import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ElfError } from '../errors.ts';
import { EM_BPF, ET_REL, parseElf, readRelocations, SHT, STB, STT } from './index.ts';

const bytes = new Uint8Array(readFileSync(new URL('../object/testdata/subprograms.bpf.o', import.meta.url)));

function broken(change: (view: DataView, copy: Uint8Array) => void): () => unknown {
  const copy = bytes.slice();
  change(new DataView(copy.buffer), copy);
  return () => parseElf(copy);
}

/** Offset in the file of the header of the section with this name. */
function headerOf(name: string): number {
  const start = new DataView(bytes.buffer).getUint32(40, true);
  return start + 64 * (parseElf(bytes).sections.find((section) => section.name === name)?.index ?? 0);
}

describe('parseElf()', () => {
  it('reads sections, symbols and their names', () => {
    const elf = parseElf(bytes);
    expect(elf).toMatchObject({ type: ET_REL, machine: EM_BPF });
    const xdp = elf.sections.find(({ name }) => name === 'xdp');
    expect(xdp).toMatchObject({ type: SHT.PROGBITS, flags: 6 });
    expect(xdp?.data.length).toBe(xdp?.size);
    expect(elf.symbols.find(({ name }) => name === 'first')).toMatchObject({
      type: STT.FUNC,
      bind: STB.GLOBAL,
      section: xdp?.index,
      value: 0,
    });
  });

  it('gives section symbols the name of their section', () => {
    const { symbols } = parseElf(bytes);
    expect(symbols.filter(({ type }) => type === STT.SECTION).map(({ name }) => name)).toContain('.text');
  });

  it('reads relocations with their symbols', () => {
    const elf = parseElf(bytes);
    const section = elf.sections.find(({ name }) => name === '.relxdp')!;
    const names = readRelocations(elf, section).map(({ symbol }) => symbol.name);
    expect(names).toEqual(['.text', 'counts', '.data', '.text']);
    expect(() => readRelocations(elf, elf.sections[1]!)).toThrow(/only/);
  });

  it('reads a view into a larger buffer without copying or changing it', () => {
    const outer = new Uint8Array(bytes.length + 7);
    outer.set(bytes, 7);
    expect(parseElf(outer.subarray(7)).symbols).toEqual(parseElf(bytes).symbols);
  });

  it.each<[string, number, RegExp, (view: DataView, copy: Uint8Array) => void]>([
    ['what is no ELF file', 0, /not an ELF file/, (_, copy) => copy.fill(0, 0, 4)],
    ['ELF32', 4, /only ELF64/, (view) => view.setUint8(4, 1)],
    ['big endian', 5, /big endian/, (view) => view.setUint8(5, 2)],
    ['section headers past the end', 40, /end past the file/, (view) => view.setUint32(40, 0x7fffffff, true)],
    ['too many section headers', 60, /65279 section headers/, (view) => view.setUint16(60, 65279, true)],
    ['section headers of a wrong size', 58, /40 bytes/, (view) => view.setUint16(58, 40, true)],
    [
      'a name section that is not there',
      62,
      /shall hold the section names/,
      (view) => view.setUint16(62, 500, true),
    ],
  ])('refuses %s', (_, offset, message, change) => {
    const parse = broken(change);
    expect(parse).toThrow(ElfError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ offset }));
  });

  it('refuses a section whose contents end past the file, naming the header', () => {
    const at = headerOf('xdp');
    const parse = broken((view) => view.setUint32(at + 36, 0x10000000, true));
    expect(parse).toThrow(expect.objectContaining({ offset: at + 24 }));
  });

  it('refuses names outside the string table', () => {
    expect(broken((view) => view.setUint32(headerOf('xdp'), 0xffffff, true))).toThrow(/of a string table of/);
  });

  it('throws nothing but ElfError whatever the headers say', () => {
    const position = fc.oneof(fc.nat(64), fc.integer({ min: headerOf(''), max: bytes.length - 1 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
        const copy = bytes.slice();
        for (const [at, value] of edits) copy[at] = value;
        try {
          const elf = parseElf(copy);
          for (const section of elf.sections) if (section.type === SHT.REL) readRelocations(elf, section);
        } catch (error) {
          expect(error).toBeInstanceOf(ElfError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
