/** Helpers of the common base: results and errno of strings, dynptrs, ring buffers, loops, probe reads, perf output. */

import { helperByName } from '../../src/helpers/index.ts';
import type { RawMap } from '../../src/object/index.ts';
import type { TruthCase } from '../truth-case.ts';
import { latin1 } from './printf.ts';

/** `#N`, as the assembler takes a helper. */
function id(name: string): string {
  const helper = helperByName(name);
  if (!helper) throw new Error(`no helper ${name}`);
  return `#${helper.id}`;
}

const OUT = 64;
const RUN = { op: 'run', dataIn: '00'.repeat(64) } as const;
const SHOW = { op: 'lookup', map: 'out', key: '00000000' } as const;

const outMap: RawMap = { name: 'out', type: 'array', valueSize: OUT, data: new Uint8Array(OUT).fill(0xee) };
const dataMap = (data: Uint8Array): RawMap => ({ name: 'data', type: 'array', valueSize: data.length, data });
const ringMap: RawMap = { name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 };

/** Runs a program and shows its r0 and the map `out`. */
function shows(name: string, program: string, maps: readonly RawMap[] = []): TruthCase {
  return { name, progType: 'socket_filter', program, maps: [outMap, ...maps], steps: [RUN, SHOW] };
}

/** Stores the 8 bytes at r10-8 into the map `out`, and ends with r6. */
const STORE_AND_EXIT = `
  r1 = *(u64 *)(r10 -8)
  r2 = map[out][0]+0
  *(u64 *)(r2 +0) = r1
  r0 = r6
  exit`;

function parse(helper: 'strtol' | 'strtoul', text: string, flags = 0n, length = text.length): TruthCase {
  return shows(
    `${helper}(${JSON.stringify(text)}, ${length}, 0x${flags.toString(16)})`,
    `
  r1 = 0x1111111111111111 ll
  *(u64 *)(r10 -8) = r1
  r1 = map[data][0]+0
  r2 = ${length}
  r3 = 0x${flags.toString(16)} ll
  r4 = r10
  r4 += -8
  call ${id(helper)}
  r6 = r0
  ${STORE_AND_EXIT}`,
    [dataMap(latin1(text.length > 0 ? text : ' '))],
  );
}

const NUMBERS = [
  '0',
  '7',
  '-7',
  '+7',
  '42',
  ' 42',
  '\t\n\v\f\r 42',
  '\u00a042',
  '42 ',
  '42abc',
  '4 2',
  '-',
  '--1',
  '- 1',
  'abc',
  ' ',
  '0x10',
  '0X1f',
  '0x',
  '0xg',
  '0b11',
  '010',
  '08',
  '09',
  '0',
  '00',
  'ff',
  '-ff',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551615',
  '18446744073709551616',
  '-18446744073709551615',
  '99999999999999999999999',
  '0xffffffffffffffff',
  '-0x8000000000000000',
  '0x8000000000000000',
  '01777777777777777777777',
  '-0',
  '1\u00002',
  '_1',
  '1_000',
  `${'0'.repeat(62)}5`,
  `${'0'.repeat(63)}5`,
  `${' '.repeat(80)}9`,
];

const parsing = (['strtol', 'strtoul'] as const).flatMap((helper) => [
  ...[...new Set(NUMBERS)].map((text) => parse(helper, text)),
  ...[8n, 10n, 16n].flatMap((base) =>
    ['10', '0x10', '010', '-7', '9', 'f', 'g', ''].map((text) => parse(helper, text || '0x', base)),
  ),
  ...[1n, 2n, 7n, 9n, 17n, 31n, 32n, 40n, 42n, 1n << 32n, (1n << 63n) | 10n].map((flags) =>
    parse(helper, '10', flags),
  ),
  parse(helper, '12345', 0n, 3),
  parse(helper, '-12345', 0n, 1),
  parse(helper, '0x12', 0n, 2),
]);

function compare(s1: string, length: number, s2: string): TruthCase {
  const text = latin1(`${s2}\0`);
  return shows(
    `strncmp(${JSON.stringify(s1)}, ${length}, ${JSON.stringify(s2)})`,
    `
  r1 = map[data][0]+0
  r2 = ${length}
  r3 = map[text][0]+0
  call ${id('strncmp')}
  exit`,
    [dataMap(latin1(s1)), { name: 'text', type: 'array', valueSize: text.length, flags: 0x80, data: text }],
  );
}

