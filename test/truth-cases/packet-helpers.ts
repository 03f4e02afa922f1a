/** Helpers on packets: results, errno, the packet and the context's fields afterwards. None of them transmits. */
import type { RawMap } from '../../src/object/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import type { TruthCase } from '../truth-case.ts';
import { type Arg, type Call, type CallOptions, callCase, callsName } from './calls.ts';
import { frame, struct, TCP4, TCP6 } from './packets.ts';

const SKB_FIELDS = [0, 4, 8, 16, 20, 24, 28, 160, 164, 176];
const BPF_F_TEST_SKB_CHECKSUM_COMPLETE = 4;

/** TCP4 in VLAN 100. */
const VLAN4 = `${TCP4.slice(0, 24)}81000064${TCP4.slice(24)}`;
/** UDP without a checksum, from the loopback's address. */
const UDP4 =
  '0000000000000000000000000800' +
  '450000200000400040110000c0000201c6336402' +
  '1234003500 0c0000deadbeef'.replace(' ', '');
const PACKETS: Readonly<Record<string, string>> = { TCP4, TCP6, VLAN4, UDP4, 'no IP': frame(46) };

const skb = (packet: string, calls: readonly Call[], options: CallOptions = {}, more = ''): TruthCase =>
  callCase(`${callsName(calls)} on ${packet}${more}`, PACKETS[packet] ?? '', calls, {
    fields: SKB_FIELDS,
    ...options,
  });

/** The same with a known sum of the whole packet, which the helper has to keep right: a wrong one is EBADMSG. */
const summed = (packet: string, calls: readonly Call[]): TruthCase =>
  skb(packet, calls, { run: { flags: BPF_F_TEST_SKB_CHECKSUM_COMPLETE } }, ', CHECKSUM_COMPLETE');

const bytes = [
  ...[0, 12, 13, 14, 50, 51, 54, -1, -14, 0xffff, 0x10000, 0x7fffffff].flatMap((offset) => [
    skb('TCP4', [['skb_store_bytes', 'ctx', offset, 'in+0', 4, 0]]),
    skb('TCP4', [['skb_load_bytes', 'ctx', offset, 'out+0', 4]]),
    ...[0, 1, 2].map((start) => skb('TCP4', [['skb_load_bytes_relative', 'ctx', offset, 'out+0', 4, start]])),
  ]),
  skb('TCP4', [['skb_load_bytes', 'ctx', 0, 'out+0', 54]]),
  skb('TCP4', [['skb_load_bytes', 'ctx', 0, 'out+0', 55]]),
  ...[1, 2, 3, 4, 7, 8, 1n << 32n].map((flags) =>
    skb('TCP4', [['skb_store_bytes', 'ctx', 20, 'in+0', 5, flags]]),
  ),
  ...[0, 1, 2, 3].flatMap((flags) => [
    summed('TCP4', [['skb_store_bytes', 'ctx', 20, 'in+0', 4, flags]]),
    summed('TCP4', [['skb_store_bytes', 'ctx', 21, 'in+0', 5, flags]]),
  ]),
  skb('TCP4', [
    ['set_hash', 'ctx', 77],
    ['skb_store_bytes', 'ctx', 20, 'in+0', 4, 0],
    ['get_hash_recalc', 'ctx'],
  ]),
  skb('TCP4', [
    ['set_hash', 'ctx', 0xffffffffn],
    ['get_hash_recalc', 'ctx'],
  ]),
  ...[0, 1, 14, 53, 54, 55, 0x10000, -1].map((length) => skb('TCP4', [['skb_pull_data', 'ctx', length]])),
];

const replaced = (
  [
    [24, 0xc0, 0x1234, 2],
    [24, 0x010200c0, 0x0a0b0c0d, 4],
    [24, 0, 0x12345678, 0],
    [24, 1, 2, 0],
    [24, 1, 2, 1],
    [24, 1, 2, 3],
    [24, 1, 2, 8],
    [24, 1, 2, 0x10],
    [24, 1, 2, 0x12],
    [23, 1, 2, 2],
    [53, 1, 2, 2],
    [52, 1, 2, 2],
    [54, 1, 2, 2],
    [-2, 1, 2, 2],
    [0xffff, 1, 2, 2],
    [0x10000, 1, 2, 2],
    [50, 0, 5, 0x20],
    [50, 0, 5, 0x60],
    [50, 5, 5, 0x22],
    [50, 0x3412, 0xffff, 0x12],
    [50, 0x12345678, 0x9abcdef0, 0x14],
    [50, 0, 0xdeadbeef, 0x10],
    [50, 0, 0xdeadbeef, 0x100],
    [50, 0, 0x1ffff, 0x90],
    [50, 0x10002, 0x20003, 2],
    [24, 0xffff, 0, 2],
    [24, 0, 0xffff, 2],
    [24, 0, 0x1_0000_ffffn, 4],
    [24, 0, 0x1_0000_ffffn, 0],
    [24, 1, 2, 1n << 32n],
  ] satisfies readonly (readonly Arg[])[]
).flatMap((args) =>
  ['l3_csum_replace', 'l4_csum_replace'].flatMap((helper) => [
    skb('TCP4', [[helper, 'ctx', ...args]]),
    summed('TCP4', [[helper, 'ctx', ...args]]),
  ]),
);

