/** One attribute at a time away from a map that the kernel makes: every map type we have. */
import type { MapAttr } from '../../src/maps/index.ts';
import { MAP_FLAG, MAP_TYPE, type MapTypeName } from '../../src/uapi/bpf.ts';

const array: MapAttr = { name: 'm', type: MAP_TYPE.array, keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 };
const keyless = { keySize: 0 };
const fd = { valueSize: 4 };

/** A good map of each type. */
export const GOOD: Partial<Record<MapTypeName, Partial<MapAttr>>> = {
  array: {},
  percpu_array: {},
  hash: {},
  percpu_hash: {},
  lru_hash: {},
  lru_percpu_hash: {},
  lpm_trie: { keySize: 8, flags: MAP_FLAG.BPF_F_NO_PREALLOC },
  ringbuf: { keySize: 0, valueSize: 0, maxEntries: 4096 },
  prog_array: fd,
  perf_event_array: fd,
  array_of_maps: { ...fd, inner: array },
  hash_of_maps: { ...fd, inner: array },
  queue: keyless,
  stack: keyless,
  bloom_filter: keyless,
  devmap: fd,
  devmap_hash: fd,
  cpumap: fd,
  xskmap: fd,
};

const SIZES = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  12,
  16,
  64,
  256,
  260,
  261,
  512,
  32760,
  32761,
  32768,
  32769,
  4 << 20,
];
const ENTRIES = [0, 1, 2, 3, 5, 1000, 4095, 4096, 4097, 8192, 12288, 65536];

export function good(type: MapTypeName): MapAttr {
  return { ...array, type: MAP_TYPE[type], ...GOOD[type] };
}

export function* createCases(): Generator<{ readonly name: string; readonly attr: MapAttr }> {
  for (const type of Object.keys(GOOD) as MapTypeName[]) {
    const base = good(type);
    const vary = (what: string, more: Partial<MapAttr>): { name: string; attr: MapAttr } => ({
      name: `${type} ${what}`,
      attr: { ...base, ...more },
    });
    for (const keySize of SIZES) yield vary(`key_size ${keySize}`, { keySize });
    for (const valueSize of SIZES)
      yield vary(`value_size ${valueSize}`, { valueSize, maxEntries: Math.min(base.maxEntries, 4096) });
    // cpumap: the bound is the kernel's own NR_CPUS
    for (const maxEntries of ENTRIES.filter((n) => type !== 'cpumap' || n < 10 || n > 8192))
      yield vary(`max_entries ${maxEntries}`, { maxEntries });
    for (const [flag, bit] of Object.entries(MAP_FLAG))
      yield vary(`flag ${flag}`, { flags: base.flags ^ bit });
    yield vary('flags RDONLY | WRONLY', { flags: base.flags | 0x18 });
    yield vary('flags RDONLY_PROG | WRONLY_PROG', { flags: base.flags | 0x180 });
    for (const mapExtra of [1, 15, 16]) yield vary(`map_extra ${mapExtra}`, { mapExtra });
    if (base.inner) {
      yield vary('without a prototype', { inner: undefined });
      for (const inner of Object.keys(GOOD) as MapTypeName[]) {
        yield vary(`of ${inner}`, { inner: good(inner) });
      }
    }
  }
}
