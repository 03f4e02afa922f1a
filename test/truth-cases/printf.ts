/** printf of BPF programs: formats, arguments and what the kernel prints, through bpf_snprintf and bpf_trace_vprintk. */
import { toHex } from '../../src/bytes/index.ts';
import type { Insn } from '../../src/isa/index.ts';
import { MAP_FLAG } from '../../src/uapi/bpf.ts';
import type { TruthCase } from '../truth-case.ts';

/** A number as it is, or a pointer to these bytes (text gets a NUL). */
export type PrintArg = bigint | string | Uint8Array;

export interface PrintCase {
  readonly helper: 'snprintf' | 'trace_vprintk';
  /** One byte a character. */
  readonly fmt: string;
  readonly args: readonly PrintArg[];
  /** Room for the output of snprintf. */
  readonly size: number;
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
export const argBytes = (arg: string | Uint8Array): Uint8Array =>
  typeof arg === 'string' ? latin1(`${arg}\0`) : arg;

/** Longest output that a case looks at. */
export const OUT_SIZE = 128;
const print = (fmt: string, ...args: PrintArg[]): PrintCase => ({
  helper: 'snprintf',
  fmt,
  args,
  size: OUT_SIZE,
});
const cut = (size: number, fmt: string, ...args: PrintArg[]): PrintCase => ({ ...print(fmt, ...args), size });
/** Through trace_vprintk, which judges the format when it runs: the return value is all that shows. */
const judge = (fmt: string, ...args: PrintArg[]): PrintCase => ({
  helper: 'trace_vprintk',
  fmt,
  args,
  size: 0,
});

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const V4 = Uint8Array.of(192, 0, 2, 1);
const V6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0xab);
const VALUES = [
  0n,
  1n,
  42n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1234_5678_9abc_def0n,
  1n << 63n,
  ALL_ONES,
];

const numbers = [
  '%d',
  '%i',
  '%u',
  '%x',
  '%X',
  '%ld',
  '%li',
  '%lu',
  '%lx',
  '%lX',
  '%lld',
  '%llu',
  '%llx',
  '%llX',
].flatMap((fmt) => VALUES.map((value) => print(fmt, value)));

const padded = [
  '%5d',
  '%05d',
  '%-5d|',
  '%+d',
  '% d',
  '%+5d',
  '% 05d',
  '%-+5d|',
  '%0-5d|',
  '%-05d|',
  '%+-+5d|',
  '%  d',
  '%00005d',
  '%2d',
  '%1d',
  '%08x',
  '%8X',
  '%-8x|',
  '%+x',
  '% u',
  '%020ld',
  '%-20lld|',
  '%20llu',
  '%0 +5d',
].flatMap((fmt) => [print(fmt, 42n), print(fmt, 0xffff_ffffn), print(fmt, 123456789n)]);

const texts = [
  print('plain'),
  print(''),
  print('100%%'),
  print('%%%%'),
  print('tab\tnewline\nreturn\rend'),
  print('%s', 'hello'),
  print('%s', ''),
  print('%10s|', 'hello'),
  print('%-10s|', 'hello'),
  print('%010s|', 'hello'),
  print('%3s|', 'hello'),
  print('%s %s', 'one', 'two'),
  print('%s', 0n),
  print('%s', 1n),
  print('%s', 0x7fff_0000_0000n),
  print('%s', ALL_ONES),
  print('%10s|', 0n),
  print('%s', 'caf\u00e9'),
  print('%c', 65n),
  print('%c', 0x141n),
  print('%c', 0n),
  print('a%cb%cc', 0n, 66n),
  print('%5c|', 65n),
  print('%-5c|', 65n),
  print('%05c|', 65n),
  print('%1c|%0c|', 65n, 66n),
  print('%c%d%c%lld%s', 65n, 7n, 66n, 8n, 'x'),
  print('%pks', 'kernel'),
  print('%10pks|', 'kernel'),
  print('%pus', 0n),
  print('%pus', 'kernel'),
  print('%pks %d', 0n, 5n),
  print('%s,%s', 'a', 'b'),
  print('%s%%', 'a'),
  print('%s\u00a0', 'a'),
  print('%s\u00bf', 'a'),
  print('%s:%d', 'a', 1n),
];

const pointers = [
  print('%p', 0n),
  print('%p|', 0n),
  print('%p', ALL_ONES),
  print('%pK', 0n),
  print('%20p|', 0n),
  print('%-20p|', 0n),
  print('%3p|', 0n),
  print('%px', 0x1234n),
  print('%px', 0xffff_8881_0000_0000n),
  print('%px', 0n),
  print('%5px|', 0x1234n),
  print('%20px|', 0x1234n),
  print('%-20px|', 0x1234n),
  print('%020px|', 0x1234n),
  print('%+px', 0x1234n),
  print('%pxyz9 %d', 0x1234n, 7n),
  print('%pS', 0x1234n),
  print('%ps', 0x1234n),
  print('%ps', 0n),
  print('%pB', 0x1234n),
  print('%pB', 0n),
  print('%10ps|', 0x12n),
  print('%-10pS|', 0x12n),
  print('%10pB|', 0x12n),
  print('%pB %d', 0x12n, 9n),
  print('%psx %d', 0x12n, 9n),
];