const NUMBERS = new Uint8Array(64);
new DataView(NUMBERS.buffer).setUint32(0, 0x12345678, true);
NUMBERS.fill(0xff, 4, 12);
NUMBERS.set([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x80, 1, 0, 0, 0x80], 12);

const sums = [
  ...(
    [
      [0, 0, 0],
      [0, 4, 0],
      [4, 0, 0],
      [4, 4, 0],
      [0, 8, 0],
      [0, 4, 0xffff],
      [0, 4, 0xffffffffn],
      [4, 0, 0x7fffffff],
      [0, 64, 1],
      [64, 0, 1],
      [8, 64, 5],
      [3, 4, 0],
      [4, 3, 0],
      [2, 2, 0],
    ] satisfies readonly (readonly [number, number, Arg])[]
  ).flatMap(([from, to, seed]) =>
    (
      [
        ['in+0', 'in+4'],
        ['in+12', 'in+0'],
      ] as const
    )
      // beyond the 64 bytes of input
      .filter(([a, b]) => Number(a.slice(3)) + from <= 64 && Number(b.slice(3)) + to <= 64)
      .map(([a, b]) =>
        skb('TCP4', [['csum_diff', from > 0 ? a : 0, from, to > 0 ? b : 0, to, seed]], { input: NUMBERS }),
      ),
  ),
  ...[0, 1, 2, 3, 4, -1, 1n << 32n].flatMap((level) => [
    skb('TCP4', [['csum_level', 'ctx', level]]),
    summed('TCP4', [['csum_level', 'ctx', level]]),
    skb('TCP4', [
      ['csum_level', 'ctx', 1],
      ['csum_level', 'ctx', level],
      ['csum_level', 'ctx', 0],
    ]),
  ]),
  ...[0, 5, 0xffffffffn].flatMap((sum) => [
    skb('TCP4', [['csum_update', 'ctx', sum]]),
    summed('TCP4', [['csum_update', 'ctx', sum]]),
  ]),
];

const PUSH = (proto: number, tci: number): Call => ['skb_vlan_push', 'ctx', proto, tci];
const POP: Call = ['skb_vlan_pop', 'ctx'];
const ROOM = (difference: number, mode: number, flags: number | bigint): Call => [
  'skb_adjust_room',
  'ctx',
  difference,
  mode,
  flags,
];

const shapes = [
  ...['TCP4', 'TCP6', 'VLAN4', 'no IP'].flatMap((packet) =>
    (
      [
        [PUSH(0x0081, 100)],
        [PUSH(0xa888, 0xffff)],
        [PUSH(0x0008, 5)],
        [PUSH(0x0081, 100), PUSH(0xa888, 200)],
        [PUSH(0x0081, 100), PUSH(0xa888, 200), PUSH(0x0081, 300)],
        [POP],
        [POP, POP],
        [PUSH(0x0081, 100), POP],
        [PUSH(0x0081, 100), PUSH(0x0081, 200), POP],
        [PUSH(0x0081, 100), PUSH(0x0081, 200), POP, POP, POP],
      ] satisfies readonly (readonly Call[])[]
    ).flatMap((calls) => [skb(packet, calls), summed(packet, calls)]),
  ),
  ...[0, 1, 16, 64, 16064 - 54, 16064 - 53, 0x10000, -1].flatMap((length) => [
    skb('TCP4', [['skb_change_head', 'ctx', length, 0]]),
    summed('TCP4', [['skb_change_head', 'ctx', length, 0]]),
  ]),
  ...[1, 1n << 32n].map((flags) => skb('TCP4', [['skb_change_head', 'ctx', 1, flags]])),
  ...[0, 13, 14, 20, 35, 53, 54, 55, 60, 1500, 16064, 16065, 0x10000, -1].flatMap((length) => [
    skb('TCP4', [['skb_change_tail', 'ctx', length, 0]]),
    summed('TCP4', [['skb_change_tail', 'ctx', length, 0]]),
  ]),
  skb('TCP4', [['skb_change_tail', 'ctx', 60, 1]]),
  ...['TCP4', 'TCP6', 'VLAN4', 'no IP'].flatMap((packet) =>
    [0x0008, 0xdd86, 0x0081, 0].flatMap((proto) => [
      skb(packet, [['skb_change_proto', 'ctx', proto, 0]]),
      skb(packet, [['skb_change_proto', 'ctx', proto, 1]]),
      skb(packet, [
        ['skb_change_proto', 'ctx', 0xdd86, 0],
        ['skb_change_proto', 'ctx', proto, 0],
      ]),
      summed(packet, [['skb_change_proto', 'ctx', proto, 0]]),
    ]),
  ),
  ...[0, 1, 2, 3, 4, 7, 8, -1].map((type) => skb('TCP4', [['skb_change_type', 'ctx', type]])),
  // a frame to the loopback's own address is PACKET_HOST already
  ...[0, 3, 4].map((type) => skb('UDP4', [['skb_change_type', 'ctx', type]])),
];

