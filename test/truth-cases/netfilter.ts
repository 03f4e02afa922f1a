/** BPF_PROG_TEST_RUN of netfilter programs: hooks, protocols and sizes, hook state and sk_buff as the program sees them. */
import type { RunStep, TruthCase } from '../truth-case.ts';
import { frame, struct, TCP4, TCP6 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const nf = (name: string, program: string, steps: TruthCase['steps']): TruthCase => ({
  name,
  progType: 'netfilter',
  attachType: 'netfilter',
  program,
  steps,
});
const ACCEPT = 'r0 = 1; exit';
const state = (hook: number, pf: number, ...more: (readonly [number, number, number])[]): string =>
  struct(48, [[0, 1, hook], [1, 1, pf], ...more]);
const cut = (packet: string, size: number): string => packet.slice(0, 2 * size);
const IP4 = TCP4.slice(28);

/** Every hook and family, with and without state. */
const VIEWS: readonly RunStep[] = [
  run({ dataIn: IP4 }),
  run({ dataIn: IP4, ctxIn: state(3, 2) }),
  run({ dataIn: IP4, ctxIn: state(3, 10) }),
  ...[0, 1, 2, 4, 5, 200, 255].flatMap((hook) => [
    run({ dataIn: TCP4, ctxIn: state(hook, 2) }),
    run({ dataIn: TCP6, ctxIn: state(hook, 10) }),
  ]),
];
/** NF_ACCEPT when the field of nf_hook_state (r1+0) or sk_buff (r1+8) has the value. */
const is = (pointer: 0 | 8, offset: number, size: number, value: number): string =>
  `r1 = *(u64 *)(r1 +${pointer}); r2 = *(u${size * 8} *)(r1 +${offset}); r0 = 1; if r2 == ${value} goto +1; r0 = 0; exit`;
const FIELDS: readonly (readonly [
  what: string,
  pointer: 0 | 8,
  offset: number,
  size: number,
  values: readonly number[],
])[] = [
  ['state.hook', 0, 0, 1, [0, 3, 200]],
  ['state.pf', 0, 1, 1, [2, 10]],
  ['state.in', 0, 8, 8, [0]],
  ['state.out', 0, 16, 8, [0]],
  ['state.sk', 0, 24, 8, [0]],
  ['state.net', 0, 32, 8, [0]],
  ['skb.dev', 8, 16, 8, [0]],
  ['skb.sk', 8, 24, 8, [0]],
  ['skb.len', 8, 112, 4, [40, 54, 60]],
  ['skb.data_len', 8, 116, 4, [0]],
  ['skb.protocol', 8, 176, 2, [0x0008, 0xdd86]],
  ['skb.network_header', 8, 180, 2, [0, 78]],
  ['skb.mac_header', 8, 182, 2, [64, 0xffff]],
];

export const NETFILTER_CASES: readonly TruthCase[] = [
  ...FIELDS.flatMap(([what, pointer, offset, size, values]) =>
    values.map((value) => nf(`${what} is ${value}`, is(pointer, offset, size, value), VIEWS)),
  ),
  nf('row 33: sizes', ACCEPT, [
    run({}),
    ...[0, 1, 19, 20, 21].map((size) => run({ dataIn: cut(IP4, size) })),
    ...[33, 34, 35, 53, 54].map((size) => run({ dataIn: cut(TCP4, size), ctxIn: state(0, 2) })),
    ...[33, 34, 53, 54, 55].map((size) => run({ dataIn: cut(TCP6, size), ctxIn: state(0, 10) })),
    ...[3711, 3712, 3713].map((size) => run({ dataIn: cut(frame(4000), size) })),
    ...[20, 33, 34].map((size) => run({ dataIn: cut(frame(60), size), ctxIn: state(1, 2) })),
  ]),
  nf('protocols against the packet', ACCEPT, [
    run({ dataIn: frame(60), ctxIn: state(0, 2) }),
    run({ dataIn: frame(60), ctxIn: state(0, 10) }),
    run({ dataIn: frame(60), ctxIn: state(3, 2) }),
    run({ dataIn: TCP4, ctxIn: state(0, 10) }),
    run({ dataIn: TCP6, ctxIn: state(0, 2) }),
    run({ dataIn: cut(TCP6, 40), ctxIn: state(0, 2) }),
    ...[0, 1, 3, 5, 7, 9, 11, 12, 255].map((pf) => run({ dataIn: TCP4, ctxIn: state(0, pf) })),
    ...[0, 1, 12].map((pf) => run({ dataIn: IP4, ctxIn: state(3, pf) })),
    run({ dataIn: `${TCP4.slice(0, 24)}0010${TCP4.slice(28)}`, ctxIn: state(0, 2) }),
    run({ dataIn: `${TCP4.slice(0, 24)}8100${TCP4.slice(28)}`, ctxIn: state(0, 2) }),
  ]),
  nf('each byte of the context alone', ACCEPT, [
    ...Array.from({ length: 46 }, (_, i) => run({ dataIn: TCP4, ctxIn: state(0, 2, [i + 2, 1, 1]) })),
  ]),
  nf('contexts that are absent, short or long', ACCEPT, [
    run({ dataIn: TCP4, ctxOut: 48 }),
    run({ dataIn: TCP4, ctxIn: '0002', ctxOut: 48 }),
    run({ dataIn: TCP4, ctxIn: '03' }),
    run({ dataIn: TCP4, ctxIn: `${state(0, 2)}00` }),
    run({ dataIn: TCP4, ctxIn: `${state(0, 2)}01` }),
    run({ dataIn: TCP4, ctxIn: state(0, 2).padEnd(2 * 4097, '0') }),
    run({ ctxIn: state(0, 2).padEnd(2 * 4097, '0') }),
  ]),
  nf('outputs: data_size_out becomes 0, nothing else is written', 'r0 = 0; exit', [
    run({ dataIn: TCP4, dataOut: 100 }),
    run({ dataIn: TCP4, dataOut: 100, dataSizeOut: 10 }),
    run({ dataIn: TCP4, dataOut: null, dataSizeOut: 1 }),
    run({ dataIn: TCP4, ctxIn: state(0, 2), ctxOut: 48 }),
    run({ dataIn: TCP4, ctxIn: state(0, 2), ctxOut: 1 }),
  ]),
  nf('fields that must be zero, before the size', ACCEPT, [
    ...[1, 4, 0xffffffff].flatMap((value) => [
      run({ dataIn: TCP4, flags: value }),
      run({ dataIn: TCP4, cpu: value }),
      run({ dataIn: TCP4, batchSize: value }),
    ]),
    run({ flags: 1 }),
  ]),
  nf(
    'repeat',
    ACCEPT,
    [0, 1, 2, 1000].map((repeat) => run({ dataIn: TCP4, repeat })),
  ),
];