const addresses = [
  print('%pI4', V4),
  print('%pi4', V4),
  print('%pI6', V6),
  print('%pi6', V6),
  print('%pI4', 0n),
  print('%pI6', 0n),
  print('%20pI4|', V4),
  print('%-20pI4|', V4),
  print('%pI6c', V6),
  print('%pI4h %d', V4, 5n),
  print('%pI4abc9-', V4),
  print('%pI4\u00e9-', V4),
  print('%pI4:%u -> %pI4:%u', V4, 80n, Uint8Array.of(10, 0, 0, 7), 65535n),
  print('%pI6 %pi4 %s %c %llx', V6, V4, 'mixed', 33n, ALL_ONES),
];

const room = [
  cut(0, '%d', 12345n),
  cut(1, '%d', 12345n),
  cut(3, '%d', 12345n),
  cut(5, '%d', 12345n),
  cut(6, '%d', 12345n),
  cut(4, 'ab%s.gh', 'cdef'),
  cut(4, '%10s|', 'hi'),
  cut(4, '%-10s|', 'hi'),
  cut(4, '%010d', 7n),
  cut(2, '%c%c%c', 65n, 66n, 67n),
  cut(4, '%pI4', V4),
  cut(4, '%pI4 %d', V4, 5n),
  cut(4, '%d%d%d%d %pI4 %d', 1n, 2n, 3n, 4n, V4, 5n),
  cut(4, '%s %pI4 %s', 'long enough', V4, 'tail'),
  cut(8, '%px', 0x1234n),
  cut(3, '%%%%%%%%'),
  cut(OUT_SIZE, '%200d', 7n),
  cut(OUT_SIZE, '%-200d|', 7n),
  cut(OUT_SIZE, '%8000000d', 7n),
  cut(OUT_SIZE, '%s', 'x'.repeat(300)),
  cut(OUT_SIZE, '%s%s', 'x'.repeat(300), 'y'.repeat(300)),
  cut(OUT_SIZE, '%d %d %d %d %d %d %d %d %d %d %d %d', ...Array.from({ length: 12 }, (_, i) => BigInt(i))),
];

const judged = [
  judge('plain'),
  judge('%d', 1n),
  judge('%d %d', 1n),
  judge('%d', 1n, 2n),
  judge('%'),
  judge('% '),
  judge('%5'),
  judge('%5%'),
  judge('%-%', 1n),
  judge('%n', 1n),
  judge('%o', 1n),
  judge('%h', 1n),
  judge('%hd', 1n),
  judge('%hhd', 1n),
  judge('%zu', 1n),
  judge('%td', 1n),
  judge('%jd', 1n),
  judge('%Ld', 1n),
  judge('%qd', 1n),
  judge('%l', 1n),
  judge('%ll', 1n),
  judge('%llld', 1n),
  judge('%lc', 1n),
  judge('%ls', 'a'),
  judge('%ln', 1n),
  judge('%lo', 1n),
  judge('%f', 1n),
  judge('%e', 1n),
  judge('%g', 1n),
  judge('%a', 1n),
  judge('%D', 1n),
  judge('%U', 1n),
  judge('%#x', 1n),
  judge('%.3d', 1n),
  judge('%.3s', 'hello'),
  judge('%*d', 1n, 2n),
  judge("%'d", 1n),
  judge('%5-d', 1n),
  judge('%1$d', 1n),
  judge('%sx', 'a'),
  judge('%s1', 'a'),
  judge('%s\u00e9', 'a'),
  judge('%s\u0080', 'a'),
  judge('%cx', 65n),
  judge('%dx', 65n),
  judge('%pa', 1n),
  judge('%pA', 1n),
  judge('%p1', 1n),
  judge('%p_', 1n),
  judge('%p\u00e9', 1n),
  judge('%pk', 1n),
  judge('%pksx', 'a'),
  judge('%pks.', 'a'),
  judge('%pus1', 'a'),
  judge('%pI', V4),
  judge('%pI5', V4),
  judge('%pI4', V4),
  judge('%piS', V4),
  judge('%pM', V4),
  judge('%pf', 1n),
  judge('%pF', 1n),
  judge('%pe', 1n),
  judge('%pU', V6),
  judge('%pV', 1n),
  judge('%pBx %d', 1n, 2n),
  judge('bell\u0007'),
  judge('del\u007f'),
  judge('escape\u001b'),
  judge('form\u000cfeed\u000b'),
  judge('caf\u00e9'),
  judge('\u0080\u00ff'),
  judge('%\u00e9', 1n),
  judge('%s', 'x'.repeat(600)),
  judge('%s%d', 'x'.repeat(600), 1n),
  judge('%s%s', 'x'.repeat(600), 'y'),
  judge('%s%c', 'x'.repeat(600), 65n),
  judge('%s%d', 'x'.repeat(507), 1n),
  judge('%s%d', 'x'.repeat(508), 1n),
  judge('%s%lld', 'x'.repeat(503), 1n),
  judge('%s%lld', 'x'.repeat(504), 1n),
  judge('%s%c', 'x'.repeat(510), 65n),
  judge('%s%c', 'x'.repeat(511), 65n),
  judge('%s%pI4', 'x'.repeat(507), V4),
  judge('%s%pI4', 'x'.repeat(508), V4),
  judge('%2000d', 1n),
];

