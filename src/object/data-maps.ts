/** Data sections as one-element array maps, and the global variables in them. */
import { BTF_LINKAGE, type Btf, type BtfDatasec, findDatasec, sizeOfType } from '../btf/index.ts';
import { type ElfSection, STT } from '../elf/index.ts';
import { ObjectError } from '../errors.ts';
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { PlacedMap } from './btf-maps.ts';
import type { ObjectContext } from './context.ts';
import { rawMap } from './raw.ts';
import type { VariableSpec } from './spec.ts';

/** Bytes of all .bss sections together that we are ready to allocate: the file holds only their sizes. */
const MAX_BSS = 64 << 20;

/**
 * The name of such a map is the section's. (libbpf prefixes up to 7 characters of the object file's name, which bytes
 * do not have, and accepts the section's name in bpf_object__find_map_by_name.)
 */
export function readDataMaps(context: ObjectContext): PlacedMap[] {
  let bss = 0;
  const maps: PlacedMap[] = [];
  for (const section of context.elf.sections) {
    const role = context.roleOf(section.index);
    if (role !== 'data' && role !== 'rodata' && role !== 'bss') continue;
    if (role === 'bss') bss += section.size;
    if (bss > MAX_BSS)
      throw new ObjectError(section.name, `${bss} bytes of zeroed variables are more than ${MAX_BSS}`);
    const datasec = context.btf && findDatasec(context.btf, section.name);
    const flags =
      (role === 'rodata' ? MAP_FLAG.BPF_F_RDONLY_PROG : 0) |
      (context.btf && datasec && hasGlobal(context.btf, datasec) ? MAP_FLAG.BPF_F_MMAPABLE : 0);
    const data = role === 'bss' ? new Uint8Array(section.size) : section.data.slice();
    const spec = rawMap({ name: section.name, type: MAP_TYPE.array, valueSize: section.size, flags, data });
    maps.push({
      spec: { ...spec, section: section.name, valueTypeId: datasec?.id ?? 0 },
      section: section.index,
      offset: 0,
      size: section.size,
      valuesOffset: -1,
    });
  }
  return maps;
}

/** libbpf makes a section mappable into user space when a skeleton could name something in it. */
function hasGlobal(btf: Btf, datasec: BtfDatasec): boolean {
  return datasec.vars.some(({ type }) => {
    const variable = btf.types[type];
    return variable?.kind === 'var' && variable.linkage !== BTF_LINKAGE.static;
  });
}

/** Variables by their place; `firstMap` is the index of `maps[0]` among all maps of the object. */
export function readVariables(
  context: ObjectContext,
  maps: readonly PlacedMap[],
  firstMap: number,
): VariableSpec[] {
  return maps.flatMap((map, index) => {
    const section = context.elf.sections[map.section]!;
    const datasec = context.btf && findDatasec(context.btf, section.name);
    const place = { map: firstMap + index, constant: context.roleOf(map.section) === 'rodata' };
    return context.btf && datasec
      ? variablesOfDatasec(context.btf, datasec, place)
      : variablesOfSymbols(context, section, place);
  });
}

type Place = Pick<VariableSpec, 'map' | 'constant'>;

function variablesOfDatasec(btf: Btf, datasec: BtfDatasec, place: Place): VariableSpec[] {
  return datasec.vars.map(({ type: id, offset, size }) => {
    const variable = btf.types[id]!;
    // LLVM may keep a part of a variable (`table.0`) and still describe the whole: its bytes have no type then.
    const whole = variable.kind === 'var' && sizeOfType(btf, id) === size;
    return { name: variable.name, offset, size, typeId: whole ? variable.type : 0, ...place };
  });
}

function variablesOfSymbols(context: ObjectContext, section: ElfSection, place: Place): VariableSpec[] {
  return context.elf.symbols
    .filter((symbol) => symbol.section === section.index && symbol.type === STT.OBJECT)
    .sort((a, b) => a.value - b.value)
    .map(({ name, value, size }) => {
      if (value + size > section.size) {
        throw new ObjectError(
          section.name,
          `variable '${name}' at ${value}, ${size} bytes, ends past ${section.size}`,
        );
      }
      return { name, offset: value, size, typeId: 0, ...place };
    });
}