const rooms = ['TCP4', 'TCP6', 'VLAN4', 'no IP'].flatMap((packet) => [
  ...[0, 1].flatMap((mode) =>
    [0, 1, 20, 40, 4095, 4096, -1, -8, -20, -21, -40, -4095, -4096].map((difference) =>
      skb(packet, [ROOM(difference, mode, 0)]),
    ),
  ),
  skb(packet, [ROOM(4, 2, 0)]),
  ...[
    1,
    2,
    4,
    6,
    8,
    16,
    24,
    2 | 8,
    4 | 16,
    2 | 8 | 16,
    32,
    64,
    2 | 64,
    2n | (14n << 56n),
    2n | 64n | (14n << 56n),
    2n | (5n << 56n),
    4n | 64n | (4n << 56n),
    128,
    256,
    128 | 256,
    512,
    1n << 40n,
  ].flatMap((flags) => [
    skb(packet, [ROOM(40, 1, flags)]),
    skb(packet, [ROOM(20, 0, flags)]),
    skb(packet, [ROOM(-20, 1, flags)]),
    skb(packet, [ROOM(-8, 0, flags)]),
  ]),
  summed(packet, [ROOM(20, 1, 0)]),
  summed(packet, [ROOM(20, 0, 32)]),
  summed(packet, [ROOM(-8, 0, 0)]),
  skb(packet, [ROOM(20, 1, 2), ROOM(20, 1, 2)]),
  skb(packet, [ROOM(20, 1, 2), ROOM(-20, 1, 128)]),
  skb(packet, [ROOM(40, 1, 4), ['skb_change_tail', 'ctx', 60, 0]]),
  skb(packet, [ROOM(40, 1, 4), ['skb_load_bytes_relative', 'ctx', 0, 'out+0', 4, 1]]),
]);

/** Nothing that a helper for redirection decides leaves a test run. */
const redirects = [
  ...[0, 1, 2, 3, 4, 1n << 32n].flatMap((flags) =>
    ([0, 1, 0x7ffffff0] as const).flatMap((ifindex) => [
      skb('TCP4', [['redirect', ifindex, flags]]),
      skb('TCP4', [['redirect_peer', ifindex, flags]]),
      skb('TCP4', [['redirect_neigh', ifindex, 0, 0, flags]]),
      callCase(`xdp: redirect(${ifindex}, ${flags})`, TCP4, [['redirect', ifindex, flags]], {
        progType: 'xdp',
      }),
    ]),
  ),
  skb('TCP4', [['redirect_neigh', 1, 'in+0', 8, 0]]),
  skb('TCP4', [['redirect_neigh', 1, 'in+0', 20, 0]]),
  skb('TCP4', [['redirect_neigh', 1, 'in+0', 24, 0]]),
  skb('TCP4', [['clone_redirect', 'ctx', 0x7ffffff0, 0]]),
  skb('TCP4', [['clone_redirect', 'ctx', 0, 0]]),
  ...[2, 3, 4, 1n << 32n].map((flags) => skb('TCP4', [['clone_redirect', 'ctx', 1, flags]])),
];

