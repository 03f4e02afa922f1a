/** What programs find besides the packet: filled maps, globals, jump tables; and the maps they do not use, left out. */
import type { MapSpec, ObjectSpec, ProgramSpec } from '../../src/object/index.ts';
import { parseIpv4, parseIpv6 } from '../../src/packet/index.ts';
import { MAP_FLAG, MAP_TYPE, PSEUDO_LD } from '../../src/uapi/bpf.ts';
import { GUE_PORT, randomBytes, VIP4, VIP6 } from './packets.ts';

/** A value for one key of a map. */
export interface Entry {
  readonly map: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const vip4 = parseIpv4(VIP4);
const vip6 = parseIpv6(VIP6);

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const padded = (size: number, ...bytes: readonly number[]): Uint8Array => {
  const padding = new Uint8Array(size);
  padding.set(bytes);
  return padding;
};

/** Entries by file, for the programs that do nothing without them. */
export function entriesFor(source: string, spec: ObjectSpec): readonly Entry[] {
  return /^test_l4lb|^test_xdp_noinline/.test(source) ? loadBalancer(spec) : [];
}

/** The load balancers' tables: virtual addresses of our captures, rings over three servers, one of them IPv6. */
function loadBalancer(spec: ObjectSpec): readonly Entry[] {
  const mapOf = (name: string): MapSpec | undefined => spec.maps.find((map) => map.name === name);
  const all = (name: string, value: (index: number, size: number) => Uint8Array): readonly Entry[] =>
    Array.from({ length: mapOf(name)?.maxEntries ?? 0 }, (_, index) => ({
      map: name,
      key: u32(index),
      value: value(index, mapOf(name)?.valueSize ?? 0),
    }));
  const vip = (address: Uint8Array, port: number, protocol: number): Uint8Array => {
    const key = padded(mapOf('vip_map')?.keySize ?? 24, ...address);
    new DataView(key.buffer).setUint16(16, port);
    key[20] = protocol;
    return key;
  };
  const keys = [vip(vip4, 80, 6), vip(vip4, 443, 6), vip(vip4, 53, 17), vip(vip6, 80, 6), vip(vip6, 53, 17)];
  const vips = keys.map((key, index) => ({
    map: 'vip_map',
    key,
    value: padded(mapOf('vip_map')?.valueSize ?? 8, 0, 0, 0, 0, index),
  }));
  return [
    ...vips,
    ...all('ch_rings', (index) => u32(1 + (index % 3))),
    ...all('reals', (index, size) =>
      index % 3 === 0 ? padded(size, ...vip6.slice(0, 15), index, 1) : padded(size, 10, 0, 0, index),
    ),
    ...all('ctl_array', (_, size) => padded(size, 2, 0, 0, 0, 0, 1)),
  ];
}

const FILLED: ReadonlySet<number> = new Set([
  MAP_TYPE.hash,
  MAP_TYPE.array,
  MAP_TYPE.percpu_hash,
  MAP_TYPE.percpu_array,
  MAP_TYPE.lru_hash,
  MAP_TYPE.lru_percpu_hash,
]);
const MAX_FILLED = 16;

/**
 * Values for every table that user space may write, global variables included, for a second round: small numbers,
 * since many of them are counts and lengths.
 * @param sizeOf Bytes of one value of a map as user space sees it (per-CPU: of all CPUs).
 */
export function fillFor(spec: ObjectSpec, sizeOf: (map: string) => number): readonly Entry[] {
  return spec.maps.flatMap((map, mapIndex) => {
    if (!FILLED.has(map.type) || (map.flags & MAP_FLAG.BPF_F_RDONLY_PROG) !== 0) return [];
    const count = Math.min(map.maxEntries, MAX_FILLED);
    return Array.from({ length: count }, (_, index) => ({
      map: map.name,
      key: padded(map.keySize, ...u32(index).slice(0, map.keySize)),
      value: randomBytes(mapIndex * MAX_FILLED + index, sizeOf(map.name)).map((byte, at) =>
        at % 4 === 0 ? byte & 15 : 0,
      ),
    }));
  });
}

/** Globals by file: test_cls_redirect.c learns the address and port of its encapsulation, fib_lookup.c what to look up. */
const ENCAPSULATION = { ENCAPSULATION_IP: [...vip4], ENCAPSULATION_PORT: [0, GUE_PORT] };
const GLOBALS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  'test_cls_redirect.c': ENCAPSULATION,
  'test_cls_redirect_dynptr.c': ENCAPSULATION,
  'test_cls_redirect_subprogs.c': ENCAPSULATION,
  // family AF_INET, ifindex 1
  'fib_lookup.c': { fib_params: [2, 0, 0, 0, 0, 0, 0, 0, 1] },
};

