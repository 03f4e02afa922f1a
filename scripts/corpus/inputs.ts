/** The runs of one program: each packet without a context, some with one, some repeated. */
import type { TestRunAttr } from '../../src/test-run/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import { PACKETS } from './packets.ts';

/** One run: a name for messages, and what goes in. */
export interface Input {
  readonly name: string;
  readonly attr: TestRunAttr;
}

/** Longer than any output here, and short enough to allocate it for each run. */
const DATA_SIZE_OUT = 20000;
/** Every third packet also runs with a context, every seventh also three times over. */
const WITH_CONTEXT = 3;
const REPEATED = 7;

export function inputsFor(progType: ProgTypeName, source: string): readonly Input[] {
  const edit = EDITS[source] ?? ((packet) => packet);
  return PACKETS.flatMap(({ name, data }, index) => {
    const dataIn = edit(data);
    const plain = { dataIn, dataSizeOut: DATA_SIZE_OUT };
    const runs: Input[] = [{ name, attr: plain }];
    if (index % WITH_CONTEXT === 0)
      runs.push({ name: `${name}, with context`, attr: withContext(progType, dataIn) });
    if (index % REPEATED === 0)
      runs.push({ name: `${name}, three times`, attr: { ...plain, repeat: 3, ctxSizeOut: 192 } });
    return runs;
  });
}

function withContext(progType: ProgTypeName, packet: Uint8Array): TestRunAttr {
  const isXdp = progType === 'xdp';
  const ctx = new DataView(new ArrayBuffer(isXdp ? 24 : 192));
  let dataIn = packet;
  if (isXdp) {
    // Four bytes of metadata in front of the packet; everything is linear.
    const meta = Uint8Array.of(1, 2, 3, 4);
    ctx.setUint32(0, meta.length, true);
    ctx.setUint32(4, meta.length + packet.length, true);
    ctx.setUint32(12, 1, true);
    dataIn = Uint8Array.of(...meta, ...packet);
  } else {
    for (const [offset, value] of SKB_CONTEXT) ctx.setUint32(offset, value, true);
    ctx.setUint32(160, Math.max(packet.length, 100), true);
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

/** Programs that look for one port or one VLAN find it in the packets of the captures. */
const EDITS: Readonly<Record<string, (packet: Uint8Array) => Uint8Array>> = {
  'test_tc_tunnel.c': toPort8000,
  'test_xdp_vlan.c': toVlan4011,
};

const IPPROTO_TCP = 6;

function toPort8000(packet: Uint8Array): Uint8Array {
  const [layout] = [
    { type: 0x0800, protocol: 23, port: 36 },
    { type: 0x86dd, protocol: 20, port: 56 },
  ].filter(({ type, protocol }) => wordAt(packet, 12) === type && packet[protocol] === IPPROTO_TCP);
  return layout ? withWord(packet, layout.port, 8000) : packet;
}

function toVlan4011(packet: Uint8Array): Uint8Array {
  return wordAt(packet, 12) === 0x8100 ? withWord(packet, 14, 4011) : packet;
}

const wordAt = (packet: Uint8Array, offset: number): number =>
  ((packet[offset] ?? 0) << 8) | (packet[offset + 1] ?? 0);

function withWord(packet: Uint8Array, offset: number, value: number): Uint8Array {
  if (packet.length < offset + 2) return packet;
  const copy = packet.slice();
  copy.set([value >> 8, value & 0xff], offset);
  return copy;
}
