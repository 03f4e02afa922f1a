export { EM_BPF, EM_NONE, ET_REL, SHF, SHN, SHT, STB, STT, STV } from './constants.ts';
export {
  type ElfFile,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
  parseElf,
  readRelocations,
} from './elf.ts';