export const PRINT_CASES: readonly PrintCase[] = [
  ...numbers,
  ...padded,
  ...texts,
  ...pointers,
  ...addresses,
  ...room,
  ...judged,
];

export function printCaseName({ helper, fmt, args, size }: PrintCase): string {
  const list = args.map((arg) => {
    if (typeof arg === 'bigint') return `0x${arg.toString(16)}`;
    if (typeof arg !== 'string') return `[${toHex(arg)}]`;
    return arg.length > 40 ? `${JSON.stringify(arg[0])} x ${arg.length}` : JSON.stringify(arg);
  });
  const room = helper === 'snprintf' && size !== OUT_SIZE ? `${size}, ` : '';
  return `${helper}(${room}${[JSON.stringify(fmt), ...list].join(', ')})`;
}

const R = { r0: 0, r1: 1, r2: 2, r3: 3, r4: 4, r5: 5, r10: 10 } as const;
const mov = (dst: number, imm: number): Insn => ({ code: 0xb7, dst, src: 0, off: 0, imm });
const ld64 = (dst: number, src: number, low: number, high: number): Insn[] => [
  { code: 0x18, dst, src, off: 0, imm: low | 0 },
  { code: 0, dst: 0, src: 0, off: 0, imm: high | 0 },
];
/** Address of byte `offset` of the only value of map number `index`. */
const mapValue = (dst: number, index: number, offset = 0): Insn[] => ld64(dst, 2, index, offset);
const number64 = (dst: number, value: bigint): Insn[] =>
  ld64(dst, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));

const [FMT, OUT, DATA] = [0, 1, 2] as const;

/** Arguments lie on the stack, what they point to in the map `data`. */
function argInsns(args: readonly PrintArg[]): { insns: Insn[]; data: Uint8Array } {
  const insns: Insn[] = [];
  const parts: number[] = [];
  for (const [i, arg] of args.entries()) {
    if (typeof arg === 'bigint') insns.push(...number64(R.r1, arg));
    else {
      insns.push(...mapValue(R.r1, DATA, parts.length));
      parts.push(...argBytes(arg));
    }
    insns.push({ code: 0x7b, dst: R.r10, src: R.r1, off: -96 + 8 * i, imm: 0 });
  }
  return { insns, data: Uint8Array.from(parts.length > 0 ? parts : [0]) };
}

function toTruthCase(test: PrintCase): TruthCase {
  const { insns, data } = argInsns(test.args);
  const argList: Insn[] = [
    { code: 0xbf, dst: R.r4, src: R.r10, off: 0, imm: 0 },
    { code: 0x07, dst: R.r4, src: 0, off: 0, imm: -96 },
  ];
  const length = 8 * test.args.length;
  const fmt = latin1(`${test.fmt}\0`);
  const call =
    test.helper === 'snprintf'
      ? [
          ...(test.size > 0 ? mapValue(R.r1, OUT) : [mov(R.r1, 0)]),
          mov(R.r2, test.size),
          ...mapValue(R.r3, FMT),
          ...(length > 0 ? argList : [mov(R.r4, 0)]),
          mov(R.r5, length),
          { code: 0x85, dst: 0, src: 0, off: 0, imm: 165 },
        ]
      : [
          ...mapValue(R.r1, FMT),
          mov(R.r2, fmt.length),
          ...(length > 0 ? argList : []),
          ...(length > 0 ? [{ code: 0xbf, dst: R.r3, src: R.r4, off: 0, imm: 0 }] : [mov(R.r3, 0)]),
          mov(R.r4, length),
          { code: 0x85, dst: 0, src: 0, off: 0, imm: 177 },
        ];
  return {
    name: printCaseName(test),
    progType: 'socket_filter',
    program: [...insns, ...call, { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }],
    maps: [
      { name: 'fmt', type: 'array', valueSize: fmt.length, flags: MAP_FLAG.BPF_F_RDONLY_PROG, data: fmt },
      { name: 'out', type: 'array', valueSize: OUT_SIZE, data: new Uint8Array(OUT_SIZE).fill(0xee) },
      { name: 'data', type: 'array', valueSize: data.length, data },
    ],
    steps: [
      { op: 'run', dataIn: '00'.repeat(64) },
      ...(test.helper === 'snprintf' ? [{ op: 'lookup', map: 'out', key: '00000000' } as const] : []),
    ],
  };
}

export const PRINTF_CASES: readonly TruthCase[] = PRINT_CASES.map(toTruthCase);
