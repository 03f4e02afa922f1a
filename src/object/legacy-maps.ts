/**
 * Maps of the `maps` and `maps/NAME` sections: `struct bpf_map_def` (type, key_size, value_size, max_entries, map_flags:
 * u32 each), the form before BTF. libbpf 1.x no longer takes it. Each symbol is a map; an entry may be longer than the
 * five fields as long as the rest is 0, and shorter by map_flags.
 */
import { type ElfSection, type ElfSymbol, STT } from '../elf/index.ts';
import { ObjectError } from '../errors.ts';
import type { PlacedMap } from './btf-maps.ts';
import type { ObjectContext } from './context.ts';
import { rawMap } from './raw.ts';

const MIN_SIZE = 16;
const FULL_SIZE = 20;

/** @throws {@link ObjectError} Entries that do not divide the section, or with fields that we do not know. */
export function readLegacyMaps(context: ObjectContext): PlacedMap[] {
  const { sections, symbols } = context.elf;
  return sections
    .filter(({ index }) => context.roleOf(index) === 'legacy-maps')
    .flatMap((section) =>
      readSection(
        section,
        symbols.filter((symbol) => isMap(symbol, section)),
      ),
    );
}

function isMap(symbol: ElfSymbol, section: ElfSection): boolean {
  return symbol.section === section.index && (symbol.type === STT.OBJECT || symbol.type === STT.NOTYPE);
}

function readSection(section: ElfSection, symbols: readonly ElfSymbol[]): PlacedMap[] {
  const size = section.size / symbols.length;
  if (symbols.length === 0 || !Number.isInteger(size) || size < MIN_SIZE) {
    throw new ObjectError(
      section.name,
      `${section.size} bytes are no ${symbols.length} maps of ${MIN_SIZE} bytes or more`,
    );
  }
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  return symbols
    .slice()
    .sort((a, b) => a.value - b.value)
    .map((symbol) => {
      if (symbol.value % size !== 0 || symbol.value >= section.size) {
        throw new ObjectError(
          section.name,
          `map '${symbol.name}' at ${symbol.value} is not at a multiple of ${size}`,
        );
      }
      const field = (index: number): number => view.getUint32(symbol.value + index * 4, true);
      if (section.data.subarray(symbol.value + FULL_SIZE, symbol.value + size).some((byte) => byte !== 0)) {
        const rule = `map '${symbol.name}' has ${size} bytes, and those after map_flags are not 0: what they mean is unknown`;
        throw new ObjectError(section.name, rule);
      }
      const spec = rawMap({
        name: symbol.name,
        type: field(0),
        keySize: field(1),
        valueSize: field(2),
        maxEntries: field(3),
        flags: size >= FULL_SIZE ? field(4) : 0,
      });
      const place = { section: section.index, offset: symbol.value, size, valuesOffset: -1 };
      return { spec: { ...spec, section: section.name }, ...place };
    });
}