const comparing = [
  compare('abc\0', 4, 'abc'),
  compare('abc\0', 3, 'abcdef'),
  compare('abc\0', 4, 'abcdef'),
  compare('abd\0', 4, 'abc'),
  compare('abb\0', 4, 'abc'),
  compare('abz\0', 2, 'abc'),
  compare('\0bc\0', 4, ''),
  compare('a\0x\0', 4, 'a'),
  compare('\u00ff\0', 2, 'a'),
  compare('a\0', 2, '\u00ff'),
];

const PATTERN = Uint8Array.from({ length: 48 }, (_, i) => i + 1);

/** A dynptr of `size` bytes of the map `data` at r10-16, then `body`. */
function onDynptr(name: string, size: number, flags: bigint, body: string): TruthCase {
  return shows(
    `dynptr of ${size} bytes, flags 0x${flags.toString(16)}: ${name}`,
    `
  r1 = map[data][0]+0
  r2 = ${size}
  r3 = 0x${flags.toString(16)} ll
  r4 = r10
  r4 += -16
  call ${id('dynptr_from_mem')}
  r6 = r0
  ${body}
  exit`,
    [dataMap(PATTERN)],
  );
}

const read = (offset: string, length: number, flags = 0n): string => `
  r1 = map[out][0]+0
  r2 = ${length}
  r3 = r10
  r3 += -16
  r4 = ${offset}
  r5 = 0x${flags.toString(16)} ll
  call ${id('dynptr_read')}`;
const write = (offset: string, length: number, flags = 0n): string => `
  r1 = r10
  r1 += -16
  r2 = ${offset}
  r3 = map[out][0]+0
  r4 = ${length}
  r5 = 0x${flags.toString(16)} ll
  call ${id('dynptr_write')}`;
/** The first byte of the slice, 0x100 for NULL. */
const slice = (offset: string, length: number): string => `
  r1 = r10
  r1 += -16
  r2 = ${offset}
  r3 = ${length}
  call ${id('dynptr_data')}
  if r0 != 0 goto found
  r0 = 0x100
  exit
  found: r0 = *(u8 *)(r0 +0)`;
const THEN_READ_ALL = `
  r7 = r0
  ${read('0', 48)}
  r0 = r7`;

const WIDE = '0x100000000 ll';
const dynptrs = [
  onDynptr('made', 48, 0n, 'r0 = r6'),
  onDynptr('made', 48, 1n, 'r0 = r6'),
  onDynptr('made', 48, 1n << 32n, 'r0 = r6'),
  onDynptr('made', 0, 0n, 'r0 = r6'),
  ...(['0', '1', '40', '41', '48', '-1', WIDE] as const).map((at) =>
    onDynptr(`read 8 at ${at}`, 48, 0n, read(at, 8)),
  ),
  onDynptr('read 48 at 0', 48, 0n, read('0', 48)),
  onDynptr('read 49 at 0', 48, 0n, read('0', 49)),
  onDynptr('read 0 at 48', 48, 0n, read('48', 0)),
  onDynptr('read 0 at 49', 48, 0n, read('49', 0)),
  onDynptr('read 4 at 4', 6, 0n, read('4', 4)),
  onDynptr('read with flags 1', 48, 0n, read('0', 8, 1n)),
  onDynptr('read past the end with flags 1', 48, 0n, read('90', 8, 1n)),
  onDynptr('read with a flag above 32 bits', 48, 0n, read('0', 8, 1n << 40n)),
  onDynptr('read of an invalid one', 48, 1n, read('0', 8)),
  ...(['0', '1', '40', '41', '-1', WIDE] as const).map((at) =>
    onDynptr(`write 8 at ${at}`, 48, 0n, write(at, 8) + THEN_READ_ALL),
  ),
  onDynptr('write with flags 1', 48, 0n, write('0', 8, 1n)),
  onDynptr('write past the end with flags 1', 48, 0n, write('90', 8, 1n)),
  onDynptr('write to an invalid one', 48, 1n, write('0', 8)),
  ...(['0', '40', '41', '-1'] as const).map((at) => onDynptr(`data 8 at ${at}`, 48, 0n, slice(at, 8))),
  onDynptr('data 48 at 0', 48, 0n, slice('0', 48)),
  onDynptr('data 49 at 0', 48, 0n, slice('0', 49)),
  onDynptr('data of an invalid one', 48, 1n, slice('0', 8)),
];

