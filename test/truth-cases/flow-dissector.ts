/** BPF_PROG_TEST_RUN of flow dissectors: keys in and out, clamping, sizes, contexts. */
import type { RunStep, TruthCase } from '../truth-case.ts';
import { frame, struct, TCP4, TCP6 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const flow = (name: string, program: string, steps: TruthCase['steps'], more = {}): TruthCase => ({
  name,
  progType: 'flow_dissector',
  program,
  steps,
  ...more,
});
const keys = (flags: number): string => struct(56, [[48, 4, flags]]);
const KEYS = 'r6 = *(u64 *)(r1 +144);';

/** Stores `size` bytes of all ones at `offset` of the keys. */
const storeKey = (offset: number, size: number): string =>
  `${KEYS} r2 = -1; *(u${size * 8} *)(r6 +${offset}) = r2; r0 = 0; exit`;

const setOffsets = (nhoff: number, thoff: number): string =>
  `${KEYS} r2 = ${nhoff}; *(u16 *)(r6 +0) = r2; r2 = ${thoff}; *(u16 *)(r6 +2) = r2; r0 = 0; exit`;

/** offset, size of each field of struct bpf_flow_keys, and the wide stores that 6.18 takes. */
const FIELDS: readonly (readonly [number, number])[] = [
  [0, 2],
  [2, 2],
  [4, 2],
  [6, 1],
  [7, 1],
  [8, 1],
  [9, 1],
  [10, 2],
  [12, 2],
  [14, 2],
  [16, 4],
  [20, 4],
  [16, 8],
  [24, 8],
  [32, 8],
  [40, 8],
  [48, 4],
  [52, 4],
  [0, 8],
  [53, 4],
  [56, 1],
];

export const FLOW_DISSECTOR_CASES: readonly TruthCase[] = [
  flow('row 27: keys before the program', 'r0 = 0; exit', [
    run({ dataIn: TCP4, dataOut: 100 }),
    run({ dataIn: TCP6 }),
    run({ dataIn: frame(0) }),
    run({ dataIn: `${TCP4.slice(0, 24)}8100${TCP4.slice(28)}` }),
    run({ dataIn: `${TCP4.slice(0, 24)}0010ffff${TCP4.slice(28)}` }),
  ]),
  ...(
    [
      [100, 100],
      [0, 0],
      [20, 30],
      [13, 60],
      [14, 14],
      [54, 54],
      [55, 54],
      [54, 55],
      [30, 20],
      [0xffff, 0],
    ] as const
  ).map(([nhoff, thoff]) =>
    flow(`row 28: nhoff ${nhoff}, thoff ${thoff} are clamped`, setOffsets(nhoff, thoff), [
      run({ dataIn: TCP4 }),
      run({ dataIn: frame(0) }),
    ]),
  ),
  ...[0, 1, 2, 7, 129, -1].map((value) =>
    flow(`row 29: keys come out when the program returns ${value}`, `r0 = ${value}; exit`, [
      run({ dataIn: TCP4 }),
      run({ dataIn: TCP4, dataOut: null }),
    ]),
  ),
  flow('output sizes', 'r0 = 129; exit', [
    ...[1, 55, 56, 57].map((dataOut) => run({ dataIn: TCP4, dataOut })),
    ...[0, 1, 55, 56, 57].map((dataSizeOut) => run({ dataIn: TCP4, dataOut: null, dataSizeOut })),
    run({ dataIn: TCP4, dataOut: 100, dataSizeOut: 0 }),
    ...[1, 55, 56, 57].map((ctxOut) => run({ dataIn: TCP4, ctxOut })),
    run({ dataIn: TCP4, dataOut: 20, ctxOut: 56 }),
    run({ dataIn: TCP4, dataOut: null, ctxOut: 10, ctxIn: keys(1) }),
    run({ dataIn: TCP4, ctxOut: null, ctxSizeOut: 56 }),
  ]),
  flow('input sizes', 'r0 = *(u32 *)(r1 +80); r2 = *(u32 *)(r1 +76); r0 -= r2; exit', [
    run({}),
    ...[0, 1, 13, 14, 15].map((size) => run({ dataIn: frame(10).slice(0, 2 * size) })),
    ...[4081, 4082, 4083].map((size) => run({ dataIn: frame(size) })),
    run({ dataIn: TCP4.slice(0, 2 * 20) }),
  ]),
  ...(['flags', 'cpu', 'batchSize'] as const).map((field) =>
    flow(`${field} must be 0`, 'r0 = 0; exit', [
      ...[1, 2, 4, 0xffffffff].map((value) => run({ dataIn: TCP4, [field]: value })),
      run({ [field]: 1 }),
    ]),
  ),
  flow(
    'ctx_in: flags only, any bit; they come back',
    `${KEYS} r0 = *(u32 *)(r6 +48); r2 = 0; *(u32 *)(r6 +48) = r2; exit`,
    [
      ...[0, 1, 2, 4, 7, 8, 0x80000000, 0xffffffff].map((flags) =>
        run({ dataIn: TCP4, ctxIn: keys(flags), ctxOut: 56 }),
      ),
      ...Array.from({ length: 56 }, (_, byte) =>
        run({ dataIn: TCP4, ctxIn: struct(56, [[byte, 1, 1]]), dataOut: null }),
      ),
      run({ dataIn: TCP4, ctxOut: 56 }),
      run({ dataIn: TCP4, ctxIn: '00' }),
      run({ dataIn: TCP4, ctxIn: keys(5).slice(0, 2 * 49), ctxOut: 56 }),
      run({ dataIn: TCP4, ctxIn: struct(57) }),
      run({ dataIn: TCP4, ctxIn: struct(57, [[56, 1, 1]]) }),
      run({ dataIn: TCP4, ctxIn: struct(4096) }),
      run({ dataIn: TCP4, ctxIn: struct(4097) }),
      run({ dataIn: TCP4, ctxIn: '' }),
      // the size of the data comes before the context, the size of the context before its bytes
      run({ dataIn: '00', ctxIn: struct(57, [[56, 1, 1]]) }),
      run({
        dataIn: TCP4,
        ctxIn: struct(57, [
          [0, 1, 1],
          [56, 1, 1],
        ]),
      }),
    ],
  ),
  flow(
    'repeat starts from fresh keys each time',
    `${KEYS} r0 = *(u16 *)(r6 +12); r0 += 1; *(u16 *)(r6 +12) = r0; r2 = *(u16 *)(r6 +0); r2 += 1; *(u16 *)(r6 +0) = r2; exit`,
    [0, 1, 2, 100].map((repeat) => run({ dataIn: TCP4, repeat })),
  ),
  flow(
    'packet and map are the same in each repetition',
    'r1 = map[count][0]+0; r0 = *(u64 *)(r1 +0); r0 += 1; *(u64 *)(r1 +0) = r0; exit',
    [run({ dataIn: TCP4, repeat: 5 }), { op: 'lookup', map: 'count', key: '00000000' }],
    { maps: [{ name: 'count', type: 'array' }] },
  ),
  flow(
    'data covers the whole frame, Ethernet header included',
    'r2 = *(u32 *)(r1 +76); r3 = *(u32 *)(r1 +80); r4 = r2; r4 += 14; r0 = 0; if r4 > r3 goto +1; r0 = *(u32 *)(r2 +10); exit',
    [run({ dataIn: TCP4 }), run({ dataIn: frame(0) })],
  ),
  flow(
    'bpf_skb_load_bytes fails at any offset and zeroes the buffer',
    `r2 = -1
    *(u64 *)(r10 -8) = r2
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = 4
    call bpf_skb_load_bytes#26
    r6 = *(u64 *)(r10 -8)
    r6 >>= 24
    r0 += r6
    exit`,
    [run({ dataIn: TCP4 }), run({ dataIn: frame(0) })],
  ),
  flow(
    'all keys can be read',
    `${KEYS} ${Array.from({ length: 7 }, (_, i) => `r2 = *(u64 *)(r6 +${8 * i}); r0 ^= r2;`)
      .join(' ')
      .replace('r0 ^=', 'r0 =')} exit`,
    [run({ dataIn: TCP4 }), run({ dataIn: TCP6, ctxIn: keys(3) })],
  ),
  ...FIELDS.filter(([offset, size]) => offset + size <= 56).map(([offset, size]) =>
    flow(`keys byte ${offset}: a store of ${size} bytes`, storeKey(offset, size), [
      run({ dataIn: TCP4 }),
      run({ dataIn: TCP6 }),
    ]),
  ),
];
