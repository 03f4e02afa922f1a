/** What runs changed in maps: contents before and after, compared by bytes and told by type. */
import { toHex } from '../bytes/index.ts';
import { isBpfError } from '../errors.ts';

/** A map as the report reads it; the library's BpfMap is one. */
export interface ReportedMap {
  readonly name: string;
  readonly type: string | undefined;
  readonly perCpu: boolean;
  rawEntries(): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
  decodeKey(bytes: Uint8Array): unknown;
  decodeValue(bytes: Uint8Array): unknown;
}

/** Values by the key's hex, in the map's order. */
export interface MapContents {
  readonly map: ReportedMap;
  readonly entries: ReadonlyMap<string, readonly [key: Uint8Array, value: Uint8Array]>;
}

/** One entry that came, changed or went; typed by BTF where the object has it, else bytes. */
export interface EntryChange {
  readonly key: unknown;
  /** Undefined: the entry is new. */
  readonly before: unknown;
  /** Undefined: the entry was deleted. */
  readonly after: unknown;
}

export interface MapChanges {
  readonly map: string;
  readonly type: string;
  readonly perCpu: boolean;
  readonly changes: readonly EntryChange[];
}

/** Maps without values that user space can read. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'ringbuf',
  'user_ringbuf',
  'perf_event_array',
  'prog_array',
  'bloom_filter',
  'queue',
  'stack',
  'arena',
]);

/** Copies the contents of every map that can be read. A map that refuses (the kernel does for some) is left out. */
export function readMaps(maps: Iterable<ReportedMap>): readonly MapContents[] {
  const contents: MapContents[] = [];
  for (const map of maps) {
    if (map.type === undefined || UNREADABLE.has(map.type)) continue;
    const entries = new Map<string, readonly [Uint8Array, Uint8Array]>();
    try {
      for (const [key, value] of map.rawEntries()) entries.set(toHex(key), [key.slice(), value.slice()]);
    } catch (error) {
      if (isBpfError(error)) continue;
      throw error;
    }
    contents.push({ map, entries });
  }
  return contents;
}

/** Maps with changes only, in the order of `after`. */
export function compareMaps(
  before: readonly MapContents[],
  after: readonly MapContents[],
): readonly MapChanges[] {
  const all: MapChanges[] = [];
  for (const { map, entries } of after) {
    const old = before.find((contents) => contents.map.name === map.name)?.entries ?? new Map();
    const changes = changedEntries(map, old, entries);
    if (changes.length > 0) all.push({ map: map.name, type: map.type ?? '', perCpu: map.perCpu, changes });
  }
  return all;
}

function changedEntries(
  map: ReportedMap,
  before: MapContents['entries'],
  after: MapContents['entries'],
): EntryChange[] {
  const changes: EntryChange[] = [];
  for (const [id, [key, value]] of after) {
    const old = before.get(id)?.[1];
    if (old !== undefined && equal(old, value)) continue;
    changes.push({
      key: map.decodeKey(key),
      before: old === undefined ? undefined : map.decodeValue(old),
      after: map.decodeValue(value),
    });
  }
  for (const [id, [key, value]] of before) {
    if (!after.has(id))
      changes.push({ key: map.decodeKey(key), before: map.decodeValue(value), after: undefined });
  }
  return changes;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