/** All four answers of bpf_ringbuf_query into `out`, then r0 = r6. */
const QUERY = [0, 1, 2, 3, 4]
  .map(
    (what) => `
  r1 = map[ring]
  r2 = ${what}
  call ${id('ringbuf_query')}
  r1 = map[out][0]+0
  *(u64 *)(r1 +${8 * what}) = r0`,
  )
  .join('');

function onRing(name: string, body: string): TruthCase {
  return shows(`ringbuf: ${name}`, `${body}\n  r6 = r0\n${QUERY}\n  r0 = r6\n  exit`, [
    ringMap,
    dataMap(new Uint8Array(8192)),
  ]);
}

const output = (size: number, flags = 0n): string => `
  r1 = map[ring]
  r2 = map[data][0]+0
  r3 = ${size}
  r4 = 0x${flags.toString(16)} ll
  call ${id('ringbuf_output')}`;
/** Reserves, then ends the record; r0 is 1 when there was room. */
const reserve = (size: string, flags: bigint, end: 'ringbuf_submit' | 'ringbuf_discard'): string => `
  r1 = map[ring]
  r2 = ${size}
  r3 = 0x${flags.toString(16)} ll
  call ${id('ringbuf_reserve')}
  r7 = 0
  if r0 == 0 goto full
  r1 = r0
  r2 = 0
  call ${id(end)}
  r7 = 1
  full: r0 = r7`;
const reserveDynptr = (
  size: number,
  flags: bigint,
  end: 'ringbuf_submit_dynptr' | 'ringbuf_discard_dynptr',
): string => `
  r1 = map[ring]
  r2 = ${size}
  r3 = 0x${flags.toString(16)} ll
  r4 = r10
  r4 += -16
  call ${id('ringbuf_reserve_dynptr')}
  r7 = r0
  r1 = r10
  r1 += -16
  r2 = 0
  call ${id(end)}
  r0 = r7`;

const rings = [
  onRing('nothing', 'r0 = 0'),
  ...[0, 1, 7, 8, 9, 100, 4079, 4080, 4081, 4088, 4096].map((size) => onRing(`output ${size}`, output(size))),
  ...[1n, 2n, 3n, 4n, 1n << 32n].map((flags) =>
    onRing(`output 8 with flags 0x${flags.toString(16)}`, output(8, flags)),
  ),
  onRing('output three times', output(1000) + output(1000) + output(1000)),
  onRing('output until it is full', output(2000) + output(2000) + output(2000)),
  ...['0', '8', '9', '4080', '4081', '4088', '0x3fffffff'].map((size) =>
    onRing(`reserve ${size}, submit`, reserve(size, 0n, 'ringbuf_submit')),
  ),
  onRing('reserve 8, discard', reserve('8', 0n, 'ringbuf_discard')),
  onRing('reserve 8 with flags 1', reserve('8', 1n, 'ringbuf_submit')),
  ...[0, 8, 4080, 4081, 0x1000000].flatMap((size) => [
    onRing(`reserve ${size} as a dynptr, submit`, reserveDynptr(size, 0n, 'ringbuf_submit_dynptr')),
    onRing(`reserve ${size} as a dynptr, discard`, reserveDynptr(size, 0n, 'ringbuf_discard_dynptr')),
  ]),
  onRing('reserve 8 as a dynptr with flags 1', reserveDynptr(8, 1n, 'ringbuf_submit_dynptr')),
];

/** The callback adds its index to the u64 at r10-8 and stops after index `last`. */
function loops(count: string, flags: bigint, last: number): TruthCase {
  return shows(
    `loop(${count}, flags 0x${flags.toString(16)}), the callback returns 1 at ${last}`,
    `
  r1 = 0
  *(u64 *)(r10 -8) = r1
  r1 = ${count}
  r2 = func each
  r3 = r10
  r3 += -8
  r4 = 0x${flags.toString(16)} ll
  call ${id('loop')}
  r6 = r0
  ${STORE_AND_EXIT}
  each: r3 = *(u64 *)(r2 +0)
  r3 += r1
  *(u64 *)(r2 +0) = r3
  r0 = 0
  if r1 != ${last} goto done
  r0 = 1
  done: exit`,
  );
}

