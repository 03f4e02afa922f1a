/** Small programs for random test runs: each changes something that the output shows, and is accepted by the kernel. */
import type { AttachTypeName, ProgTypeName } from '../../src/uapi/bpf.ts';
import type { Random } from './random.ts';

export interface RunProgram {
  readonly progType: ProgTypeName;
  readonly attachType?: AttachTypeName;
  readonly progFlags?: number;
  readonly text: string;
  /** May run as live frames, which go through the machine's own stack: it drops them all. */
  readonly live?: true;
}

/** The largest that a packet can grow by five times within our 128 KiB; segmented ones have no limit in the kernel. */
const NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 13, 14, 15, 20, 40, 54, 60, 100, 216, 255, 1500, 3466, 3712, 16064, 20000, 0x7fffffff,
];

const number = (random: Random): number => {
  const value = random.pick(NUMBERS);
  return random.below(3) === 0 ? -value : value;
};

/** Adds 1 to the byte at `offset` of the packet, where it has one; ends with r6 as the context. */
const touch = (data: number, end: number, offset: number): string => `
  r6 = r1
  r2 = *(u32 *)(r6 +${data})
  r3 = *(u32 *)(r6 +${end})
  r4 = r2
  r4 += ${offset + 1}
  if r4 > r3 goto skip
  r5 = *(u8 *)(r2 +${offset})
  r5 += 1
  *(u8 *)(r2 +${offset}) = r5
skip:
`;

const LENGTH = (data: number, end: number): string =>
  `r0 = *(u32 *)(r1 +${end}); r2 = *(u32 *)(r1 +${data}); r0 -= r2; exit`;

const CALL = (name: string, ...args: readonly number[]): string =>
  `${args.map((value, index) => `r${index + 2} = ${value};`).join(' ')} call ${name}; exit`;

function skbText(progType: ProgTypeName, random: Random): string {
  const isTc = progType === 'sched_cls' || progType === 'sched_act';
  const field = random.pick([0, 4, 8, 16, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 164, 176]);
  const choices = [
    `r0 = ${number(random)}; exit`,
    `r0 = *(u32 *)(r1 +${field}); exit`,
    `r0 = *(u32 *)(r1 +48); r0 += 1; *(u32 *)(r1 +48) = r0; exit`,
  ];
  if (progType !== 'socket_filter')
    choices.push(
      LENGTH(76, 80),
      'r0 = *(u32 *)(r1 +8); r0 += 5; *(u32 *)(r1 +8) = r0; *(u32 *)(r1 +32) = r0; exit',
    );
  if (isTc || progType === 'lwt_xmit')
    choices.push(
      `${touch(76, 80, random.below(60))} r0 = 3; exit`,
      CALL('bpf_skb_change_head#43', number(random), random.pick([0, 0, 0, 1])),
      CALL('bpf_skb_change_tail#38', number(random), random.pick([0, 0, 0, 1])),
      CALL('bpf_skb_pull_data#39', number(random)),
    );
  if (isTc)
    choices.push(
      CALL('bpf_skb_adjust_room#50', number(random), random.below(3), random.pick([0, 0, 1, 2, 4])),
      CALL('bpf_skb_vlan_push#18', random.pick([0x0081, 0xa888, 0]), random.below(4096)),
      'call bpf_skb_vlan_pop#19; exit',
      CALL('bpf_skb_change_proto#31', random.pick([0x0008, 0xdd86, 0]), random.pick([0, 0, 1])),
      CALL('bpf_skb_change_type#32', random.below(6)),
      'r0 = *(u32 *)(r1 +160); exit',
      'r0 = *(u64 *)(r1 +152); r0 += 1; *(u64 *)(r1 +152) = r0; exit',
    );
  const text = random.pick(choices);
  // the verifier wants 0 or 1 from cgroup programs
  return progType === 'cgroup_skb' ? text.replaceAll('exit', 'r0 &= 1; exit') : text;
}

function xdpText(random: Random): string {
  return random.pick([
    `r0 = ${number(random)}; exit`,
    LENGTH(0, 4),
    `r0 = *(u32 *)(r1 +${random.pick([12, 16])}); exit`,
    `${touch(0, 4, random.below(60))} r0 = 2; exit`,
    CALL('bpf_xdp_adjust_head#44', number(random)),
    CALL('bpf_xdp_adjust_tail#65', number(random)),
    CALL('bpf_xdp_adjust_meta#54', number(random)),
    'call bpf_xdp_get_buff_len#188; exit',
    `${CALL('bpf_xdp_adjust_head#44', -(4 * random.below(60)))}`,
  ]);
}

function flowText(random: Random): string {
  const size = random.pick([1, 2, 4, 8]);
  const offset = size * random.below(56 / size);
  return random.pick([
    `r0 = ${random.pick([0, 1, 2, 129, -1])}; exit`,
    `r6 = *(u64 *)(r1 +144); r2 = ${number(random)}; *(u${size * 8} *)(r6 +${offset}) = r2; r0 = 0; exit`,
    `r6 = *(u64 *)(r1 +144); r0 = *(u${size * 8} *)(r6 +${offset}); exit`,
    LENGTH(76, 80),
  ]);
}

function rawText(random: Random): string {
  const size = random.pick([1, 2, 4, 8]);
  return random.pick([
    `r0 = ${number(random)}; exit`,
    `r0 = *(u${8 * size} *)(r1 +${size * random.below(96 / size)}); exit`,
    'call bpf_get_smp_processor_id#8; exit',
  ]);
}

const SKB = [
  'socket_filter',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
] as const;

export function runProgram(random: Random): RunProgram {
  const kind = random.below(16);
  if (kind < 4) return { progType: 'xdp', text: xdpText(random), progFlags: random.pick([0, 0, 32]) };
  if (kind < 6) return { progType: 'xdp', text: 'r0 = 1; exit', live: true };
  if (kind < 9) return { progType: 'flow_dissector', text: flowText(random) };
  if (kind === 9) return { progType: random.pick(['kprobe', 'sk_skb', 'perf_event']), text: 'r0 = 0; exit' };
  if (kind === 10) return { progType: 'raw_tracepoint', text: rawText(random) };
  const progType = random.pick(SKB);
  return { progType, text: skbText(progType, random) };
}
