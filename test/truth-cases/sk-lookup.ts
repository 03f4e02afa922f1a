/** BPF_PROG_TEST_RUN of sk_lookup: the context byte by byte, its checks in order, verdicts and outputs. */
import type { RunStep, TruthCase } from '../truth-case.ts';
import { struct, TCP4 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const lookup = (name: string, program: string, steps: TruthCase['steps']): TruthCase => ({
  name,
  progType: 'sk_lookup',
  attachType: 'sk_lookup',
  program,
  steps,
});
type Field = readonly [offset: number, size: number, value: number];
const ctx = (family: number, ...more: Field[]): string => struct(72, [[8, 4, family], ...more]);
/** Every byte of addresses and ports set, each to its offset. */
const full = (family: number): string =>
  ctx(
    family,
    [12, 4, 6],
    ...Array.from({ length: 18 }, (_, i): Field => [16 + i, 1, 16 + i]),
    ...Array.from({ length: 18 }, (_, i): Field => [34 + i, 1, 34 + i]),
    ...Array.from({ length: 10 }, (_, i): Field => [52 + i, 1, 52 + i]),
  );
const PASS = 'r0 = 1; exit';
/** SK_PASS when the bytes have this value; the verifier takes no other return values than 0 and 1. */
const is = (offset: number, size: number, value: number): string =>
  `r2 = *(u${size * 8} *)(r1 +${offset}); w3 = ${value | 0}; r0 = 1; if r2 == r3 goto +1; r0 = 0; exit`;

const VALUES: readonly (readonly [offset: number, size: number, v4: number, v6: number])[] = [
  [8, 4, 2, 10],
  [8, 1, 2, 10],
  [10, 2, 0, 0],
  [12, 4, 6, 6],
  [12, 2, 6, 6],
  [16, 4, 0x13121110, 0],
  [17, 1, 0x11, 0],
  [20, 4, 0, 0x17161514],
  [24, 4, 0, 0x1b1a1918],
  [32, 4, 0, 0x23222120],
  [33, 1, 0, 0x21],
  [36, 4, 0x2524, 0x2524],
  [36, 2, 0x2524, 0x2524],
  [37, 1, 0x25, 0x25],
  [38, 2, 0, 0],
  [40, 4, 0x2b2a2928, 0],
  [44, 4, 0, 0x2f2e2d2c],
  [56, 4, 0, 0x3b3a3938],
  [60, 4, 0x3d3c, 0x3d3c],
  [60, 2, 0x3d3c, 0x3d3c],
  [64, 4, 0, 0],
];

export const SK_LOOKUP_CASES: readonly TruthCase[] = [
  lookup('row 30: no socket is assigned', PASS, [
    run({ ctxIn: ctx(2), ctxOut: 72 }),
    run({ ctxIn: full(2), ctxOut: 72 }),
    run({ ctxIn: full(10), ctxOut: 72 }),
  ]),
  lookup('SK_DROP', 'r0 = 0; exit', [run({ ctxIn: ctx(2), ctxOut: 72 }), run({ ctxIn: ctx(10) })]),
  ...VALUES.map(([offset, size, v4, v6]) =>
    lookup(`field at ${offset}, ${size} bytes, AF_INET`, is(offset, size, v4), [
      run({ ctxIn: full(2) }),
      ...(v4 === v6 ? [] : [run({ ctxIn: full(10) })]),
    ]),
  ),
  ...VALUES.map(([offset, size, , v6]) =>
    lookup(`field at ${offset}, ${size} bytes, AF_INET6`, is(offset, size, v6), [run({ ctxIn: full(10) })]),
  ),
  lookup('sk is NULL before a selection', 'r2 = *(u64 *)(r1 +0); r0 = 1; if r2 == 0 goto +1; r0 = 0; exit', [
    run({ ctxIn: ctx(2), repeat: 3 }),
  ]),
  lookup('each byte of the context alone', PASS, [
    ...Array.from({ length: 72 }, (_, byte) => run({ ctxIn: ctx(2, [byte, 1, 2]) })),
    ...Array.from({ length: 72 }, (_, byte) => run({ ctxIn: ctx(10, [byte, 1, 10]) })),
  ]),
  lookup('families', PASS, [
    ...[0, 1, 2, 3, 9, 10, 11, 255, 256, 0x10002, 0x1000a, 0x20000, 0xffffffff].map((family) =>
      run({ ctxIn: ctx(family), ctxOut: 72 }),
    ),
  ]),
  lookup('local_port and protocol', PASS, [
    ...[0, 80, 65535, 65536, 0xffffffff].map((port) => run({ ctxIn: ctx(2, [60, 4, port]) })),
    ...[6, 17, 99, 65535, 65536, 0xffffffff].map((protocol) => run({ ctxIn: ctx(2, [12, 4, protocol]) })),
  ]),
  lookup('checks in order: cookie, tail, port, family', PASS, [
    run({ ctxIn: ctx(0, [0, 4, 1], [60, 4, 65536], [64, 4, 1]) }),
    run({ ctxIn: ctx(0, [60, 4, 65536], [64, 4, 1]) }),
    run({ ctxIn: ctx(0, [60, 4, 65536]) }),
    run({ ctxIn: ctx(0) }),
    run({ ctxIn: ctx(0, [60, 4, 65536]), flags: 1 }),
    run({ ctxIn: struct(73, [[72, 1, 1]]), flags: 1 }),
    run({ ctxIn: struct(73, [[72, 1, 1]]), dataIn: TCP4 }),
    run({ ctxIn: struct(73, [[72, 1, 1]]) }),
  ]),
  lookup('contexts that are absent, short or long', PASS, [
    run({}),
    run({ ctxOut: 72 }),
    run({ ctxIn: '' }),
    ...[1, 8, 9, 10, 61, 64, 68, 71].map((size) => run({ ctxIn: ctx(2).slice(0, 2 * size), ctxOut: 72 })),
    run({ ctxIn: `${ctx(2)}00` }),
    run({ ctxIn: `${ctx(2)}01` }),
    run({ ctxIn: ctx(2).padEnd(2 * 4096, '0') }),
    run({ ctxIn: ctx(2).padEnd(2 * 4097, '0') }),
  ]),
  lookup('sizes of ctx_out', PASS, [
    ...[1, 71, 72, 73, 100].map((ctxOut) => run({ ctxIn: full(2), ctxOut })),
    run({ ctxIn: full(2), ctxOut: null, ctxSizeOut: 72 }),
  ]),
  lookup('fields that must be zero', PASS, [
    ...([1, 2, 0xffffffff] as const).flatMap((value) => [
      run({ ctxIn: ctx(2), flags: value }),
      run({ ctxIn: ctx(2), cpu: value }),
      run({ ctxIn: ctx(2), batchSize: value }),
      run({ ctxIn: ctx(2), dataOut: null, dataSizeOut: value }),
    ]),
    run({ ctxIn: ctx(2), dataIn: TCP4 }),
    run({ ctxIn: ctx(2), dataIn: '' }),
    run({ ctxIn: ctx(2), dataOut: 10 }),
    run({ ctxIn: ctx(2), dataOut: 10, dataSizeOut: 0 }),
  ]),
  lookup(
    'repeat',
    PASS,
    [0, 1, 2, 1000].map((repeat) => run({ ctxIn: ctx(2), repeat })),
  ),
  ...[0, 1, 2, 3, 4, 8, -1].map((flags) =>
    lookup(
      `bpf_sk_assign of no socket with flags ${flags}`,
      `r2 = 0; r3 = ${flags}; call bpf_sk_assign#124; r1 = r0; r0 = 1; if r1 == 0 goto +1; r0 = 0; exit`,
      [run({ ctxIn: ctx(2), ctxOut: 72 })],
    ),
  ),
];