const looping = [
  loops('0', 0n, 99),
  loops('1', 0n, 99),
  loops('10', 0n, 99),
  loops('10', 0n, 4),
  loops('10', 0n, 9),
  loops('10', 1n, 99),
  loops('10', 1n << 32n, 99),
  loops('8388609', 0n, 99),
  loops('-1', 0n, 99),
  loops('0x100000003 ll', 0n, 99),
];

type Probe =
  | 'probe_read'
  | 'probe_read_str'
  | 'probe_read_kernel'
  | 'probe_read_kernel_str'
  | 'probe_read_user'
  | 'probe_read_user_str';

function probe(helper: Probe, what: string, address: string, size: number): TruthCase {
  return shows(
    `${helper}: ${size} bytes of ${what}`,
    `
  r1 = map[out][0]+0
  r2 = ${size}
  r3 = ${address}
  call ${id(helper)}
  exit`,
    [dataMap(latin1('hello\0world\0'))],
  );
}

const probing = (
  [
    'probe_read',
    'probe_read_str',
    'probe_read_kernel',
    'probe_read_kernel_str',
    'probe_read_user',
    'probe_read_user_str',
  ] as const
).flatMap((helper) =>
  [0, 1, 3, 5, 6, 12].flatMap((size) => [
    probe(helper, 'a map value', 'map[data][0]+0', size),
    probe(helper, 'NULL', '0', size),
    probe(helper, 'address 4096', '4096', size),
    probe(helper, 'a non-canonical address', '0x8000000000000000 ll', size),
    probe(helper, 'an unmapped kernel address', '0xffffc8ffffff0000 ll', size),
    probe(helper, 'the last page', '0xfffffffffffff000 ll', size),
  ]),
);

/** No buffer is open in any slot: whether one is, is the user side's. */
function perf(flags: bigint, size: number, progType: 'socket_filter' | 'xdp' | 'sched_cls'): TruthCase {
  return {
    name: `perf_event_output of ${progType}: flags 0x${flags.toString(16)}, ${size} bytes`,
    progType,
    program: `
  r2 = map[events]
  r3 = 0x${flags.toString(16)} ll
  r4 = map[out][0]+0
  r5 = ${size}
  call ${id('perf_event_output')}
  exit`,
    maps: [outMap, { name: 'events', type: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: 4 }],
    steps: [RUN],
  };
}

const perfs = (['socket_filter', 'xdp', 'sched_cls'] as const).flatMap((progType) =>
  [
    0n,
    1n,
    0xffffffffn,
    (54n << 32n) | 0xffffffffn,
    (65n << 32n) | 0xffffffffn,
    4n,
    5n,
    0xfffffffen,
    (64n << 32n) | 4n,
    (65n << 32n) | 4n,
    (0xfffffn << 32n) | 4n,
    (1n << 52n) | 4n,
    1n << 63n,
  ].map((flags) => perf(flags, 8, progType)),
);

/** Arguments of printf that no format decides. */
function printArgs(dataLen: number, dataAt: string): TruthCase {
  return shows(
    `snprintf with data_len ${dataLen}, data ${dataAt}`,
    `
  r1 = map[out][0]+0
  r2 = 8
  r3 = map[text][0]+0
  r4 = ${dataAt}
  r5 = ${dataLen}
  call ${id('snprintf')}
  exit`,
    [
      dataMap(new Uint8Array(128)),
      { name: 'text', type: 'array', valueSize: 3, flags: 0x80, data: latin1('ok\0') },
    ],
  );
}

function printk(text: string, size: number): TruthCase {
  const data = latin1(text);
  return shows(
    `trace_printk(${JSON.stringify(text)}, ${size})`,
    `
  r1 = map[data][0]+0
  r2 = ${size}
  r3 = 7
  r4 = 8
  r5 = 9
  call ${id('trace_printk')}
  exit`,
    [dataMap(data)],
  );
}

const printing = [
  ...[0, 8, 96].map((length) => printArgs(length, 'map[data][0]+0')),
  ...[104].map((length) => printArgs(length, 'map[data][0]+0')),
  printArgs(0, '0'),
  printk('plain\0', 6),
  printk('plain\0', 5),
  printk('%d %d %d\0', 9),
  printk('%d %d %d %d\0', 12),
  printk('a\0%n\0', 5),
  printk('\0', 1),
];

export const HELPER_CASES: readonly TruthCase[] = [
  ...parsing,
  ...comparing,
  ...dynptrs,
  ...rings,
  ...looping,
  ...probing,
  ...perfs,
  ...printing,
];
