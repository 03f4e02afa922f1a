/** BPF_PROG_TEST_RUN of syscall programs: the context goes back, its size is held to the program; bpf(2) from inside. */
import { PROG_FLAG } from '../../src/uapi/bpf.ts';
import type { RunStep, TruthCase } from '../truth-case.ts';
import { struct, TCP4 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });
const syscall = (name: string, program: string, steps: TruthCase['steps'], more = {}): TruthCase => ({
  name,
  progType: 'syscall',
  progFlags: PROG_FLAG.BPF_F_SLEEPABLE,
  program,
  steps,
  ...more,
});
const sized = (bytes: number): RunStep => run({ ctxIn: '5a'.repeat(bytes) });
const around = (size: number): RunStep[] => [size - 1, size, size + 1].filter((n) => n > 0).map(sized);

const TOUCHES: Readonly<Record<string, readonly [end: number, program: string]>> = {
  nothing: [1, 'r0 = 7; exit'],
  'the u64 at 8, adding to it': [16, 'r2 = *(u64 *)(r1 +8); r2 += 1; *(u64 *)(r1 +8) = r2; r0 = r2; exit'],
  'a byte at 100, writing': [101, 'r2 = 9; *(u8 *)(r1 +100) = r2; r0 = 0; exit'],
  'the u32 at 4, reading': [8, 'r0 = *(u32 *)(r1 +4); exit'],
  'a pointer through the stack': [
    12,
    '*(u64 *)(r10 -8) = r1; r1 = 0; r2 = *(u64 *)(r10 -8); r0 = *(u32 *)(r2 +8); exit',
  ],
  'a subprogram': [24, 'call pc+1; exit; r0 = *(u64 *)(r1 +16); exit'],
  'a constant branch away': [1, 'r0 = 1; if r0 == 1 goto +1; r0 = *(u64 *)(r1 +8); exit'],
};

/** Copies so many bytes of the context to the stack and points r2 there: helpers take no part of the context itself. */
const copied = (size: number): string =>
  `${Array.from({ length: size / 8 }, (_, i) => `r0 = *(u64 *)(r1 +${8 * i}); *(u64 *)(r10 ${8 * i - 224}) = r0;`).join(' ')} r2 = r10; r2 += -224;`;
/** bpf_sys_bpf(cmd, attribute in the context from byte 0, size). */
const sys = (cmd: number, size: number): string =>
  `${copied(size)} r1 = ${cmd}; r3 = ${size}; call bpf_sys_bpf#166; exit`;
/** Creates the map that the context describes, keeps its descriptor in r7, and closes it after `body`. */
const withMap = (body: string): string => `
  ${copied(72)} r1 = 0; r3 = 72; call bpf_sys_bpf#166; r7 = r0; if r7 s< 0 goto end
  ${body}
  r1 = r7; call bpf_sys_close#168; r0 = r8; exit
  end: exit`;
/** An attribute on the stack with descriptor, pointers to key and value in the context, flags. */
const element = (cmd: number, flags = 0): string => `
  r1 = 0; *(u64 *)(r10 -8) = r1; *(u64 *)(r10 -16) = r1; *(u64 *)(r10 -24) = r1; *(u64 *)(r10 -32) = r1
  *(u32 *)(r10 -32) = r7
  r1 = r10; r1 += -48; r2 = 5; *(u64 *)(r10 -48) = r2; *(u64 *)(r10 -24) = r1
  ${cmd === 2 ? 'r1 = r10; r1 += -40; r2 = 77; *(u64 *)(r10 -40) = r2; *(u64 *)(r10 -16) = r1' : ''}
  ${flags ? `r1 = ${flags}; *(u64 *)(r10 -8) = r1` : ''}
  r1 = ${cmd}; r2 = r10; r2 += -32; r3 = 32; call bpf_sys_bpf#166; r8 = r0`;
const mapAttr = (fields: readonly (readonly [number, number, number])[]): string => struct(72, fields);
const HASH = mapAttr([
  [0, 4, 1],
  [4, 4, 4],
  [8, 4, 8],
  [12, 4, 10],
]);
/** Whether r0 is a descriptor: numbers differ between kernels. */
const CREATE = `${copied(72)} r1 = 0; r3 = 72; call bpf_sys_bpf#166; if r0 s> 0 goto made; exit; made: r1 = r0; call bpf_sys_close#168; exit`;

