/** Object file bytes to ObjectSpec. */
import { type Btf, type BtfExt, parseBtf, parseBtfExt } from '../btf/index.ts';
import { type ElfFile, type ElfSymbol, EM_BPF, EM_NONE, ET_REL, parseElf, SHN, SHT } from '../elf/index.ts';
import { ElfError, RelocationError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';
import { fixupBtf } from './btf-fixup.ts';
import { type PlacedMap, readBtfMaps } from './btf-maps.ts';
import { type ObjectContext, objectContext } from './context.ts';
import { readDataMaps, readVariables } from './data-maps.ts';
import { externClassifier } from './externs.ts';
import { type Code, type CodeFunction, readCode } from './functions.ts';
import { readLegacyMaps } from './legacy-maps.ts';
import { linker, type RelocationPlace, type ResolveSymbol, type SymbolTarget } from './link.ts';
import { fillMapValues } from './map-values.ts';
import { programSpec } from './program.ts';
import type { MapSpec, ObjectSpec, UnresolvedReference } from './spec.ts';

/** As many bytes of the license as the kernel looks at. */
const MAX_LICENSE = 127;

/**
 * Reads a BPF object file as clang writes it: programs linked with their subprograms, maps, variables, BTF. What the
 * object needs from elsewhere (kernel types, symbols, configuration) is listed in `unresolved`, not an error.
 * @throws {@link ElfError}, {@link BtfError}, {@link ObjectError}, {@link RelocationError}
 */
export function parseObject(bytes: Uint8Array): ObjectSpec {
  const elf = parseElf(bytes);
  if (elf.type !== ET_REL)
    throw new ElfError(16, `file type ${elf.type}, a BPF object is relocatable (${ET_REL}); compile with -c`);
  if (elf.machine !== EM_BPF && elf.machine !== EM_NONE) {
    throw new ElfError(18, `machine ${elf.machine}, not BPF (${EM_BPF}); compile with --target=bpf`);
  }
  const types = readTypes(elf);
  const context = objectContext(elf, types?.btf, types?.ext);
  const code = readCode(context);
  const mapsFirst = [...readLegacyMaps(context), ...readBtfMaps(context)];
  const dataMaps = readDataMaps(context);
  const placed = [...mapsFirst, ...dataMaps];
  const maps = fillMapValues(context, placed);
  const link = linker(code, symbolResolver(context, placed));
  const debug = types?.ext && { btf: types.btf, ext: types.ext };
  return {
    license: readLicense(elf, context),
    programs: mainFunctions(code).map((main) => programSpec(main, link(main), debug)),
    maps,
    variables: readVariables(context, dataMaps, mapsFirst.length),
    btf: types?.btf,
    ...(types ? { btfBytes: types.bytes } : {}),
    unresolved: openReferences(context, maps),
  };
}

interface Types {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly ext: BtfExt | undefined;
}

function readTypes(elf: ElfFile): Types | undefined {
  const section = (name: string) =>
    elf.sections.find((entry) => entry.name === name && entry.type === SHT.PROGBITS);
  const types = section('.BTF');
  if (!types) return undefined;
  const parsed = parseBtf(types.data);
  const { btf, bytes } = fixupBtf(elf, parsed, types.data);
  const ext = section('.BTF.ext');
  return { btf, bytes, ext: ext && parseBtfExt(ext.data, btf) };
}

function readLicense(elf: ElfFile, context: ObjectContext): string {
  const data = elf.sections
    .find(({ index }) => context.roleOf(index) === 'license')
    ?.data.subarray(0, MAX_LICENSE);
  if (!data) return '';
  const end = data.indexOf(0);
  return decodeUtf8(end < 0 ? data : data.subarray(0, end));
}

/**
 * Functions outside .text that are not static are programs. A single function in .text is one too (without a type), as
 * in libbpf.
 */
function mainFunctions(code: Code): readonly CodeFunction[] {
  if (code.functions.length === 1) return code.functions;
  return code.functions.filter(({ section, global }) => section.name !== '.text' && global);
}

function symbolResolver(context: ObjectContext, maps: readonly PlacedMap[]): ResolveSymbol {
  const externs = externClassifier(context.btf);
  const byPlace = new Map(maps.map((map, index) => [`${map.section}:${map.offset}`, index]));
  const resolveUndefined = (symbol: ElfSymbol): SymbolTarget => ({
    kind: 'unresolved',
    reference: externs(symbol.name),
  });
  return (symbol, place) => {
    const role = context.roleOf(symbol.section);
    if (symbol.section === SHN.UNDEF) return resolveUndefined(symbol);
    switch (role) {
      case 'maps':
      case 'legacy-maps': {
        const map = byPlace.get(`${symbol.section}:${symbol.value + place.imm}`);
        if (map === undefined)
          throw new RelocationError(
            place,
            `no map starts at byte ${symbol.value + place.imm} of its section`,
          );
        return { kind: 'map', map };
      }
      case 'data':
      case 'rodata':
      case 'bss':
        return { kind: 'data', map: byPlace.get(`${symbol.section}:0`)!, offset: symbol.value + place.imm };
      case 'arena':
      case 'struct_ops':
        return {
          kind: 'unresolved',
          reference: { kind: 'relocation', reason: `in ${role} data, which is not supported` },
        };
      default:
        throw new RelocationError(place, nowhere(context, symbol, place));
    }
  };
}

function nowhere(context: ObjectContext, symbol: ElfSymbol, _place: RelocationPlace): string {
  if (symbol.section >= SHN.LORESERVE)
    return `is in special section 0x${symbol.section.toString(16)}; initialize the variable`;
  return `is in section '${context.elf.sections[symbol.section]?.name ?? ''}', which holds neither maps, variables nor code`;
}

function openReferences(context: ObjectContext, maps: readonly MapSpec[]): UnresolvedReference[] {
  const unresolved: UnresolvedReference[] = [];
  for (const { index, name } of context.elf.sections) {
    const role = context.roleOf(index);
    if (role !== 'struct_ops' && role !== 'arena') continue;
    unresolved.push({
      kind: 'map_type',
      name: role,
      section: name,
      insn: -1,
      reason: `${role} data is not supported`,
    });
  }
  for (const { name, type, typeName, section } of maps) {
    if (typeName !== undefined) continue;
    unresolved.push({ kind: 'map_type', name, section, insn: -1, reason: `map type ${type} is unknown` });
  }
  return unresolved;
}
