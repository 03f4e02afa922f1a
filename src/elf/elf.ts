/** ELF64 little endian files: header, section headers, symbols, relocations. */
import { ElfError } from '../errors.ts';
import { SHN, SHT, STT } from './constants.ts';
import { type NameReader, nameReader } from './strings.ts';

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** SHT_*. */
  readonly type: number;
  /** SHF_*, lower 32 bits. */
  readonly flags: number;
  /** Where the contents start in the file. */
  readonly offset: number;
  /** Bytes in memory; NOBITS sections have no bytes in the file. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entSize: number;
  /** A view of the file's bytes; empty for NOBITS. */
  readonly data: Uint8Array;
}

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  /** STT_*. */
  readonly type: number;
  /** STB_*. */
  readonly bind: number;
  /** STV_*. */
  readonly visibility: number;
  /** Section index, or one of SHN_*. */
  readonly section: number;
  readonly value: number;
  readonly size: number;
}

export interface ElfRelocation {
  /** Byte offset in the section that it changes. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

export interface ElfFile {
  /** ET_*. */
  readonly type: number;
  /** EM_*. */
  readonly machine: number;
  /** By section index; [0] is the null section. */
  readonly sections: readonly ElfSection[];
  /** By symbol index; [0] is the null symbol. */
  readonly symbols: readonly ElfSymbol[];
}

const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;
const REL_SIZE = 16;

/**
 * Reads the headers, sections and symbols. Every offset and size is checked against the file.
 * @throws {@link ElfError} with the file offset at fault.
 */
export function parseElf(file: Uint8Array): ElfFile {
  // Not a subclass: the slice() of Node's Buffer does not copy.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkIdent(bytes);
  const headers = sectionHeaders(view);
  const sections = nameSections(bytes, view, headers);
  return {
    type: view.getUint16(16, true),
    machine: view.getUint16(18, true),
    sections,
    symbols: readSymbols(view, sections),
  };
}

function checkIdent(bytes: Uint8Array): void {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ElfError(0, 'not an ELF file: it does not start with 7f 45 4c 46');
  }
  if (bytes.length < EHDR_SIZE)
    throw new ElfError(0, `the file ends after ${bytes.length} bytes, inside the ELF header`);
  if (bytes[4] !== 2) throw new ElfError(4, `class ${bytes[4]}, only ELF64 (2) is read`);
  if (bytes[5] !== 1) {
    throw new ElfError(
      5,
      `data encoding ${bytes[5]}${bytes[5] === 2 ? ' (big endian)' : ''}, only little endian (1) is read`,
    );
  }
}

type Header = Omit<ElfSection, 'name' | 'data'> & { readonly nameOffset: number; readonly at: number };