export const SYSCALL_CASES: readonly TruthCase[] = [
  ...Object.entries(TOUCHES).map(([what, [end, program]]) =>
    syscall(`row 32: a program that touches ${what}`, program, [run(), ...around(end), sized(4096)]),
  ),
  syscall('sizes up to 65535', 'r0 = 0; exit', [32767, 32768, 65534, 65535, 65536, 100000].map(sized)),
  syscall('retval is 32 bits', 'r0 = -5; exit', [run(), sized(8)]),
  { ...syscall('not sleepable', 'r0 = 0; exit', [run()]), progFlags: 0 },
  syscall('fields that must be zero, and those that need not', 'r0 = 3; exit', [
    run({ dataIn: TCP4 }),
    run({ dataIn: '' }),
    run({ dataOut: 8 }),
    run({ dataOut: null, dataSizeOut: 8 }),
    run({ ctxOut: 8 }),
    run({ ctxIn: '0000', ctxOut: 8 }),
    run({ ctxIn: '' }),
    ...[1, 2, 0xffffffff].flatMap((value) => [
      run({ repeat: value }),
      run({ batchSize: value }),
      run({ flags: value }),
      run({ cpu: value }),
    ]),
  ]),
  syscall('bpf_sys_bpf: map types and sizes', CREATE, [
    run({ ctxIn: HASH }),
    ...[0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 22, 23, 27, 30, 99].map((type) =>
      run({
        ctxIn: mapAttr([
          [0, 4, type],
          [4, 4, 4],
          [8, 4, 4],
          [12, 4, 4],
        ]),
      }),
    ),
    ...[0, 1, 5].map((size) =>
      run({
        ctxIn: mapAttr([
          [0, 4, 2],
          [4, 4, size],
          [8, 4, 4],
          [12, 4, 4],
        ]),
      }),
    ),
    run({
      ctxIn: mapAttr([
        [0, 4, 12],
        [4, 4, 4],
        [8, 4, 4],
        [12, 4, 4],
        [20, 4, 9999],
      ]),
    }),
    run({ ctxIn: `${HASH.slice(0, 56)}6d61705f2e41${HASH.slice(68)}` }),
    run({ ctxIn: `${HASH.slice(0, 56)}6d2d70${HASH.slice(62)}` }),
    run({ ctxIn: `${HASH.slice(0, 56)}${'61'.repeat(16)}${HASH.slice(88)}` }),
  ]),
  ...[1, 4, 6, 7, 10, 12, 13, 15, 21, 24, 35, 36, 100, -1].map((cmd) =>
    syscall(`bpf_sys_bpf: command ${cmd} is not for programs`, sys(cmd, 72), [run({ ctxIn: HASH })]),
  ),
  syscall('bpf_sys_bpf: sizes of the attribute', sys(3, 168), [
    run({ ctxIn: struct(168, [[0, 4, 9999]]) }),
    run({ ctxIn: struct(168, [[16, 1, 1]]) }),
    run({ ctxIn: struct(168, [[24, 1, 1]]) }),
    run({ ctxIn: struct(168, [[167, 1, 1]]) }),
  ]),
  syscall('bpf_sys_bpf: a longer attribute', sys(3, 176), [
    run({ ctxIn: struct(176, [[0, 4, 9999]]) }),
    run({
      ctxIn: struct(176, [
        [0, 4, 9999],
        [170, 1, 1],
      ]),
    }),
  ]),
  syscall('bpf_sys_bpf: descriptors that are not open', sys(2, 32), [
    run({ ctxIn: struct(32, [[0, 4, 9999]]) }),
    run({ ctxIn: struct(32, [[0, 4, 0xffffffff]]) }),
  ]),
  syscall('bpf_sys_bpf: update, then with BPF_NOEXIST', withMap(`${element(2)} ${element(2, 1)}`), [
    run({ ctxIn: HASH }),
  ]),
  syscall('bpf_sys_bpf: update with unknown flags', withMap(element(2, 16)), [run({ ctxIn: HASH })]),
  syscall('bpf_sys_bpf: update with BPF_EXIST', withMap(element(2, 2)), [run({ ctxIn: HASH })]),
  syscall('bpf_sys_bpf: update', withMap(element(2)), [run({ ctxIn: HASH })]),
  syscall(
    'bpf_sys_bpf: freeze, then update',
    withMap(
      `*(u64 *)(r10 -8) = r7; r1 = 22; r2 = r10; r2 += -8; r3 = 4; call bpf_sys_bpf#166; ${element(2)}`,
    ),
    [run({ ctxIn: HASH })],
  ),
  syscall('bpf_sys_close: not open, twice', withMap('r1 = r7; call bpf_sys_close#168; r8 = r0'), [
    run({ ctxIn: HASH }),
  ]),
  syscall('bpf_sys_close: 9999', 'r1 = 9999; call bpf_sys_close#168; exit', [run()]),
];
