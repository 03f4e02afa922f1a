/** Scripts of bpf(2) operations on one map: every operation and flag on absent and present keys, full, frozen, read-only. */
import type { MapAttr } from '../../src/maps/index.ts';
import { MAP_FLAG, type MapTypeName } from '../../src/uapi/bpf.ts';
import { GOOD, good } from './create-cases.ts';
import { type MapBackend, outcome, type TestMap } from './map-backends.ts';

export type Step =
  | { readonly op: 'lookup' | 'take'; readonly key: number; readonly flags: number }
  | { readonly op: 'update'; readonly key: number; readonly value: number; readonly flags: number }
  | { readonly op: 'delete' | 'next'; readonly key: number }
  | { readonly op: 'freeze' };

/** Types with a random seed, on which the order of keys and a Bloom filter's false positives depend. */
const SEEDED = new Set<MapTypeName>([
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'hash_of_maps',
  'bloom_filter',
]);
const LRU = new Set<MapTypeName>(['lru_hash', 'lru_percpu_hash']);
/** Types whose values name something else: the answer to a lookup is an id that differs from run to run. */
const REFERENCES = new Set<MapTypeName>(['array_of_maps', 'hash_of_maps']);

/** A map for scripts: with the kernel's order of keys, and for LRU so large that its approximation never evicts. */
export function scriptMap(type: MapTypeName): MapAttr {
  const attr = good(type);
  const flags = SEEDED.has(type) ? attr.flags | MAP_FLAG.BPF_F_ZERO_SEED : attr.flags;
  return { ...attr, flags, maxEntries: LRU.has(type) ? 4096 : attr.maxEntries };
}

/** Key `n`; for a trie prefixes of each other, longer and shorter, and one too long. */
function keyBytes(attr: MapAttr, type: MapTypeName, n: number): Uint8Array {
  const bytes = new Uint8Array(attr.keySize);
  if (type === 'lpm_trie') bytes.set([[24, 16, 8, 25, 0, 32, 33][n % 7] ?? 0, 0, 0, 0, 10, n & 1, n >> 1, 0]);
  else if (attr.keySize > 0) bytes[0] = n;
  return bytes;
}

/** Value `n` of the map; `inner` are maps that may stand in it. */
function valueBytes(map: TestMap, type: MapTypeName, n: number, inner: readonly TestMap[]): Uint8Array {
  const bytes = new Uint8Array(map.userValueSize);
  const view = new DataView(bytes.buffer);
  if (REFERENCES.has(type)) view.setUint32(0, inner[n % 3]?.reference ?? 0xffffff, true);
  else if (/prog_array|perf|xsk/.test(type)) view.setUint32(0, 0xffffff, true);
  // interface 1 is lo; a queue of a cpumap may hold up to 16384
  else if (/devmap|cpumap/.test(type)) view.setUint32(0, type === 'cpumap' ? n * 5000 : n & 1, true);
  else bytes.fill(n);
  // padding of per-CPU values is not part of them
  return bytes;
}

/** The answers to a script. */
export function play(
  backend: MapBackend,
  type: MapTypeName,
  attr: MapAttr,
  steps: readonly Step[],
): unknown[] {
  const map = backend.create(attr);
  const inner = attr.inner ? innerMaps(map, attr.inner, backend) : [];
  try {
    return steps.map((step) => outcome(() => run(map, type, attr, step, inner)));
  } finally {
    for (const other of [map, ...inner]) other.close();
  }
}

/** Two that look like the prototype and one that does not; missing ones are bad references. */
function innerMaps(map: TestMap, prototype: MapAttr, backend: MapBackend): TestMap[] {
  const make = backend.sibling;
  return [prototype, { ...prototype, maxEntries: prototype.maxEntries + 1 }].map((attr) => make(map, attr));
}

function run(map: TestMap, type: MapTypeName, attr: MapAttr, step: Step, inner: readonly TestMap[]): unknown {
  if (step.op === 'freeze') return map.freeze();
  const none = step.op === 'next' && step.key < 0;
  const key = keyBytes(attr, type, step.key);
  switch (step.op) {
    case 'lookup':
      return anonymous(type, map.lookup(key, step.flags));
    case 'take':
      return anonymous(type, map.lookupAndDelete(key, step.flags));
    case 'update':
      return map.update(key, valueBytes(map, type, step.value, inner), step.flags);
    case 'delete':
      return map.delete(key);
    case 'next':
      return map.nextKey(none ? undefined : key) ?? 'end';
  }
}

function anonymous(type: MapTypeName, value: Uint8Array): unknown {
  return REFERENCES.has(type) ? 'an id' : value;
}

/** Every operation on key `key`, with good and bad flags. */
function everything(key: number, value: number): Step[] {
  return [
    ...[0, 1, 4, 8].map((flags): Step => ({ op: 'lookup', key, flags })),
    { op: 'next', key },
    ...[2, 3, 4, 5, 8, 1, 1, 0, 2].map((flags, i): Step => ({ op: 'update', key, value: value + i, flags })),
    { op: 'lookup', key, flags: 0 },
    { op: 'next', key },
    ...[1, 4, 8].map((flags): Step => ({ op: 'take', key, flags })),
    { op: 'delete', key },
    { op: 'delete', key },
    { op: 'update', key, value: value + 20, flags: 0 },
    { op: 'take', key, flags: 0 },
    { op: 'take', key, flags: 0 },
    { op: 'lookup', key, flags: 0 },
  ];
}

const KEYS = [0, 1, 2, 3, 4, 5, 6, 255];
const walk: Step[] = [-1, ...KEYS].map((key) => ({ op: 'next', key }));
const fill: Step[] = KEYS.map((key) => ({ op: 'update', key, value: 1 + 3 * key, flags: 0 }));
const look: Step[] = KEYS.map((key) => ({ op: 'lookup', key, flags: 0 }));

const SCRIPTS: Readonly<Record<string, readonly Step[]>> = {
  'empty map': [...walk, ...look],
  'one key': everything(1, 40),
  'the last and the first key too many': [...everything(3, 60), ...everything(4, 90)],
  'more keys than fit': [...fill, ...walk, ...look, ...fill, ...walk],
  'deleting while full': [
    ...fill,
    { op: 'delete', key: 2 },
    { op: 'delete', key: 0 },
    ...walk,
    ...fill.slice(4),
    ...walk,
    ...look,
  ],
  frozen: [...fill.slice(0, 2), { op: 'freeze' }, { op: 'freeze' }, ...everything(1, 40)],
};

export function* operationCases(): Generator<{
  readonly name: string;
  readonly type: MapTypeName;
  readonly attr: MapAttr;
  readonly steps: readonly Step[];
}> {
  for (const type of Object.keys(GOOD) as MapTypeName[]) {
    const attr = scriptMap(type);
    for (const [name, steps] of Object.entries(SCRIPTS))
      yield { name: `${type}: ${name}`, type, attr, steps };
    if (type === 'ringbuf' || type === 'cpumap') continue;
    for (const flag of ['BPF_F_RDONLY', 'BPF_F_WRONLY'] as const) {
      yield {
        name: `${type}: ${flag}`,
        type,
        attr: { ...attr, flags: attr.flags | MAP_FLAG[flag] },
        steps: [...everything(1, 40), { op: 'freeze' }],
      };
    }
  }
}
