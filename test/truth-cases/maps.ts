/** Maps: errno of creation by type and attribute, and of every operation from user space. */
import type { RawMap } from '../../src/object/index.ts';
import type { Step, TruthCase } from '../truth-case.ts';

type TypeName = Extract<RawMap['type'], string>;

/** A creation that succeeds, by type; the mutations start from it. */
const GOOD: Readonly<Partial<Record<TypeName, Omit<RawMap, 'type'>>>> = {
  hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  array: { keySize: 4, valueSize: 8, maxEntries: 4 },
  prog_array: { keySize: 4, valueSize: 4, maxEntries: 4 },
  perf_event_array: { keySize: 4, valueSize: 4, maxEntries: 4 },
  percpu_hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  percpu_array: { keySize: 4, valueSize: 8, maxEntries: 4 },
  lru_hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  lpm_trie: { keySize: 8, valueSize: 8, maxEntries: 4, flags: 1 },
  array_of_maps: { keySize: 4, valueSize: 4, maxEntries: 4, inner: { type: 'array' } },
  hash_of_maps: { keySize: 4, valueSize: 4, maxEntries: 4, inner: { type: 'array' } },
  ringbuf: { keySize: 0, valueSize: 0, maxEntries: 4096 },
};

const SIZES = [0, 1, 3, 4, 5, 8, 9, 256, 260, 261, 512, 513, 4096, 0x100000, 0xffffffff];
const ENTRIES = [0, 1, 3, 4096, 12288, 65536, 0x8000001, 0x7fffffff, 0x80000000, 0xffffffff];

/** BPF_F_RDONLY and WRONLY and the program side's: pairs that exclude each other. */
const FLAGS = [...Array.from({ length: 19 }, (_, bit) => 1 << bit), 0x18, 0x180, 0x800000, 0x40000001];

function creation(type: TypeName, what: string, map: Omit<RawMap, 'type'>): TruthCase {
  return { name: `create ${type}: ${what}`, maps: [{ name: 'm', type, ...map }], steps: [] };
}

/**
 * Whether the answer is a matter of rules. Large maps of the other types are a matter of how much memory the machine has
 * (and take the kernel a minute to try).
 */
const isRule = (type: TypeName, { valueSize = 8, maxEntries = 1 }: Omit<RawMap, 'type'>): boolean =>
  (valueSize <= 0x100000 && maxEntries <= 65536) ||
  (maxEntries > 1 << 27 && type.includes('hash')) ||
  (maxEntries === 0xffffffff && type === 'ringbuf');

const CREATIONS: readonly TruthCase[] = Object.entries(GOOD).flatMap(([name, good]) => {
  const type = name as TypeName;
  const cases: TruthCase[] = [creation(type, 'as it should be', good)];
  for (const keySize of SIZES) cases.push(creation(type, `key_size ${keySize}`, { ...good, keySize }));
  for (const valueSize of SIZES) {
    if (isRule(type, { ...good, valueSize })) {
      cases.push(creation(type, `value_size ${valueSize}`, { ...good, valueSize }));
    }
  }
  for (const maxEntries of ENTRIES) {
    if (isRule(type, { ...good, maxEntries })) {
      cases.push(creation(type, `max_entries ${maxEntries}`, { ...good, maxEntries }));
    }
  }
  for (const flag of FLAGS) {
    const flags = (good.flags ?? 0) | flag;
    cases.push(creation(type, `map_flags 0x${flags.toString(16)}`, { ...good, flags }));
  }
  cases.push(creation(type, 'map_extra 1', { ...good, mapExtra: 1 }));
  if (type === 'lpm_trie') cases.push(creation(type, 'without BPF_F_NO_PREALLOC', { ...good, flags: 0 }));
  return cases;
});

