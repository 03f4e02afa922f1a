/** A map as its user sees it: keys and values typed by BTF where the object has it, raw bytes always. */
import { type Btf, decodeValue, encodeValue } from './btf/index.ts';
import { fromHex, toHex } from './bytes/index.ts';
import { MapError } from './errors.ts';
import type { MapSpec } from './object/index.ts';
import type { BackendMap } from './test-run/index.ts';
import { MAP_TYPE, type MapTypeName } from './uapi/bpf.ts';

/** What BTF makes of bytes: structs are objects, arrays arrays, 64-bit integers bigint, the rest numbers or strings. */
export type Value = unknown;

const PER_CPU = new Set<number>([
  MAP_TYPE.percpu_array,
  MAP_TYPE.percpu_hash,
  MAP_TYPE.lru_percpu_hash,
  MAP_TYPE.percpu_cgroup_storage,
]);

export class BpfMap {
  readonly name: string;
  readonly spec: MapSpec;
  readonly #map: BackendMap;
  readonly #btf: Btf | undefined;

  constructor(spec: MapSpec, map: BackendMap, btf: Btf | undefined) {
    this.name = spec.name;
    this.spec = spec;
    this.#map = map;
    this.#btf = btf;
  }

  get type(): MapTypeName | undefined {
    return this.spec.typeName;
  }

  get keySize(): number {
    return this.#map.keySize;
  }

  get valueSize(): number {
    return this.#map.valueSize;
  }

  get maxEntries(): number {
    return this.#map.maxEntries;
  }

  get perCpu(): boolean {
    return PER_CPU.has(this.spec.type);
  }

  /**
   * The value under `key`; of a per-CPU map an array with one value a CPU. Undefined when there is none.
   * @throws {@link MapError} The map cannot be read (EPERM, ENOTSUPP, ...), or the key does not fit its type.
   */
  get(key: Value): Value | undefined {
    const bytes = this.getRaw(this.encodeKey(key));
    return bytes && this.decodeValue(bytes);
  }

  /** Stores `value` under `key`. `flags`: BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. */
  set(key: Value, value: Value, flags = 0): void {
    this.#map.update(this.encodeKey(key), this.encodeValue(value), flags);
  }

  /** Whether the key was there. */
  delete(key: Value): boolean {
    return (
      ifPresent(() => {
        this.#map.delete(this.encodeKey(key));
        return true;
      }) ?? false
    );
  }

  has(key: Value): boolean {
    return this.getRaw(this.encodeKey(key)) !== undefined;
  }

  /** Keys and values in the map's own order. Entries that are deleted meanwhile are left out. */
  *entries(): Generator<[key: Value, value: Value]> {
    for (const [key, value] of this.rawEntries()) yield [this.decodeKey(key), this.decodeValue(value)];
  }

  [Symbol.iterator](): Generator<[key: Value, value: Value]> {
    return this.entries();
  }

  /** As bytes: keys of `keySize`, values as bpf(2) copies them (per-CPU: all CPUs, each rounded up to 8 bytes). */
  *rawEntries(): Generator<[key: Uint8Array, value: Uint8Array]> {
    for (let key = this.#map.nextKey(undefined); key; key = this.#map.nextKey(key)) {
      const value = this.getRaw(key);
      if (value) yield [key, value];
    }
  }

