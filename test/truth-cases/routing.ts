/** Helpers about routes and tunnels: what they refuse, and what a tunnel key that was set reads back as. */
import { fromHex, toHex } from '../../src/bytes/index.ts';
import { helperByName } from '../../src/helpers/index.ts';
import type { RawMap } from '../../src/object/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import type { TruthCase } from '../truth-case.ts';

const ID = (name: string): string => `#${helperByName(name)?.id}`;

/** An IPv4 packet of 40 bytes behind its Ethernet header. */
const PACKET = `0200000000010200000000020800${'45000028303940004006'}0000c0000201c6336402${'00'.repeat(20)}`;

const mapOf = (name: string, data: Uint8Array): RawMap => ({
  name,
  type: 'array',
  valueSize: data.length,
  data,
});

function testCase(
  name: string,
  progType: ProgTypeName,
  maps: readonly RawMap[],
  program: string,
  shown: string,
): TruthCase {
  const steps = [
    { op: 'run', dataIn: PACKET },
    { op: 'lookup', map: shown, key: '00000000' },
  ] as const;
  return { name, progType, maps, program, steps };
}

/** struct bpf_fib_lookup with these first bytes and addresses; 64 bytes and 8 more. */
function fibParams(family: number, ifindex: number, source: string, destination: string): Uint8Array {
  const params = new Uint8Array(72);
  params[0] = family;
  new DataView(params.buffer).setUint32(8, ifindex, true);
  params.set(fromHex(source), 16);
  params.set(fromHex(destination), 32);
  return params;
}

/** Cases end before the kernel asks whether the device forwards: that differs from machine to machine. */
function fib(what: string, params: Uint8Array, length = 64, flags = 0): TruthCase[] {
  const program = `
  r2 = map[params][0]+0
  r3 = ${length}
  r4 = ${flags}
  call ${ID('fib_lookup')}
  exit`;
  return (['sched_cls', 'xdp'] as const).map((type) =>
    testCase(
      `fib_lookup from ${type}, ${what}, plen ${length}, flags ${flags}`,
      type,
      [mapOf('params', params)],
      program,
      'params',
    ),
  );
}

const ANY6 = '00'.repeat(16);
const LOOPBACK6 = `${'00'.repeat(15)}01`;
const GLOBAL6 = `20010db8${'00'.repeat(11)}01`;
const LINK_LOCAL6 = `fe80${'00'.repeat(13)}01`;
const END_OF_LINK_LOCAL6 = `febf${'00'.repeat(13)}01`;
const SITE_LOCAL6 = `fec0${'00'.repeat(13)}01`;
const MULTICAST6 = `ff02${'00'.repeat(13)}01`;
const NOWHERE = 4_000_000;

const routes = [
  ...[0, 1, 3, 7, 17].flatMap((family) => fib(`family ${family}`, fibParams(family, 1, '', ''))),
  ...[1, 63, 72].flatMap((length) => fib('IPv4 on no device', fibParams(2, NOWHERE, '', ''), length)),
  ...[1, 2, 32, 63, 64, 128, -1].flatMap((flags) =>
    fib('IPv4 on no device', fibParams(2, NOWHERE, '', ''), 64, flags),
  ),
  ...fib('IPv4 on device 0', fibParams(2, 0, 'c0000201', 'c6336402')),
  ...[
    [ANY6, ANY6],
    [GLOBAL6, LOOPBACK6],
    [LOOPBACK6, GLOBAL6],
    [GLOBAL6, LINK_LOCAL6],
    [END_OF_LINK_LOCAL6, GLOBAL6],
    [SITE_LOCAL6, GLOBAL6],
    [GLOBAL6, MULTICAST6],
    [MULTICAST6, GLOBAL6],
  ].flatMap(([source = '', destination = '']) =>
    fib(`IPv6 ${source} to ${destination} on no device`, fibParams(10, NOWHERE, source, destination)),
  ),
];

/** struct bpf_tunnel_key with a different byte everywhere, but for what may not be set. */
function tunnelKey(label: number, ext = 0): Uint8Array {
  const key = Uint8Array.from({ length: 44 }, (_, index) => 0x11 + index);
  const view = new DataView(key.buffer);
  view.setUint16(22, ext, true);
  view.setUint32(24, label, true);
  return key;
}

interface Tunnel {
  readonly key: Uint8Array;
  readonly setSize?: number;
  readonly setFlags?: number;
  readonly getSize?: number;
  readonly getFlags?: number;
}

/** Sets a key, reads it back into `out`; r0 is both results. */
function tunnel({ key, setSize = 44, setFlags = 0, getSize = 44, getFlags = 0 }: Tunnel): TruthCase {
  const out = mapOf('out', new Uint8Array(48).fill(0xee));
  return testCase(
    `set_tunnel_key ${toHex(key.subarray(22, 28))} of ${setSize}, flags ${setFlags}, get ${getSize}, flags ${getFlags}`,
    'sched_cls',
    [mapOf('key', key), out],
    `
  r6 = r1
  r2 = map[key][0]+0
  r3 = ${setSize}
  r4 = ${setFlags}
  call ${ID('skb_set_tunnel_key')}
  r7 = r0
  r1 = r6
  r2 = map[out][0]+0
  r3 = ${getSize}
  r4 = ${getFlags}
  call ${ID('skb_get_tunnel_key')}
  r7 <<= 8
  r0 += r7
  exit`,
    'out',
  );
}

const PLAIN = tunnelKey(0);
const LABELLED = tunnelKey(0x7f654321);

const tunnels = [
  tunnel({ key: PLAIN }),
  tunnel({ key: LABELLED }),
  tunnel({ key: LABELLED, setFlags: 1 }),
  tunnel({ key: LABELLED, setFlags: 1, getFlags: 1 }),
  tunnel({ key: PLAIN, setFlags: 1, getFlags: 17 }),
  tunnel({ key: tunnelKey(0, 1) }),
  ...[2, 4, 8, 16, 30, 32, 64, -1].map((setFlags) => tunnel({ key: PLAIN, setFlags, getFlags: 16 })),
  ...[2, 4, 8, 32, -1].map((getFlags) => tunnel({ key: PLAIN, getFlags })),
  ...[4, 8, 20, 22, 24, 28, 32, 43, 48].map((setSize) =>
    tunnel({ key: Uint8Array.of(...PLAIN, 0, 0, 0, 0), setSize }),
  ),
  ...[4, 8, 20, 22, 24, 28, 32, 43, 48].flatMap((getSize) => [
    tunnel({ key: PLAIN, getSize, getFlags: 16 }),
    tunnel({ key: LABELLED, setFlags: 1, getSize, getFlags: 1 }),
  ]),
  testCase(
    'get_tunnel_opt after set_tunnel_key',
    'sched_cls',
    [mapOf('key', PLAIN), mapOf('out', new Uint8Array(16).fill(0xee))],
    `
  r6 = r1
  r2 = map[key][0]+0
  r3 = 44
  r4 = 0
  call ${ID('skb_set_tunnel_key')}
  r1 = r6
  r2 = map[out][0]+0
  r3 = 12
  call ${ID('skb_get_tunnel_opt')}
  exit`,
    'out',
  ),
];

export const ROUTING_CASES: readonly TruthCase[] = [...routes, ...tunnels];