/** A u64 as a number; beyond 2^53 it is imprecise, which no check minds: nothing that large fits in a file. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function sectionHeaders(view: DataView): { list: Header[]; names: number } {
  const start = u64(view, 40);
  if (start === 0) return { list: [], names: 0 };
  const entrySize = view.getUint16(58, true);
  if (entrySize !== SHDR_SIZE)
    throw new ElfError(58, `section headers of ${entrySize} bytes, they have ${SHDR_SIZE}`);
  if (start + SHDR_SIZE > view.byteLength)
    throw new ElfError(40, outside('section headers', start, SHDR_SIZE, view));
  // More than 0xff00 sections: the real numbers stand in the null section's header.
  const count = view.getUint16(60, true) || u64(view, start + 32);
  const names = view.getUint16(62, true);
  if (start + count * SHDR_SIZE > view.byteLength) {
    throw new ElfError(60, outside(`${count} section headers`, start, count * SHDR_SIZE, view));
  }
  const list = Array.from({ length: count }, (_, index) =>
    readHeader(view, start + index * SHDR_SIZE, index),
  );
  return { list, names: names === SHN.XINDEX ? (list[0]?.link ?? 0) : names };
}

function readHeader(view: DataView, at: number, index: number): Header {
  return {
    index,
    at,
    nameOffset: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    flags: view.getUint32(at + 8, true),
    offset: u64(view, at + 24),
    size: u64(view, at + 32),
    link: view.getUint32(at + 40, true),
    info: view.getUint32(at + 44, true),
    entSize: u64(view, at + 56),
  };
}

function outside(what: string, offset: number, size: number, view: DataView): string {
  return `${what} at ${offset}, ${size} bytes, end past the file's ${view.byteLength} bytes`;
}

function nameSections(
  bytes: Uint8Array,
  view: DataView,
  headers: { list: Header[]; names: number },
): ElfSection[] {
  const contents = (header: Header): Uint8Array => {
    // SHT_NULL headers hold no section: their size is the extended section count.
    if (header.type === SHT.NOBITS || header.type === SHT.NULL) return bytes.subarray(0, 0);
    if (header.offset + header.size > view.byteLength) {
      throw new ElfError(
        header.at + 24,
        outside(`section ${header.index}`, header.offset, header.size, view),
      );
    }
    return bytes.subarray(header.offset, header.offset + header.size);
  };
  const table = headers.list[headers.names];
  if (headers.list.length > 0 && !table) {
    throw new ElfError(
      62,
      `section ${headers.names} shall hold the section names, there are ${headers.list.length}`,
    );
  }
  const name: NameReader = table ? nameReader(contents(table), table.offset) : () => '';
  return headers.list.map((header) => {
    const { nameOffset, at: _, ...fields } = header;
    return { ...fields, name: name(nameOffset, `section ${header.index}`), data: contents(header) };
  });
}

function readSymbols(view: DataView, sections: readonly ElfSection[]): ElfSymbol[] {
  const table = sections.find(({ type }) => type === SHT.SYMTAB);
  if (!table) return [];
  const strings = sections[table.link];
  if (strings?.type !== SHT.STRTAB) {
    throw new ElfError(table.offset, `the symbols' string table is section ${table.link}, which is none`);
  }
  const name = nameReader(strings.data, strings.offset);
  return Array.from({ length: wholeEntries(table, SYM_SIZE) }, (_, index) => {
    const at = table.offset + index * SYM_SIZE;
    const info = view.getUint8(at + 4);
    const section = view.getUint16(at + 6, true);
    if (section >= sections.length && section < SHN.LORESERVE) {
      throw new ElfError(at + 6, `symbol ${index} is in section ${section}, there are ${sections.length}`);
    }
    const ownName = name(view.getUint32(at, true), `symbol ${index}`);
    return {
      index,
      // Section symbols have no name of their own.
      name: ownName === '' && (info & 15) === STT.SECTION ? (sections[section]?.name ?? '') : ownName,
      type: info & 15,
      bind: info >> 4,
      visibility: view.getUint8(at + 5) & 3,
      section,
      value: u64(view, at + 8),
      size: u64(view, at + 16),
    };
  });
}

function wholeEntries(section: ElfSection, size: number): number {
  if (section.size % size !== 0) {
    throw new ElfError(
      section.offset,
      `section '${section.name}' has ${section.size} bytes, its entries ${size} each`,
    );
  }
  return section.size / size;
}

/**
 * The entries of a SHT_REL section, in the file's order. Whether `offset` lies in the target is the caller's to check.
 * @throws {@link ElfError} SHT_RELA, half an entry, or a symbol that does not exist.
 */
export function readRelocations(elf: ElfFile, section: ElfSection): ElfRelocation[] {
  if (section.type !== SHT.REL) {
    throw new ElfError(
      section.offset,
      `section '${section.name}' is of type ${section.type}, relocations are read from SHT_REL only`,
    );
  }
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  return Array.from({ length: wholeEntries(section, REL_SIZE) }, (_, index) => {
    const at = index * REL_SIZE;
    const symbolIndex = view.getUint32(at + 12, true);
    const symbol = elf.symbols[symbolIndex];
    if (!symbol) {
      const rule = `relocation ${index} of '${section.name}' names symbol ${symbolIndex}, there are ${elf.symbols.length}`;
      throw new ElfError(section.offset + at + 12, rule);
    }
    return { offset: u64(view, at), type: view.getUint32(at + 8, true), symbol };
  });
}
