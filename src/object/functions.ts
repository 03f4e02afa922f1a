/** The functions of all code sections: which symbol covers which slots, and their instructions. */
import { type ElfSection, type ElfSymbol, STB, STT, STV } from '../elf/index.ts';
import { ObjectError, RelocationError } from '../errors.ts';
import { decode, INSN_SIZE, type Insn } from '../isa/index.ts';
import type { ObjectContext } from './context.ts';

export interface CodeFunction {
  readonly name: string;
  readonly section: ElfSection;
  readonly global: boolean;
  /** Global for the linker only: the verifier takes it as static (libbpf does so with hidden symbols). */
  readonly hidden: boolean;
  /** First slot and number of slots in the section. */
  readonly start: number;
  readonly length: number;
  /** As in the file. */
  readonly insns: readonly Insn[];
  /** Symbols that relocations put into instructions, by slot in the section. */
  readonly symbols: ReadonlyMap<number, ElfSymbol>;
}

export interface Code {
  /** By section, then by place. */
  readonly functions: readonly CodeFunction[];
  /** Whether a section holds functions. */
  has(section: number): boolean;
  /** The function that starts at a slot of a section. */
  at(section: number, slot: number): CodeFunction | undefined;
}

/** @throws {@link ObjectError}, {@link RelocationError} Functions or relocations outside their section. */
export function readCode(context: ObjectContext): Code {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const symbol of context.elf.symbols) {
    if (symbol.type !== STT.FUNC || context.roleOf(symbol.section) !== 'code') continue;
    const list = bySection.get(symbol.section);
    if (list) list.push(symbol);
    else bySection.set(symbol.section, [symbol]);
  }
  const functions: CodeFunction[] = [];
  const starts = new Map<number, Map<number, CodeFunction>>();
  for (const section of context.elf.sections) {
    const symbols = bySection.get(section.index);
    if (!symbols) continue;
    const list = readSection(context, section, symbols);
    functions.push(...list);
    starts.set(section.index, new Map(list.map((entry) => [entry.start, entry])));
  }
  return {
    functions,
    has: (section) => starts.has(section),
    at: (section, slot) => starts.get(section)?.get(slot),
  };
}

function readSection(
  context: ObjectContext,
  section: ElfSection,
  symbols: readonly ElfSymbol[],
): CodeFunction[] {
  if (section.size % INSN_SIZE !== 0) {
    throw new ObjectError(section.name, `${section.size} bytes are no whole number of 8-byte instructions`);
  }
  const slots = decode(section.data);
  const relocations = readRelocatedSlots(context, section);
  let end = 0;
  return symbols
    .slice()
    .sort((a, b) => a.value - b.value)
    .map((symbol) => {
      const { name, value, size } = symbol;
      if (size === 0 || size % INSN_SIZE !== 0 || value % INSN_SIZE !== 0 || value + size > section.size) {
        throw new ObjectError(
          section.name,
          `function '${name}' at ${value}, ${size} bytes, is no part of ${section.size} bytes of code`,
        );
      }
      if (value < end)
        throw new ObjectError(section.name, `function '${name}' at ${value} overlaps the one before it`);
      end = value + size;
      const start = value / INSN_SIZE;
      const length = size / INSN_SIZE;
      return {
        name,
        section,
        global: symbol.bind !== STB.LOCAL,
        hidden: symbol.visibility === STV.HIDDEN || symbol.visibility === STV.INTERNAL,
        start,
        length,
        insns: slots.slice(start, start + length),
        symbols: relocations,
      };
    });
}

function readRelocatedSlots(context: ObjectContext, section: ElfSection): Map<number, ElfSymbol> {
  const symbols = new Map<number, ElfSymbol>();
  for (const { offset, symbol } of context.relocationsOf(section.index)) {
    const place = { section: section.name, insn: Math.floor(offset / INSN_SIZE), symbol: symbol.name };
    if (offset >= section.size)
      throw new RelocationError(place, `is outside the section's ${section.size} bytes`);
    if (offset % INSN_SIZE !== 0) throw new RelocationError(place, `byte ${offset} is inside an instruction`);
    symbols.set(place.insn, symbol);
  }
  return symbols;
}
