/** The parts of an object file that every step of reading it needs. */
import type { Btf, BtfExt } from '../btf/index.ts';
import {
  type ElfFile,
  type ElfRelocation,
  type ElfSection,
  readRelocations,
  SHF,
  SHT,
} from '../elf/index.ts';
import { ObjectError } from '../errors.ts';

/** What a section means to libbpf, by its name and ELF type. */
export type SectionRole =
  | 'code'
  | 'maps'
  | 'legacy-maps'
  | 'data'
  | 'rodata'
  | 'bss'
  | 'struct_ops'
  | 'arena'
  | 'license'
  | 'other';

export interface ObjectContext {
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
  readonly ext: BtfExt | undefined;
  roleOf(sectionIndex: number): SectionRole;
  /** Entries of the SHT_REL section that changes this one, in the file's order. */
  relocationsOf(sectionIndex: number): readonly ElfRelocation[];
}

export function objectContext(elf: ElfFile, btf: Btf | undefined, ext: BtfExt | undefined): ObjectContext {
  const roles = elf.sections.map(sectionRole);
  const relocations = new Map<number, ElfRelocation[]>();
  for (const section of elf.sections) {
    const role = roles[section.info];
    if (section.type === SHT.RELA && (role === 'code' || role === 'maps')) {
      throw new ObjectError(section.name, 'SHT_RELA relocations, BPF objects have SHT_REL');
    }
    if (section.type !== SHT.REL) continue;
    if (role === undefined)
      throw new ObjectError(section.name, `relocates section ${section.info}, which does not exist`);
    if (role !== 'code' && role !== 'maps') continue;
    relocations.set(section.info, [
      ...(relocations.get(section.info) ?? []),
      ...readRelocations(elf, section),
    ]);
  }
  return {
    elf,
    btf,
    ext,
    roleOf: (index) => roles[index] ?? 'other',
    relocationsOf: (index) => relocations.get(index) ?? [],
  };
}

function sectionRole({ name, type, flags, size }: ElfSection): SectionRole {
  if (type === SHT.NOBITS) return isOrUnder(name, '.bss') && size > 0 ? 'bss' : 'other';
  if (type !== SHT.PROGBITS || size === 0) return 'other';
  if (name === 'license') return 'license';
  if (name === '.maps') return 'maps';
  if (name === 'maps' || name.startsWith('maps/')) return 'legacy-maps';
  if ((flags & SHF.EXECINSTR) !== 0) return 'code';
  if (isOrUnder(name, '.data')) return 'data';
  if (isOrUnder(name, '.rodata')) return 'rodata';
  if (/^\??\.struct_ops(\.link)?$/.test(name)) return 'struct_ops';
  if (name === '.addr_space.1') return 'arena';
  return 'other';
}

/** `.data` itself or `.data.something`. */
function isOrUnder(name: string, base: string): boolean {
  return name === base || name.startsWith(`${base}.`);
}
