/** BPF_PROG_TEST_RUN of raw tracepoints: sizes of the context against what programs touch, CPUs, refused fields. */
import type { RunStep, TruthCase } from '../truth-case.ts';
import { struct, TCP4 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const rawTp = (name: string, program: string, steps: TruthCase['steps'], more = {}): TruthCase => ({
  name,
  progType: 'raw_tracepoint',
  program,
  steps,
  ...more,
});
/** `count` arguments: 0x11 in each byte of the first, 0x22 of the second, ... */
const args = (count: number): string =>
  Array.from({ length: count }, (_, i) => (17 * (i + 1)).toString(16).padStart(2, '0').repeat(8)).join('');
const sized = (bytes: number): RunStep => run({ ctxIn: args(14).slice(0, 2 * bytes) });
const SIZES = [1, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 88, 95, 96, 97, 104];

const TOUCHES: Readonly<Record<string, string>> = {
  nothing: 'r0 = 7; exit',
  'argument 0': 'r0 = *(u64 *)(r1 +0); exit',
  'half of argument 0': 'r0 = *(u32 *)(r1 +0); exit',
  'the upper half of argument 0': 'r0 = *(u32 *)(r1 +4); exit',
  'two bytes of argument 1': 'r0 = *(u16 *)(r1 +10); exit',
  'one byte of argument 1': 'r0 = *(u8 *)(r1 +9); exit',
  'argument 1': 'r0 = *(u64 *)(r1 +8); exit',
  'argument 11': 'r0 = *(u64 *)(r1 +88); exit',
  'arguments 1 and 0': 'r2 = *(u64 *)(r1 +8); r0 = *(u64 *)(r1 +0); r0 += r2; exit',
  'argument 1 through the stack':
    '*(u64 *)(r10 -8) = r1; r1 = 0; r2 = *(u64 *)(r10 -8); r0 = *(u64 *)(r2 +8); exit',
  'argument 1 on one of two paths':
    'r6 = r1; call bpf_get_prandom_u32#7; r0 &= 0; r2 = r0; r0 = 5; if r2 != 0 goto +1; r0 = *(u32 *)(r6 +8); exit',
  'argument 1 in a subprogram': 'call pc+1; exit; r0 = *(u64 *)(r1 +8); exit',
  'argument 1 in a subprogram, in its second argument':
    'r2 = r1; r1 = 0; call pc+1; exit; r0 = *(u64 *)(r2 +8); exit',
  'argument 1 where a constant never leads': 'r0 = 1; if r0 == 1 goto +1; r0 = *(u64 *)(r1 +8); exit',
};

export const RAW_TP_CASES: readonly TruthCase[] = [
  ...Object.entries(TOUCHES).map(([what, program]) =>
    rawTp(`row 31: a program that touches ${what}`, program, [run(), ...SIZES.map(sized)]),
  ),
  ...['r1', 'r0'].map((reg) =>
    rawTp(
      `retval is the low half of ${reg === 'r1' ? 'an argument' : 'any number'}`,
      reg === 'r1' ? 'r0 = *(u64 *)(r1 +0); exit' : 'r0 = -5; exit',
      [
        run({ ctxIn: 'efcdab8967452301' }),
        run({ ctxIn: 'ffffffffffffffff' }),
        run({ ctxIn: '0000000001000000' }),
      ],
    ),
  ),
  rawTp('fields that must be zero', 'r0 = 3; exit', [
    run({ dataIn: TCP4 }),
    run({ dataIn: '' }),
    run({ dataOut: 8 }),
    run({ dataOut: 8, dataSizeOut: 0 }),
    run({ dataOut: null, dataSizeOut: 8 }),
    run({ ctxOut: 8 }),
    run({ ctxOut: null, ctxSizeOut: 8 }),
    run({ ctxIn: args(1), ctxOut: 8 }),
    ...[1, 2, 0xffffffff].flatMap((value) => [run({ repeat: value }), run({ batchSize: value })]),
    run({ ctxIn: '' }),
  ]),
  rawTp('the context is checked after the fields, the CPU after the context', 'r0 = *(u64 *)(r1 +8); exit', [
    run({ ctxIn: args(1), repeat: 1 }),
    run({ ctxIn: args(1), cpu: 1 }),
    run({ ctxIn: args(1), flags: 1, cpu: 100 }),
    run({ ctxIn: args(2), flags: 1, cpu: 100 }),
    run({ ctxIn: args(13), flags: 1, cpu: 100 }),
  ]),
  rawTp('flags: only bit 0 counts', 'r0 = 3; exit', [
    ...[0, 1, 2, 4, 7, 0xfffe, 0xfffffffe, 0xffffffff].map((flags) => run({ flags })),
    ...[0, 2, 0xfffffffe].map((flags) => run({ flags, cpu: 1 })),
  ]),
  rawTp('runs on the CPU asked for', 'call bpf_get_smp_processor_id#8; exit', [
    ...[0, 1, 2, 5, 1024, 100000, 0x7fffffff, 0x80000000, 0xffffffff].map((cpu) => run({ flags: 1, cpu })),
    run({ flags: 3, cpu: 1 }),
    ...[1, 5, 0xffffffff].map((cpu) => run({ cpu })),
  ]),
  rawTp(
    'counts in the per-CPU value of that CPU',
    `r2 = 0
    *(u32 *)(r10 -4) = r2
    r2 = r10
    r2 += -4
    r1 = map[count]
    call bpf_map_lookup_elem#1
    if r0 == 0 goto +3
    r1 = *(u64 *)(r0 +0)
    r1 += 1
    *(u64 *)(r0 +0) = r1
    r0 = 0
    exit`,
    [
      run({ flags: 1, cpu: 1 }),
      run({ flags: 1, cpu: 1 }),
      run({ flags: 1, cpu: 0 }),
      { op: 'lookup', map: 'count', key: '00000000' },
    ],
    { maps: [{ name: 'count', type: 'percpu_array' }] },
  ),
  rawTp(
    'tail calls share the context',
    'r6 = r1; r2 = map[progs]; r3 = 0; call bpf_tail_call#12; r0 = *(u64 *)(r6 +0); exit',
    [run({ ctxIn: args(1) }), run({})],
    { maps: [{ name: 'progs', type: 'prog_array', valueSize: 4 }] },
  ),
  rawTp('ctx_in is copied: it stays as it was', 'r0 = *(u64 *)(r1 +0); exit', [
    run({ ctxIn: struct(8, [[0, 4, 9]]) }),
    run({ ctxIn: struct(96, [[0, 4, 9]]) }),
  ]),
];
