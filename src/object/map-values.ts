/** Initial slots of maps: relocations inside `.maps` put maps into maps of maps and programs into a prog_array. */
import { STT } from '../elf/index.ts';
import { RelocationError } from '../errors.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import type { PlacedMap } from './btf-maps.ts';
import type { ObjectContext } from './context.ts';
import type { MapSpec } from './spec.ts';

const POINTER_SIZE = 8;

/** `maps` with their `values` filled in. @throws {@link RelocationError} A pointer in a place or to a thing that makes no sense. */
export function fillMapValues(context: ObjectContext, maps: readonly PlacedMap[]): MapSpec[] {
  const values = maps.map(() => new Map<number, string>());
  const section = maps.find(({ valuesOffset }) => valuesOffset >= 0)?.section;
  if (section === undefined) return maps.map(({ spec }) => spec);
  const sectionName = context.elf.sections[section]?.name ?? '';
  // By place, so that many maps with many values stay cheap. libbpf sorts DATASECs, and so do we.
  const placed = maps.map((map, index) => ({ map, index })).filter(({ map }) => map.section === section);
  const byOffset = new Map(placed.map(({ map }) => [map.offset, map]));
  for (const { offset, symbol } of context.relocationsOf(section)) {
    const place = { section: sectionName, insn: -1, symbol: symbol.name };
    const { map, index } = lastAtOrBefore(placed, offset) ?? {};
    if (!map || index === undefined || offset >= map.offset + map.size) {
      throw new RelocationError(place, `byte ${offset} is in no map`);
    }
    const slot = (offset - map.offset - map.valuesOffset) / POINTER_SIZE;
    if (map.valuesOffset < 0 || !Number.isInteger(slot) || slot < 0) {
      throw new RelocationError(place, `byte ${offset} of map '${map.spec.name}' is no slot of its values`);
    }
    const isProgArray = map.spec.type === MAP_TYPE.prog_array;
    const inner = symbol.section === section ? byOffset.get(symbol.value) : undefined;
    if (isProgArray ? symbol.type !== STT.FUNC : !inner) {
      const rule = `map '${map.spec.name}' takes ${isProgArray ? 'programs' : 'maps'}, and this is none`;
      throw new RelocationError(place, rule);
    }
    values[index]!.set(slot, isProgArray ? symbol.name : inner!.spec.name);
  }
  return maps.map(({ spec }, index) =>
    values[index]!.size === 0 ? spec : { ...spec, values: values[index]! },
  );
}

function lastAtOrBefore<T extends { readonly map: PlacedMap }>(
  sorted: readonly T[],
  offset: number,
): T | undefined {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.map.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