/** Initial bytes of the data maps that hold such globals. */
export function dataFor(source: string, spec: ObjectSpec): ReadonlyMap<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const [name, bytes] of Object.entries(GLOBALS[source] ?? {})) {
    const variable = spec.variables.find((one) => one.name === name);
    const map = variable && spec.maps[variable.map];
    if (!variable || !map?.data) throw new Error(`${source} has no global '${name}'`);
    const value = data.get(map.name) ?? map.data.slice();
    value.set(bytes, variable.offset);
    data.set(map.name, value);
  }
  return data;
}

/**
 * Jump tables that user space fills: slot N gets the program whose name ends in N, as the selftests do. Returns a spec
 * that says so, which both backends load the same way.
 */
export function withJumpTables(spec: ObjectSpec): ObjectSpec {
  const maps = spec.maps.map((map) => {
    if (map.typeName !== 'prog_array' || map.values.size > 0) return map;
    const values = new Map<number, string>();
    for (const { name } of spec.programs) {
      const slot = /_(\d+)$/.exec(name)?.[1];
      if (slot !== undefined && Number(slot) < map.maxEntries) values.set(Number(slot), name);
    }
    return { ...map, values };
  });
  return { ...spec, maps };
}

/**
 * Puts a small array in the place of each map that none of the programs refers to: a loader that turns off its creation
 * (bpf_map__set_autocreate) comes to the same, and the program runs although we lack the type of another one's map.
 */
export function withoutUnusedMaps(spec: ObjectSpec, programs: readonly string[]): ObjectSpec {
  const used = new Set<number>();
  for (const { name, insns } of spec.programs) {
    if (programs.includes(name)) for (const index of mapsOf(insns)) used.add(index);
  }
  const isUsed = (map: MapSpec, index: number): boolean => used.has(index) || isInner(spec, used, map.name);
  const maps = spec.maps.map((map, index) => (isUsed(map, index) ? map : placeholder(map)));
  return { ...spec, maps };
}

function* mapsOf(insns: ProgramSpec['insns']): Generator<number> {
  for (const { code, src, imm } of insns) {
    if (code !== 0x18) continue;
    if (
      [PSEUDO_LD.MAP_FD, PSEUDO_LD.MAP_VALUE, PSEUDO_LD.MAP_IDX, PSEUDO_LD.MAP_IDX_VALUE].some(
        (one) => one === src,
      )
    )
      yield imm;
  }
}

const isInner = (spec: ObjectSpec, used: ReadonlySet<number>, name: string): boolean =>
  [...used].some((index) => [...(spec.maps[index]?.values.values() ?? [])].includes(name));

const placeholder = (map: MapSpec): MapSpec => ({
  ...map,
  type: MAP_TYPE.array,
  typeName: 'array',
  keySize: 4,
  valueSize: 8,
  maxEntries: 1,
  flags: 0,
  mapExtra: 0,
  keyTypeId: 0,
  valueTypeId: 0,
  inner: undefined,
  data: undefined,
  values: new Map(),
});