const MORE_CREATIONS: readonly TruthCase[] = [
  { name: 'create: type 0', maps: [{ name: 'm', type: 0 }], steps: [] },
  { name: 'create: a type no kernel has', maps: [{ name: 'm', type: 1000 }], steps: [] },
  {
    name: 'create array_of_maps: without an inner map',
    maps: [{ name: 'm', type: 'array_of_maps', valueSize: 4 }],
    steps: [],
  },
  {
    name: 'create array_of_maps: of maps of maps',
    maps: [
      {
        name: 'm',
        type: 'array_of_maps',
        valueSize: 4,
        inner: { type: 'array_of_maps', valueSize: 4, inner: { type: 'array' } },
      },
    ],
    steps: [],
  },
  {
    name: 'create array_of_maps: of prog_array',
    maps: [{ name: 'm', type: 'array_of_maps', valueSize: 4, inner: { type: 'prog_array', valueSize: 4 } }],
    steps: [],
  },
];

const key = (value: number, size = 4): string => {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};

/** The same walk over every keyed type. Each key and value is given as text of the right size. */
function walk(k: (n: number) => string, v: (n: number) => string, isHash = false): readonly Step[] {
  const map = 'm';
  return [
    { op: 'next', map },
    { op: 'lookup', map, key: k(0) },
    { op: 'delete', map, key: k(0) },
    { op: 'lookupAndDelete', map, key: k(0) },
    ...[0, 1, 2, 3, 4, 5, 6, 8, 9].map(
      (flags): Step => ({ op: 'update', map, key: k(1), value: v(flags), flags }),
    ),
    { op: 'lookup', map, key: k(1) },
    { op: 'lookup', map, key: k(1), flags: 1 },
    { op: 'lookup', map, key: k(1), flags: 4 },
    { op: 'lookup', map, key: k(1), flags: 8 },
    { op: 'update', map, key: k(9), value: v(9), flags: 2 },
    { op: 'update', map, key: k(0), value: v(10) },
    { op: 'update', map, key: k(2), value: v(12) },
    { op: 'update', map, key: k(3), value: v(13) },
    { op: 'dump', map },
    { op: 'update', map, key: k(1), value: v(99), flags: 2 },
    { op: 'lookup', map, key: k(1) },
    // The first key of a hash table depends on a random seed.
    ...(isHash ? [] : [{ op: 'next', map, key: k(77) } as const]),
    { op: 'lookupAndDelete', map, key: k(2) },
    { op: 'lookupAndDelete', map, key: k(2), flags: 4 },
    { op: 'lookupAndDelete', map, key: k(3), flags: 1 },
    { op: 'delete', map, key: k(1) },
    { op: 'delete', map, key: k(1) },
    { op: 'dump', map },
    { op: 'freeze', map },
    { op: 'freeze', map },
    { op: 'update', map, key: k(1), value: v(1) },
    { op: 'delete', map, key: k(0) },
    { op: 'lookup', map, key: k(0) },
  ];
}

const value8 = (n: number): string => key(n, 8);
/** Two CPUs: the record says how many there were. */
const perCpu = (n: number): string => value8(n) + value8(n + 100);
/** Prefix of 32 bits, then the address. */
const lpm = (n: number): string => key(32) + key(n);

const WALKS: readonly TruthCase[] = [
  { name: 'walk hash', maps: [{ name: 'm', type: 'hash', ...GOOD.hash }], steps: walk(key, value8, true) },
  {
    name: 'walk hash without preallocation',
    maps: [{ name: 'm', type: 'hash', ...GOOD.hash, flags: 1 }],
    steps: walk(key, value8, true),
  },
  { name: 'walk array', maps: [{ name: 'm', type: 'array', ...GOOD.array }], steps: walk(key, value8) },
  {
    name: 'walk percpu_array',
    maps: [{ name: 'm', type: 'percpu_array', ...GOOD.percpu_array }],
    steps: walk(key, perCpu),
  },
  {
    name: 'walk percpu_hash',
    maps: [{ name: 'm', type: 'percpu_hash', ...GOOD.percpu_hash }],
    steps: walk(key, perCpu, true),
  },
  {
    name: 'walk lru_hash',
    maps: [{ name: 'm', type: 'lru_hash', ...GOOD.lru_hash, maxEntries: 1000 }],
    steps: walk(key, value8, true),
  },
  {
    name: 'walk lpm_trie',
    maps: [{ name: 'm', type: 'lpm_trie', ...GOOD.lpm_trie }],
    steps: walk(lpm, value8),
  },
  {
    name: 'walk prog_array',
    maps: [{ name: 'm', type: 'prog_array', ...GOOD.prog_array }],
    steps: walk(key, (n) => key(n + 1000)),
  },
  {
    name: 'walk perf_event_array',
    maps: [{ name: 'm', type: 'perf_event_array', ...GOOD.perf_event_array }],
    steps: walk(key, (n) => key(n + 1000)),
  },
  {
    name: 'walk array_of_maps',
    maps: [{ name: 'm', type: 'array_of_maps', ...GOOD.array_of_maps }],
    steps: walk(key, (n) => key(n + 1000)),
  },
  {
    name: 'walk hash_of_maps',
    maps: [{ name: 'm', type: 'hash_of_maps', ...GOOD.hash_of_maps }],
    steps: walk(key, (n) => key(n + 1000)),
  },
  {
    name: 'walk ringbuf',
    maps: [{ name: 'm', type: 'ringbuf', ...GOOD.ringbuf }],
    steps: walk(
      () => '',
      () => '',
    ),
  },
  ...[0x08, 0x10, 0x80, 0x100].map(
    (flags): TruthCase => ({
      name: `walk array with map_flags 0x${flags.toString(16)}`,
      maps: [{ name: 'm', type: 'array', ...GOOD.array, flags }],
      steps: walk(key, value8),
    }),
  ),
];