const REDIRECT_MAPS: readonly RawMap[] = [
  { name: 'devmap', type: 'devmap', keySize: 4, valueSize: 4, maxEntries: 4 },
  { name: 'devmap_hash', type: 'devmap_hash', keySize: 4, valueSize: 4, maxEntries: 4 },
  { name: 'cpumap', type: 'cpumap', keySize: 4, valueSize: 4, maxEntries: 2 },
  { name: 'xskmap', type: 'xskmap', keySize: 4, valueSize: 4, maxEntries: 4 },
];
/** Slot 1 of a devmap is lo, slot 1 of a cpumap CPU 1 with a queue of 64; xskmaps stay empty. */
const FILL: Readonly<Record<string, string>> = { devmap: '01000000', devmap_hash: '01000000' };

const mapRedirects = REDIRECT_MAPS.flatMap((map) =>
  ([0, 1, 4, 0xffffffffn] as const).flatMap((key) =>
    [0, 1, 2, 3, 4, 7, 8, 0x10, 0x18, 0x19, 0x20, 1n << 32n].map((flags) => {
      const value = FILL[map.name ?? ''];
      return callCase(
        `xdp: redirect_map(${map.name}, ${key}, ${flags})`,
        TCP4,
        [['redirect_map', `map ${map.name ?? ''}`, key, flags]],
        {
          progType: 'xdp',
          maps: [map],
          before: value === undefined ? [] : [{ op: 'update', map: map.name ?? '', key: '01000000', value }],
        },
      );
    }),
  ),
);

/** The traffic class byte of IPv4 is at 15; that of IPv6 lies across two bytes. */
const ecn = [0, 1, 2, 3].flatMap((mark) =>
  (['sched_cls', 'cgroup_skb'] as const).flatMap((progType) =>
    (
      [
        ['TCP4', `${TCP4.slice(0, 30)}0${mark}${TCP4.slice(32)}`],
        ['TCP6', `${TCP6.slice(0, 28)}60${mark}0${TCP6.slice(32)}`],
        ['VLAN4', `${VLAN4.slice(0, 38)}0${mark}${VLAN4.slice(40)}`],
        ['no IP', frame(46)],
      ] as const
    ).map(([packet, data]) =>
      callCase(
        `${progType}: skb_ecn_set_ce(ctx) on ${packet} with mark ${mark}`,
        data,
        [['skb_ecn_set_ce', 'ctx']],
        {
          progType,
        },
      ),
    ),
  ),
);

const others = [
  ...([0, 5, -1] as const).flatMap((time) =>
    [0, 1, 2, 3, 4, 1n << 32n].map((type) =>
      skb('TCP4', [['skb_set_tstamp', 'ctx', time, type]], { run: { ctxIn: struct(192) } }),
    ),
  ),
  ...['TCP6', 'no IP'].map((packet) =>
    skb(packet, [['skb_set_tstamp', 'ctx', 5, 1]], { run: { ctxIn: struct(192) } }),
  ),
  skb('TCP4', [['get_route_realm', 'ctx']]),
  ...[0, 1, 2].map((index) => skb('TCP4', [['skb_get_xfrm_state', 'ctx', index, 'out+0', 28, 0]])),
  skb('TCP4', [['skb_get_xfrm_state', 'ctx', 0, 'out+0', 28, 1]]),
  skb('TCP4', [['get_socket_uid', 'ctx']]),
];

/** The loopback has an MTU of 65536; length 0 asks for the packet's own. */
const mtu = (['sched_cls', 'xdp'] as const).flatMap((progType) =>
  [0, 1, 0x7ffffff0].flatMap((ifindex) =>
    (
      [
        [0, 0],
        [100, 0],
        [-54, 0],
        [-55, 0],
        [65600, 0],
        [0, 1],
        [4, 1],
        [0, 2],
        [0, 1n << 32n],
      ] as const
    ).flatMap(([difference, flags]) =>
      [0, 1000, 65550, 65551, 0xffff0000].map((length) => {
        const input = new Uint8Array(8);
        new DataView(input.buffer).setUint32(0, length, true);
        return callCase(
          `${progType}: check_mtu(ctx, ${ifindex}, ${length}, ${difference}, ${flags})`,
          TCP4,
          [['check_mtu', 'ctx', ifindex, 'in+0', difference, flags]],
          { progType, input, after: [{ op: 'lookup', map: 'in', key: '00000000' }] },
        );
      }),
    ),
  ),
);

