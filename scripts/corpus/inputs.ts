/** What the corpus programs run on: packets of the examples' captures, contexts, maps and globals where they need some. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MapSpec, ObjectSpec } from '../../src/object/index.ts';
import { readCapture } from '../../src/packet/index.ts';
import type { TestRunAttr } from '../../src/test-run/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';

/** One run: a name for messages, and what goes in. */
export interface Input {
  readonly name: string;
  readonly attr: TestRunAttr;
}

const CAPTURES = ['xdp-firewall', 'xdp-load-balancer', 'tc-nat-gateway'];
const PACKETS_PER_CAPTURE = 60;
/** Longer than any output here, and short enough to allocate it for each run. */
const DATA_SIZE_OUT = 16384;

function packetsOf(example: string): readonly Uint8Array[] {
  const path = fileURLToPath(new URL(`../../../examples/${example}/traffic.pcap`, import.meta.url));
  const all = [...readCapture(readFileSync(path))].map(({ data }) => data.slice());
  const step = all.length / Math.min(PACKETS_PER_CAPTURE, all.length);
  return Array.from(
    { length: Math.floor(all.length / step) },
    (_, index) => all[Math.floor(index * step)] ?? all[0]!,
  );
}

/** Every packet without a context, every third one also with the context that its type takes. */
export function inputsFor(progType: ProgTypeName, source: string): readonly Input[] {
  const edit = EDITS[source] ?? ((packet) => packet);
  return CAPTURES.flatMap((capture) =>
    packetsOf(capture).flatMap((original, index) => {
      const dataIn = edit(original);
      const name = `${capture} packet ${index + 1}`;
      const plain: Input = { name, attr: { dataIn, dataSizeOut: DATA_SIZE_OUT } };
      if (index % 3 !== 0) return [plain];
      return [plain, { name: `${name} with context`, attr: withContext(progType, dataIn) }];
    }),
  );
}

function withContext(progType: ProgTypeName, dataIn: Uint8Array): TestRunAttr {
  const isXdp = progType === 'xdp';
  const ctx = new DataView(new ArrayBuffer(isXdp ? 24 : 192));
  if (isXdp) {
    // Four bytes of metadata in front of the packet; everything is linear.
    const meta = Uint8Array.of(1, 2, 3, 4);
    ctx.setUint32(0, meta.length, true);
    ctx.setUint32(4, meta.length + dataIn.length, true);
    ctx.setUint32(12, 1, true);
    dataIn = Uint8Array.of(...meta, ...dataIn);
  } else {
    for (const [offset, value] of SKB_CONTEXT) ctx.setUint32(offset, value, true);
    ctx.setUint32(160, Math.max(dataIn.length, 100), true);
  }
  return {
    dataIn,
    dataSizeOut: DATA_SIZE_OUT,
    ctxIn: new Uint8Array(ctx.buffer),
    ctxSizeOut: ctx.byteLength,
  };
}

/** cb 1-5, priority, ingress_ifindex, ifindex, mark, tstamp, gso_segs, gso_size, hwtstamp: what test_skb_ctx.c expects. */
const SKB_CONTEXT: readonly (readonly [number, number])[] = [
  [48, 1],
  [52, 2],
  [56, 3],
  [60, 4],
  [64, 5],
  [32, 6],
  [36, 11],
  [40, 1],
  [8, 9],
  [152, 7],
  [164, 8],
  [176, 10],
  [184, 11],
];

/** Programs that look for one port or one VLAN get packets that have it. */
const EDITS: Readonly<Record<string, (packet: Uint8Array) => Uint8Array>> = {
  'test_tc_tunnel.c': (packet) => replaceWord(packet, 36, 80, 8000),
  'test_xdp_vlan.c': (packet) => replaceWord(packet, 14, 100, 4011),
};

function replaceWord(packet: Uint8Array, offset: number, from: number, to: number): Uint8Array {
  const copy = packet.slice();
  const view = new DataView(copy.buffer);
  if (copy.length >= offset + 2 && view.getUint16(offset) === from) view.setUint16(offset, to);
  return copy;
}

/** A value for one key of a map, before the runs. */
export interface Entry {
  readonly map: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const padded = (size: number, ...bytes: readonly number[]): Uint8Array => {
  const padding = new Uint8Array(size);
  padding.set(bytes);
  return padding;
};
const VIP4 = [192, 0, 2, 80];
const VIP6 = [0x20, 1, 0x0d, 0xb8, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/** The load balancers' tables: virtual addresses of our captures, rings over three servers, one of them IPv6. */
function loadBalancer(spec: ObjectSpec): readonly Entry[] {
  const mapOf = (name: string): MapSpec | undefined => spec.maps.find((map) => map.name === name);
  const all = (name: string, value: (index: number, size: number) => Uint8Array): readonly Entry[] =>
    Array.from({ length: mapOf(name)?.maxEntries ?? 0 }, (_, index) => ({
      map: name,
      key: u32(index),
      value: value(index, mapOf(name)?.valueSize ?? 0),
    }));
  const vip = (address: readonly number[], port: number, protocol: number): Uint8Array => {
    const key = padded(mapOf('vip_map')?.keySize ?? 24, ...address);
    new DataView(key.buffer).setUint16(16, port);
    key[20] = protocol;
    return key;
  };
  const keys = [vip(VIP4, 80, 6), vip(VIP4, 443, 6), vip(VIP4, 53, 17), vip(VIP6, 80, 6), vip(VIP6, 53, 17)];
  const vips = keys.map((key, index) => ({
    map: 'vip_map',
    key,
    value: padded(mapOf('vip_map')?.valueSize ?? 8, 0, 0, 0, 0, index),
  }));
  return [
    ...vips,
    ...all('ch_rings', (index) => u32(1 + (index % 3))),
    ...all('reals', (index, size) =>
      index % 3 === 0 ? padded(size, ...VIP6.slice(0, 15), index, 1) : padded(size, 10, 0, 0, index),
    ),
    ...all('ctl_array', (_, size) => padded(size, 2, 0, 0, 0, 0, 1)),
  ];
}

/** Entries by file, for the programs that do nothing without them. */
export function entriesFor(source: string, spec: ObjectSpec): readonly Entry[] {
  if (/^test_l4lb|^test_xdp_noinline/.test(source)) return loadBalancer(spec);
  return [];
}

/** Globals by file: test_cls_redirect.c takes our DNS queries for its encapsulation. */
const GLOBALS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  'test_cls_redirect.c': { ENCAPSULATION_IP: VIP4, ENCAPSULATION_PORT: [0, 53] },
  'test_cls_redirect_dynptr.c': { ENCAPSULATION_IP: VIP4, ENCAPSULATION_PORT: [0, 53] },
};

/** Initial bytes of the data maps that hold such globals. */
export function dataFor(source: string, spec: ObjectSpec): ReadonlyMap<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const [name, bytes] of Object.entries(GLOBALS[source] ?? {})) {
    const variable = spec.variables.find((one) => one.name === name);
    const map = variable && spec.maps[variable.map];
    if (!variable || !map?.data) continue;
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
