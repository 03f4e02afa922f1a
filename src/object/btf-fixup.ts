/**
 * Completes BTF from the ELF file, as libbpf does before BPF_BTF_LOAD: clang leaves the sizes of DATASECs and the
 * offsets of global variables 0, since only the linker would know them, and hidden functions are verified as static.
 */
import { BTF_LINKAGE, type Btf, type BtfDatasec, type BtfSectionVar, type BtfType } from '../btf/index.ts';
import { type ElfFile, type ElfSymbol, SHN, STB, STT, STV } from '../elf/index.ts';
import { ObjectError } from '../errors.ts';

/** Sections whose variables have no place in the object. */
const EXTERN_SECTIONS = new Set(['.kconfig', '.ksyms']);

/** Returns completed copies of both; `bytes` is the .BTF section that `btf` was parsed from. */
export function fixupBtf(elf: ElfFile, btf: Btf, bytes: Uint8Array): { btf: Btf; bytes: Uint8Array } {
  const fixedBytes = new Uint8Array(bytes);
  const view = new DataView(fixedBytes.buffer);
  const types = btf.types.slice();
  const sizes = btf.sizes.slice();
  const globals = new Map(elf.symbols.filter(isGlobalObject).map((symbol) => [symbol.name, symbol]));
  const hidden = new Set(elf.symbols.filter(isHiddenFunction).map((symbol) => symbol.name));
  for (const type of btf.types) {
    const at = btf.recordOffsets[type.id]!;
    if (type.kind === 'datasec' && !EXTERN_SECTIONS.has(type.name)) {
      const fixed = fixDatasec(elf, btf, type, globals);
      types[type.id] = fixed;
      sizes[type.id] = fixed.size;
      writeDatasec(view, at, fixed);
    } else if (type.kind === 'func' && type.linkage === BTF_LINKAGE.global && hidden.has(type.name)) {
      types[type.id] = { ...type, linkage: BTF_LINKAGE.static } satisfies BtfType;
      view.setUint32(at + 4, view.getUint32(at + 4, true) & ~0xffff, true);
    }
  }
  return { btf: { ...btf, types, sizes }, bytes: fixedBytes };
}

function isGlobalObject(symbol: ElfSymbol): boolean {
  return symbol.bind !== STB.LOCAL && symbol.type === STT.OBJECT && symbol.section !== SHN.UNDEF;
}

function isHiddenFunction(symbol: ElfSymbol): boolean {
  const hidden = symbol.visibility === STV.HIDDEN || symbol.visibility === STV.INTERNAL;
  return symbol.type === STT.FUNC && symbol.bind !== STB.LOCAL && hidden;
}

function fixDatasec(
  elf: ElfFile,
  btf: Btf,
  type: BtfDatasec,
  globals: ReadonlyMap<string, ElfSymbol>,
): BtfDatasec {
  const section = elf.sections.find(({ name }) => name === type.name);
  if (!section)
    throw new ObjectError(type.name, 'BTF describes its variables, but the file has no such section');
  const vars = type.vars.map((entry): BtfSectionVar => {
    const variable = btf.types[entry.type];
    const symbol =
      variable?.kind === 'var' && variable.linkage === BTF_LINKAGE.global && globals.get(variable.name);
    const offset = symbol && symbol.section === section.index ? symbol.value : entry.offset;
    if (offset + entry.size > section.size) {
      const name = variable?.name ?? '';
      throw new ObjectError(
        type.name,
        `variable '${name}' at ${offset}, ${entry.size} bytes, ends past ${section.size}`,
      );
    }
    return { ...entry, offset };
  });
  // The kernel wants them in ascending order.
  return { ...type, size: section.size, vars: vars.sort((a, b) => a.offset - b.offset) };
}

function writeDatasec(view: DataView, at: number, type: BtfDatasec): void {
  view.setUint32(at + 8, type.size, true);
  for (const [index, { type: id, offset, size }] of type.vars.entries()) {
    view.setUint32(at + 12 + index * 12, id, true);
    view.setUint32(at + 16 + index * 12, offset, true);
    view.setUint32(at + 20 + index * 12, size, true);
  }
}