/** LPM: prefix lengths that are too long, longest match, order of the walk. */
const prefix = (bits: number, address: string): string => key(bits) + address;
const LPM: readonly TruthCase[] = [
  {
    name: 'lpm_trie: the longest prefix wins, keys come in order',
    maps: [{ name: 'm', type: 'lpm_trie', keySize: 8, valueSize: 8, maxEntries: 8, flags: 1 }],
    steps: [
      { op: 'update', map: 'm', key: prefix(8, '0a000000'), value: value8(8) },
      { op: 'update', map: 'm', key: prefix(0, '00000000'), value: value8(1) },
      { op: 'update', map: 'm', key: prefix(24, '0a010200'), value: value8(24) },
      { op: 'update', map: 'm', key: prefix(16, '0a01ffff'), value: value8(16) },
      { op: 'update', map: 'm', key: prefix(32, '0a010203'), value: value8(32) },
      { op: 'update', map: 'm', key: prefix(33, '0a010203'), value: value8(33) },
      { op: 'lookup', map: 'm', key: prefix(33, '0a010203') },
      { op: 'delete', map: 'm', key: prefix(33, '0a010203') },
      ...['0a010203', '0a010204', '0a01ff00', '0aff0000', '7f000001'].map(
        (address): Step => ({ op: 'lookup', map: 'm', key: prefix(32, address) }),
      ),
      { op: 'lookup', map: 'm', key: prefix(20, '0a010203') },
      { op: 'next', map: 'm' },
      { op: 'next', map: 'm', key: prefix(32, '0a010203') },
      { op: 'next', map: 'm', key: prefix(24, '0a010200') },
      { op: 'next', map: 'm', key: prefix(24, '0b010200') },
      { op: 'next', map: 'm', key: prefix(33, '0b010200') },
      { op: 'delete', map: 'm', key: prefix(24, '0a010200') },
      { op: 'delete', map: 'm', key: prefix(24, '0a010200') },
      { op: 'lookup', map: 'm', key: prefix(32, '0a010204') },
      { op: 'update', map: 'm', key: prefix(8, '0a000000'), value: value8(88), flags: 1 },
      { op: 'update', map: 'm', key: prefix(9, '0a000000'), value: value8(9), flags: 2 },
      { op: 'update', map: 'm', key: prefix(8, '0affffff'), value: value8(88), flags: 2 },
      { op: 'dump', map: 'm' },
    ],
  },
  {
    name: 'lpm_trie: full',
    maps: [{ name: 'm', type: 'lpm_trie', keySize: 8, valueSize: 8, maxEntries: 2, flags: 1 }],
    steps: [1, 2, 3].map((n): Step => ({ op: 'update', map: 'm', key: lpm(n), value: value8(n) })),
  },
];

export const MAP_CASES: readonly TruthCase[] = [...CREATIONS, ...MORE_CREATIONS, ...WALKS, ...LPM];