/** 54 linear bytes; and 100 of 6000, so that the rest is in fragments. */
const XDP_PACKETS = [
  ['54 bytes', TCP4, {}, 0],
  ['6000 bytes, 100 linear', frame(5986), { ctxIn: struct(24, [[4, 4, 100]]) }, 32],
] as const;

const xdp: TruthCase[] = XDP_PACKETS.flatMap(([what, data, run, progFlags]) =>
  (
    [
      [['xdp_get_buff_len', 'ctx']],
      ...[
        0,
        1,
        50,
        51,
        54,
        96,
        99,
        100,
        4096,
        4190,
        5996,
        5997,
        6000,
        0xffff,
        0x10000,
        -1,
        0xffffffffn,
      ].flatMap((offset): Call[][] => [
        [['xdp_load_bytes', 'ctx', offset, 'out+0', 4]],
        [['xdp_store_bytes', 'ctx', offset, 'in+0', 4]],
      ]),
      [['xdp_load_bytes', 'ctx', 0, 'out+0', 54]],
      [['xdp_load_bytes', 'ctx', 0, 'out+0', 64]],
      ...[1, -14, -256, -257, 40, 41, 100].map((delta): Call[] => [
        ['xdp_adjust_head', 'ctx', delta],
        ['xdp_get_buff_len', 'ctx'],
      ]),
      ...[1, 100, 4096, -14, -39, -40, -41, -1000, -5000, -5986, -5987].map((delta): Call[] => [
        ['xdp_adjust_tail', 'ctx', delta],
        ['xdp_get_buff_len', 'ctx'],
      ]),
      ...[0, -4, -3, -32, -36, -252, -256, -260, 4].map((delta): Call[] => [
        ['xdp_adjust_meta', 'ctx', delta],
      ]),
      [
        ['xdp_adjust_meta', 'ctx', -8],
        ['xdp_adjust_head', 'ctx', -16],
        ['xdp_adjust_meta', 'ctx', 8],
        ['xdp_adjust_head', 'ctx', 20],
      ],
    ] satisfies Call[][]
  ).map((calls) => ({
    ...callCase(`xdp: ${callsName(calls)} on ${what}`, data, calls, { progType: 'xdp', run }),
    progFlags,
  })),
);

/** Types that see the packet from its network header, and the few helpers that they have. */
const layer3 = (
  ['socket_filter', 'cgroup_skb', 'lwt_in', 'lwt_out', 'lwt_xmit'] as const satisfies readonly ProgTypeName[]
).flatMap((progType) => {
  const one = (calls: readonly Call[]): TruthCase =>
    callCase(`${progType}: ${callsName(calls)}`, TCP4, calls, { progType, fields: [0, 4, 16] });
  return [
    ...[0, -1, -14, -15, 36, 37, 40].map((offset) => one([['skb_load_bytes', 'ctx', offset, 'out+0', 4]])),
    ...(progType === 'socket_filter' || progType === 'cgroup_skb'
      ? [0, 1, 2].flatMap((start) =>
          [0, 36, 50, 51, -1].map((offset) =>
            one([['skb_load_bytes_relative', 'ctx', offset, 'out+0', 4, start]]),
          ),
        )
      : []),
    ...(progType.startsWith('lwt')
      ? [0, 20, 40, 41].map((length) => one([['skb_pull_data', 'ctx', length]]))
      : []),
    ...(progType === 'lwt_xmit'
      ? [
          one([['skb_store_bytes', 'ctx', 0, 'in+0', 4, 0]]),
          one([['skb_store_bytes', 'ctx', 37, 'in+0', 4, 0]]),
          one([['skb_change_head', 'ctx', 14, 0]]),
          one([['skb_change_tail', 'ctx', 0, 0]]),
          one([['skb_change_tail', 'ctx', 60, 0]]),
          one([['skb_change_head', 'ctx', 16064 - 40, 0]]),
          one([['skb_change_head', 'ctx', 16064 - 39, 0]]),
          one([['l3_csum_replace', 'ctx', 10, 1, 2, 2]]),
          one([['redirect', 1, 0]]),
          one([['redirect', 1, 2]]),
        ]
      : []),
  ];
});

const all: readonly TruthCase[] = [
  ...bytes,
  ...replaced,
  ...sums,
  ...shapes,
  ...rooms,
  ...redirects,
  ...mapRedirects,
  ...ecn,
  ...others,
  ...mtu,
  ...xdp,
  ...layer3,
];

/** Tables above overlap; what has the same name is the same case. */
export const PACKET_HELPER_CASES: readonly TruthCase[] = [
  ...new Map(all.map((test) => [test.name, test])).values(),
];