  getRaw(key: Uint8Array): Uint8Array | undefined {
    return ifPresent(() => this.#map.lookup(key));
  }

  setRaw(key: Uint8Array, value: Uint8Array, flags = 0): void {
    this.#map.update(key, value, flags);
  }

  deleteRaw(key: Uint8Array): void {
    this.#map.delete(key);
  }

  /** Entries as JSON: `[{ key, value }]`; 64-bit integers become decimal strings, untyped bytes hex. */
  toJSON(): { key: Value; value: Value }[] {
    return [...this.entries()].map(([key, value]) => ({ key: jsonable(key), value: jsonable(value) }));
  }

  /**
   * Stores entries given as JSON, in the form `toJSON` gives.
   * @throws {@link MapError} An entry does not fit the map's types; the message names the entry.
   */
  fromJSON(entries: unknown): void {
    if (!Array.isArray(entries)) throw new MapError(this.name, 'entries must be a list of { key, value }');
    entries.forEach((entry: unknown, index) => {
      if (typeof entry !== 'object' || entry === null || !('key' in entry) || !('value' in entry)) {
        throw new MapError(this.name, `entry ${index} has no key and value`);
      }
      try {
        this.set(entry.key, entry.value);
      } catch (cause) {
        if (cause instanceof MapError) throw cause;
        throw new MapError(
          this.name,
          `entry ${index}: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      }
    });
  }

  encodeKey(key: Value): Uint8Array {
    return this.#encode(this.spec.keyTypeId, this.#map.keySize, key, 'key');
  }

  encodeValue(value: Value): Uint8Array {
    const { userValueSize, valueSize } = this.#map;
    if (!this.perCpu || value instanceof Uint8Array) {
      return this.#encode(this.spec.valueTypeId, userValueSize, value, 'value');
    }
    const stride = (valueSize + 7) & ~7;
    const cpus = userValueSize / stride;
    const values =
      Array.isArray(value) && value.length === cpus ? value : Array.from({ length: cpus }, () => value);
    const bytes = new Uint8Array(userValueSize);
    values.forEach((one, cpu) => {
      bytes.set(this.#encode(this.spec.valueTypeId, valueSize, one, `value of CPU ${cpu}`), cpu * stride);
    });
    return bytes;
  }

  decodeKey(bytes: Uint8Array): Value {
    return this.#decode(this.spec.keyTypeId, bytes);
  }

  decodeValue(bytes: Uint8Array): Value {
    if (!this.perCpu) return this.#decode(this.spec.valueTypeId, bytes);
    const { valueSize } = this.#map;
    const stride = (valueSize + 7) & ~7;
    return Array.from({ length: bytes.length / stride }, (_, cpu) =>
      this.#decode(this.spec.valueTypeId, bytes.subarray(cpu * stride, cpu * stride + valueSize)),
    );
  }

  #encode(typeId: number, size: number, value: Value, what: string): Uint8Array {
    const bytes = value instanceof Uint8Array ? value : this.#encodeTyped(typeId, size, value, what);
    if (bytes.length !== size)
      throw new MapError(this.name, `${what} has ${bytes.length} bytes, the map's has ${size}`, 'EINVAL');
    return bytes;
  }

  #encodeTyped(typeId: number, size: number, value: Value, what: string): Uint8Array {
    if (typeof value === 'string' && value.startsWith('0x') && value.length === 2 + 2 * size)
      return fromHex(value, what);
    if (this.#btf && typeId !== 0) {
      try {
        return encodeValue(this.#btf, typeId, value);
      } catch (cause) {
        throw new MapError(this.name, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
          cause,
        });
      }
    }
    if ((typeof value === 'number' || typeof value === 'bigint') && size <= 8)
      return integerBytes(value, size, this.name, what);
    if (typeof value === 'string') return fromHex(value, `map '${this.name}' ${what}`);
    throw new MapError(
      this.name,
      `${what} has no BTF type here: give ${size} bytes, hex, or an integer of up to 8 bytes`,
    );
  }

  #decode(typeId: number, bytes: Uint8Array): Value {
    if (this.#btf && typeId !== 0) return decodeValue(this.#btf, typeId, bytes);
    return bytes;
  }
}

/** Undefined where `read` fails with ENOENT. */
function ifPresent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MapError && error.errno === 'ENOENT') return undefined;
    throw error;
  }
}

function integerBytes(value: number | bigint, size: number, map: string, what: string): Uint8Array {
  const bits = BigInt(8 * size);
  let rest = BigInt(value);
  if (rest < -(1n << (bits - 1n)) || rest >= 1n << bits)
    throw new MapError(map, `${what}: ${value} does not fit ${size} bytes`);
  const bytes = new Uint8Array(size);
  rest = BigInt.asUintN(8 * size, rest);
  for (let i = 0; i < size; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function jsonable(value: Value): Value {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(jsonable);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonable(member)]));
  }
  return value;
}
