/** BPF_PROG_TEST_RUN of XDP and the skb family: sizes, contexts, outputs, the order of checks. */
import type { RunStep, TruthCase } from '../truth-case.ts';
import { frame, struct, TCP4, TCP6 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const skb = (fields: readonly (readonly [number, number, number])[]): string => struct(192, fields);
const md = (...words: readonly number[]): string =>
  struct(
    24,
    words.map((word, index) => [index * 4, 4, word] as const),
  );

const RETURN_7 = 'r0 = 7; exit';
const LINEAR_LENGTH = 'r0 = *(u32 *)(r1 +4); r2 = *(u32 *)(r1 +0); r0 -= r2; exit';
const XDP_LINEAR = 'r0 = *(u32 *)(r1 +4); r2 = *(u32 *)(r1 +0); r0 -= r2; exit';

/** Increments cb[0] and the first byte of the packet, returns cb[0]. */
const COUNT_UP = `
  r2 = *(u32 *)(r1 +76)
  r3 = *(u32 *)(r1 +80)
  r4 = r2
  r4 += 1
  if r4 > r3 goto out
  r5 = *(u8 *)(r2 +0)
  r5 += 1
  *(u8 *)(r2 +0) = r5
out:
  r0 = *(u32 *)(r1 +48)
  r0 += 1
  *(u32 *)(r1 +48) = r0
  exit`;

const increment = (offsets: readonly number[]): string =>
  offsets.map((offset) => `r2 = *(u32 *)(r1 +${offset}); r2 += 1; *(u32 *)(r1 +${offset}) = r2;`).join('\n');

const GOLDEN: readonly TruthCase[] = [
  {
    name: 'rows 1-5, 7-9: output sizes of sched_cls',
    progType: 'sched_cls',
    program: RETURN_7,
    steps: [
      run({ dataIn: TCP4, dataOut: null }),
      run({ dataIn: TCP4, dataOut: 100 }),
      run({ dataIn: TCP4, dataOut: 20 }),
      run({ dataIn: TCP4, dataOut: 100, dataSizeOut: 0 }),
      run({ dataIn: TCP4, dataOut: null, dataSizeOut: 100 }),
      run({ dataIn: TCP4, dataOut: null, dataSizeOut: 20 }),
      run({ dataIn: TCP4, dataOut: 10, ctxOut: 192 }),
      run({ dataIn: TCP4, ctxOut: 100 }),
      run({ dataIn: TCP4, ctxOut: 300 }),
    ],
  },
  {
    name: 'row 10: lwt_in puts 14 zero bytes in place of the Ethernet header',
    progType: 'lwt_in',
    program: 'r0 = 0; exit',
    steps: [run({ dataIn: TCP4, dataOut: 100, ctxOut: 192 })],
  },
  {
    name: 'row 11: wire_len is the length as soon as there is any context',
    progType: 'sched_cls',
    program: 'r0 = *(u32 *)(r1 +160); exit',
    steps: [run({ dataIn: TCP4 }), run({ dataIn: TCP4, ctxIn: skb([]) }), run({ dataIn: TCP4, ctxOut: 192 })],
  },
  {
    name: 'row 12: repetitions share the packet and cb',
    progType: 'sched_cls',
    program: COUNT_UP,
    steps: [0, 1, 2, 5].map((repeat) => run({ dataIn: TCP4, repeat, ctxOut: 192 })),
  },
  {
    name: 'row 13: ctx_in goes in and comes out',
    progType: 'sched_cls',
    program: `${increment([48, 52, 56, 60, 64, 32, 8])} r2 = *(u64 *)(r1 +152); r2 += 1; *(u64 *)(r1 +152) = r2; r0 = 0; exit`,
    steps: [
      run({
        dataIn: TCP4,
        ctxOut: 192,
        ctxIn: skb([
          [48, 4, 1],
          [52, 4, 2],
          [56, 4, 3],
          [60, 4, 4],
          [64, 4, 5],
          [32, 4, 6],
          [36, 4, 11],
          [40, 4, 1],
          [160, 4, 100],
          [164, 4, 8],
          [176, 4, 10],
          [8, 4, 9],
          [152, 4, 7],
          [184, 4, 11],
        ]),
      }),
    ],
  },
  {
    name: 'row 14: bpf_skb_change_head(16)',
    progType: 'sched_cls',
    program: 'r2 = 16; r3 = 0; call bpf_skb_change_head#43; exit',
    steps: [run({ dataIn: TCP4, ctxOut: 192 })],
  },
  ...[0, 1].map(
    (mode): TruthCase => ({
      name: `row 15: bpf_skb_adjust_room(8), mode ${mode}`,
      progType: 'sched_cls',
      program: `r2 = 8; r3 = ${mode}; r4 = 0; call bpf_skb_adjust_room#50; exit`,
      steps: [run({ dataIn: TCP4 })],
    }),
  ),
  {
    name: 'row 16: bpf_skb_vlan_push once',
    progType: 'sched_cls',
    program: 'r2 = 0x0081; r3 = 100; call bpf_skb_vlan_push#18; exit',
    steps: [run({ dataIn: TCP4 })],
  },
  {
    name: 'row 16: bpf_skb_vlan_push twice',
    progType: 'sched_cls',
    program:
      'r6 = r1; r2 = 0x0081; r3 = 100; call bpf_skb_vlan_push#18; r1 = r6; r2 = 0x0081; r3 = 200; call bpf_skb_vlan_push#18; exit',
    steps: [run({ dataIn: TCP4 })],
  },
  {
    name: 'row 17: the shortest xdp packet',
    program: 'r0 = 2; exit',
    steps: [run({ dataIn: frame(0) }), run({ dataIn: frame(0).slice(2) }), run({})],
  },
  {
    name: 'row 18: ctx.data_end decides how much is linear',
    program: XDP_LINEAR,
    steps: [
      run({ dataIn: TCP4 }),
      run({ dataIn: TCP4, ctxIn: md() }),
      run({ dataIn: TCP4, ctxOut: 24 }),
      run({ dataIn: TCP4, ctxIn: md(0, 20) }),
      run({ dataIn: frame(4986) }),
      run({ dataIn: frame(4986), ctxIn: md(0, 100) }),
    ],
  },
  {
    name: 'row 19: bpf_xdp_adjust_head(-14)',
    program: 'r2 = -14; call bpf_xdp_adjust_head#44; r0 = 2; exit',
    steps: [run({ dataIn: TCP4, ctxIn: md(0, 54), ctxOut: 24 })],
  },
  {
    name: 'row 20: bpf_xdp_adjust_meta(-4) before 8 bytes of metadata',
    program: `
      r2 = *(u32 *)(r1 +8)
      r3 = *(u32 *)(r1 +0)
      r2 = -12
      call bpf_xdp_adjust_meta#54
      exit`,
    steps: [run({ dataIn: `0101010101010101${TCP4}`, ctxIn: md(8, 62), ctxOut: 24 })],
  },
  {
    name: 'row 21: bpf_xdp_adjust_head(-12) takes metadata along',
    program: 'r2 = -12; call bpf_xdp_adjust_head#44; exit',
    steps: [run({ dataIn: `0102030405060708${TCP4}`, ctxIn: md(8, 62), ctxOut: 24 })],
  },
  ...[3466, 3467].map(
    (delta): TruthCase => ({
      name: `row 22: bpf_xdp_adjust_tail(${delta})`,
      program: `r2 = ${delta}; call bpf_xdp_adjust_tail#65; exit`,
      steps: [run({ dataIn: TCP4 })],
    }),
  ),
  {
    name: 'rows 23-25: fragments',
    progFlags: 32,
    program: 'r0 = 2; exit',
    steps: [
      run({ dataIn: frame(4986), dataOut: 4000 }),
      run({ dataIn: frame(4986), dataOut: 1479 }),
      run({ dataIn: frame(4986), dataOut: null, dataSizeOut: 1479 }),
      run({ dataIn: frame(73138) }),
      run({ dataIn: frame(73139) }),
    ],
  },
  {
    name: 'row 26: live frames that are dropped',
    program: `
      r1 = map[count][0]+0
      r2 = 1
      lock *(u64 *)(r1 +0) += r2
      r0 = 1
      exit`,
    maps: [{ name: 'count', type: 'array' }],
    steps: [
      run({ dataIn: TCP4, flags: 2, repeat: 65, batchSize: 64, dataOut: null }),
      { op: 'lookup', map: 'count', key: '00000000' },
      run({ dataIn: frame(3394), flags: 2, dataOut: null }),
      run({ dataIn: frame(3395), flags: 2, dataOut: null }),
      run({ dataIn: TCP4, flags: 2, batchSize: 257, dataOut: null }),
      run({ dataIn: TCP4, flags: 2 }),
      run({ dataIn: TCP4, flags: 2, ctxIn: md(0, 54) }),
      run({ dataIn: TCP4, flags: 2, ctxIn: md(0, 54), dataOut: null }),
    ],
  },
];

const SKB_TYPES = [
  'socket_filter',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
] as const;

const EVERY_SKB_TYPE: readonly TruthCase[] = SKB_TYPES.flatMap((progType): readonly TruthCase[] => [
  {
    name: `${progType}: sizes, flags and contexts that are refused`,
    progType,
    program: 'r0 = 0; exit',
    steps: [
      run({}),
      run({ dataIn: frame(0) }),
      run({ dataIn: frame(0).slice(2) }),
      run({ dataIn: frame(3698) }),
      run({ dataIn: frame(3699) }),
      run({ dataIn: TCP4, flags: 1 }),
      run({ dataIn: TCP4, flags: 4 }),
      run({ dataIn: TCP4, cpu: 1 }),
      run({ dataIn: TCP4, batchSize: 1 }),
      run({ dataIn: TCP4.slice(0, 2 * 33) }),
      run({ dataIn: TCP4.slice(0, 2 * 34) }),
      run({ dataIn: TCP6.slice(0, 2 * 53) }),
      run({ dataIn: TCP6.slice(0, 2 * 54) }),
      run({ dataIn: TCP4.slice(0, 28) }),
    ],
  },
  {
    name: `${progType}: ctx_in, byte by byte`,
    progType,
    program: 'r0 = 0; exit',
    steps: Array.from({ length: 192 }, (_, offset) =>
      run({ dataIn: TCP4, ctxIn: skb([[offset, 1, 1]]), dataOut: null }),
    ),
  },
  {
    name: `${progType}: len, protocol, pkt_type, ifindex, ingress_ifindex, mark, priority, hash`,
    progType,
    program: `
      r2 = *(u32 *)(r1 +0)
      r6 = map[out][0]+0
      *(u32 *)(r6 +0) = r2
      ${[4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 68, 48, 164, 176]
        .map((offset, index) => `r2 = *(u32 *)(r1 +${offset}); *(u32 *)(r6 +${4 + index * 4}) = r2;`)
        .join('\n')}
      r0 = 0
      exit`,
    maps: [{ name: 'out', type: 'array', valueSize: 64 }],
    steps: [
      TCP4,
      TCP6,
      frame(20),
      `ffffffffffff${TCP4.slice(12)}`,
      `000000000000${TCP4.slice(12)}`,
      `01005e000001${TCP4.slice(12)}`,
    ].flatMap((dataIn) => [run({ dataIn, ctxOut: 192 }), { op: 'lookup', map: 'out', key: '00000000' }]),
  },
]);

const CONTEXT: readonly TruthCase[] = [
  {
    name: 'sched_cls: ctx_in sizes and values',
    progType: 'sched_cls',
    program: 'r0 = 0; exit',
    steps: [
      run({ dataIn: TCP4, ctxIn: '00' }),
      run({ dataIn: TCP4, ctxIn: struct(193) }),
      run({ dataIn: TCP4, ctxIn: struct(193, [[192, 1, 1]]) }),
      run({ dataIn: TCP4, ctxIn: struct(4096) }),
      run({ dataIn: TCP4, ctxIn: struct(4097) }),
      run({ dataIn: TCP4, ctxIn: skb([[40, 4, 99999]]) }),
      run({
        dataIn: TCP4,
        ctxIn: skb([
          [40, 4, 99999],
          [0, 4, 1],
        ]),
      }),
      run({ dataIn: TCP4, ctxIn: skb([[160, 4, 53]]) }),
      run({ dataIn: TCP4, ctxIn: skb([[160, 4, 54]]), ctxOut: 192 }),
      run({ dataIn: TCP4, ctxIn: skb([[160, 4, 65536]]), ctxOut: 192 }),
      run({ dataIn: TCP4, ctxIn: skb([[160, 4, 65537]]) }),
      run({ dataIn: TCP4, ctxIn: skb([[164, 4, 65535]]), ctxOut: 192 }),
      run({ dataIn: TCP4, ctxIn: skb([[164, 4, 65536]]) }),
      run({ dataIn: TCP4, ctxIn: skb([[176, 4, 0x12345]]), ctxOut: 192 }),
      // A bad packet wins over a bad context.
      run({ dataIn: '00', ctxIn: struct(4097) }),
      run({ dataIn: TCP4, ctxIn: '' }),
    ],
  },
  {
    name: 'sched_cls: what a program may write and what comes out',
    progType: 'sched_cls',
    program: `
      r2 = 0x12345
      ${[8, 32, 44, 48, 72].map((offset) => `*(u32 *)(r1 +${offset}) = r2;`).join('\n')}
      *(u64 *)(r1 +152) = r2
      r6 = map[out][0]+0
      ${[8, 32, 44, 48, 72].map((offset, index) => `r2 = *(u32 *)(r1 +${offset}); *(u32 *)(r6 +${index * 4}) = r2;`).join('\n')}
      r0 = 0
      exit`,
    maps: [{ name: 'out', type: 'array', valueSize: 20 }],
    steps: [run({ dataIn: TCP4, ctxOut: 192 }), { op: 'lookup', map: 'out', key: '00000000' }],
  },
  ...[0xfffe, 0xffff, 0x10000].map(
    (value): TruthCase => ({
      name: `sched_cls: queue_mapping after writing 0x${value.toString(16)} over 5`,
      progType: 'sched_cls',
      program: `r2 = 5; *(u32 *)(r1 +12) = r2; r2 = ${value}; *(u32 *)(r1 +12) = r2; r0 = *(u32 *)(r1 +12); exit`,
      steps: [run({ dataIn: TCP4, dataOut: null })],
    }),
  ),
  {
    name: 'sched_cls: data, data_end and data_meta',
    progType: 'sched_cls',
    program:
      'r0 = *(u32 *)(r1 +80); r2 = *(u32 *)(r1 +76); r0 -= r2; r3 = *(u32 *)(r1 +140); r2 -= r3; r2 <<= 16; r0 += r2; exit',
    steps: [run({ dataIn: TCP4 }), run({ dataIn: frame(3698), dataOut: null })],
  },
  {
    name: 'cgroup_skb: family and addresses',
    progType: 'cgroup_skb',
    program: `
      r6 = map[out][0]+0
      ${[88, 92, 96, 100, 104, 108, 112, 116, 120, 124, 128, 132, 136]
        .map((offset, index) => `r2 = *(u32 *)(r1 +${offset}); *(u32 *)(r6 +${index * 4}) = r2;`)
        .join('\n')}
      r0 = 1
      exit`,
    maps: [{ name: 'out', type: 'array', valueSize: 52 }],
    steps: [TCP4, TCP6, frame(60)].flatMap((dataIn) => [
      run({ dataIn, dataOut: null }),
      { op: 'lookup', map: 'out', key: '00000000' } as const,
    ]),
  },
  {
    name: 'sched_cls: the return value is 32 bits of r0',
    progType: 'sched_cls',
    program: 'r0 = 0x1122334455667788 ll; exit',
    steps: [run({ dataIn: TCP4, dataOut: null })],
  },
  {
    name: 'xdp: return values are not judged',
    program: 'r0 = -1; exit',
    steps: [run({ dataIn: TCP4, dataOut: null })],
  },
  {
    name: 'xdp: the context checks, one by one',
    program: XDP_LINEAR,
    steps: [
      run({ dataIn: TCP4, ctxIn: md(0, 54, 1) }),
      run({ dataIn: TCP4, ctxIn: md(0, 55) }),
      run({ dataIn: TCP4, ctxIn: md(8, 4) }),
      run({ dataIn: TCP4, ctxIn: md(2, 54) }),
      run({ dataIn: TCP4, ctxIn: md(40, 54) }),
      run({ dataIn: TCP4, ctxIn: md(44, 54) }),
      run({ dataIn: frame(400), ctxIn: md(216, 414) }),
      run({ dataIn: frame(400), ctxIn: md(220, 414) }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 0, 0, 1) }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 0, 1) }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 1, 0), ctxOut: 24 }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 1, 99) }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 99999) }),
      run({ dataIn: TCP4, ctxIn: struct(25) }),
      run({ dataIn: TCP4, ctxIn: struct(25, [[24, 1, 1]]) }),
      run({ dataIn: TCP4, ctxIn: struct(4097) }),
      run({ dataIn: TCP4, ctxIn: '00', ctxOut: 24 }),
      run({ dataIn: TCP4, ctxIn: md(0, 54), ctxOut: 10 }),
      run({ dataIn: TCP4, flags: 1 }),
      run({ dataIn: TCP4, flags: 4 }),
      run({ dataIn: TCP4, batchSize: 1 }),
      run({ dataIn: TCP4, cpu: 99 }),
    ],
  },
  {
    name: 'xdp: a program for a devmap has no test run',
    attachType: 'xdp_devmap',
    program: 'r0 = 2; exit',
    steps: [run({ dataIn: TCP4 })],
  },
  {
    name: 'xdp: ingress_ifindex, rx_queue_index, data_meta',
    program: `
      r0 = *(u32 *)(r1 +12)
      r2 = *(u32 *)(r1 +16)
      r2 <<= 8
      r0 += r2
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +8)
      r2 -= r3
      r2 <<= 16
      r0 += r2
      exit`,
    steps: [
      run({ dataIn: TCP4 }),
      run({ dataIn: TCP4, ctxIn: md(0, 54, 0, 1, 0) }),
      run({ dataIn: `01020304${TCP4}`, ctxIn: md(4, 58), ctxOut: 24 }),
    ],
  },
  {
    name: 'xdp: repetitions accumulate until the head room is used up',
    program: 'r2 = -14; call bpf_xdp_adjust_head#44; exit',
    steps: [15, 16].map((repeat) => run({ dataIn: TCP4, repeat })),
  },
  {
    name: 'program types without a test run',
    progType: 'kprobe',
    program: 'r0 = 0; exit',
    steps: [run({ dataIn: TCP4 })],
  },
  {
    name: 'a context without its size is refused before the type is looked at',
    progType: 'kprobe',
    program: 'r0 = 0; exit',
    steps: [
      run({ dataIn: TCP4, ctxIn: '' }),
      run({ dataIn: TCP4, ctxOut: null, ctxSizeOut: 192 }),
      run({ dataIn: TCP4, ctxOut: 0 }),
      run({ dataIn: TCP4, ctxIn: '00', ctxOut: 192 }),
    ],
  },
  {
    name: 'sched_cls: bpf_skb_change_head until the buffer is full',
    progType: 'sched_cls',
    program: 'r2 = 54; r3 = 0; call bpf_skb_change_head#43; exit',
    steps: [13, 14].map((repeat) => run({ dataIn: frame(3507), dataOut: null, repeat })),
  },
  ...[-1, -3712, 16010, 16011, 0x7fffffff].map(
    (len): TruthCase => ({
      name: `sched_cls: bpf_skb_change_head(${len}) of a segmented packet and of another`,
      progType: 'sched_cls',
      program: `r2 = ${len}; r3 = 0; call bpf_skb_change_head#43; exit`,
      steps: [
        run({ dataIn: TCP4, dataOut: null, ctxIn: skb([[176, 4, 100]]) }),
        run({ dataIn: TCP4, dataOut: null }),
      ],
    }),
  ),
  {
    name: 'sk_skb has no test run',
    progType: 'sk_skb',
    program: 'r0 = 0; exit',
    steps: [run({ dataIn: TCP4 })],
  },
  {
    name: 'BPF_F_TEST_SKB_CHECKSUM_COMPLETE sees a packet write',
    progType: 'sched_cls',
    program: COUNT_UP.replaceAll('*(u8 *)(r2 +0)', '*(u8 *)(r2 +20)').replace('r4 += 1', 'r4 += 21'),
    steps: [run({ dataIn: TCP4 }), run({ dataIn: TCP4, flags: 4 })],
  },
  {
    name: 'BPF_F_TEST_SKB_CHECKSUM_COMPLETE allows a write to the Ethernet header',
    progType: 'sched_cls',
    program: COUNT_UP,
    steps: [run({ dataIn: TCP4, flags: 4 })],
  },
  {
    name: 'linear length of sched_cls',
    progType: 'sched_cls',
    program: LINEAR_LENGTH.replace('+4', '+80').replace('+0', '+76'),
    steps: [run({ dataIn: TCP4 })],
  },
];

export const TEST_RUN_CASES: readonly TruthCase[] = [...GOLDEN, ...EVERY_SKB_TYPE, ...CONTEXT];
