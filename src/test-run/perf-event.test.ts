import { describe, expect, it } from 'vitest';
import { fakeProgram } from '../../test/fake-program.ts';
import { assemble } from '../isa/index.ts';
import { rawObject } from '../object/index.ts';
import { simBackend, type TestRunAttr, type TestRunResult } from './index.ts';
import { testRun } from './test-run.ts';

/** The series' own test: registers 1 to 21, period 0x0123456789abcdef, address 2, counter values 1 to 3. */
function ctx(period = 0x0123456789abcdefn): Uint8Array {
  const view = new DataView(new ArrayBuffer(184));
  for (let i = 0; i < 21; i++) view.setBigUint64(i * 8, BigInt(i + 1), true);
  view.setBigUint64(168, period, true);
  view.setBigUint64(176, 2n, true);
  return new Uint8Array(view.buffer);
}
const VALUE = new Uint8Array(new BigUint64Array([1n, 2n, 3n]).buffer);

function run(program: string, attr: TestRunAttr = { ctxIn: ctx(), dataIn: VALUE }): TestRunResult {
  const object = simBackend({ extensions: ['perf_event'] }).load(
    rawObject({ insns: assemble(program), progType: 'perf_event' }),
  );
  return object.program('prog').testRun(attr);
}
const retval = (program: string, attr?: TestRunAttr): number => run(program, attr).retval | 0;

const fake = fakeProgram('perf_event', () => 0);
const refused = (attr: TestRunAttr): string => {
  try {
    testRun(fake, attr);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('testRun() of perf_event without the extension', () => {
  it('36: answers 524 as 6.18 does, and names the extension', () => {
    const object = simBackend().load(rawObject({ insns: assemble('r0 = 0; exit'), progType: 'perf_event' }));
    expect(() => object.program('prog').testRun({})).toThrow(
      expect.objectContaining({
        errno: 'ENOTSUPP',
        message: expect.stringContaining("extensions: ['perf_event']"),
      }),
    );
  });

  it('refuses an extension that does not exist', () => {
    const spec = rawObject({ insns: assemble('r0 = 0; exit'), progType: 'xdp' });
    expect(() => simBackend({ extensions: ['kprobe' as 'perf_event'] }).load(spec)).toThrow(
      /extensions: 'kprobe' is none/,
    );
  });
});

describe('testRun() of perf_event', () => {
  it('shows each register, the period and the address of ctx_in', () => {
    for (let i = 0; i < 21; i++) expect(retval(`r0 = *(u64 *)(r1 +${i * 8}); exit`)).toBe(i + 1);
    expect(retval('r0 = *(u64 *)(r1 +176); exit')).toBe(2);
  });

  it.each([168, 176])('reads the field at %i in parts, upper half included', (at) => {
    const bytes = ctx(0x0123456789abcdefn);
    new DataView(bytes.buffer).setBigUint64(176, 0x0123456789abcdefn, true);
    const read = (size: number, offset: number): number =>
      retval(`r0 = *(u${size * 8} *)(r1 +${at + offset}); exit`, { ctxIn: bytes }) >>> 0;
    expect([read(4, 0), read(4, 4)]).toEqual([0x89abcdef, 0x01234567]);
    expect([0, 2, 4, 6].map((offset) => read(2, offset))).toEqual([0xcdef, 0x89ab, 0x4567, 0x0123]);
    expect([0, 3, 4, 7].map((offset) => read(1, offset))).toEqual([0xef, 0x89, 0x67, 0x01]);
    // the reason for the series: both halves together are the whole
    const halves = `
      r2 = *(u32 *)(r1 +${at + 4}); r2 <<= 32; r3 = *(u32 *)(r1 +${at}); r2 |= r3
      r4 = *(u64 *)(r1 +${at}); r0 = 1; if r2 != r4 goto +1; r0 = 0; exit`;
    expect(retval(halves, { ctxIn: bytes })).toBe(0);
  });

  it('takes an absent context or value as zeros, extends short ones and refuses long ones', () => {
    expect(retval('r0 = *(u64 *)(r1 +0); exit', {})).toBe(0);
    expect(retval('r0 = *(u64 *)(r1 +0); exit', { ctxIn: Uint8Array.of(7) })).toBe(7);
    expect(refused({ ctxIn: new Uint8Array(185), dataIn: new Uint8Array(4096) })).toBe('no error');
    expect(refused({ ctxIn: new Uint8Array(185).fill(1) })).toMatch(/ctx_in: byte 184 .*E2BIG/);
    expect(refused({ ctxIn: new Uint8Array(4097) })).toMatch(/ctx_size_in: 4097 .*E2BIG/);
    expect(refused({ dataIn: new Uint8Array(25).fill(1) })).toMatch(/data_in: byte 24 .*E2BIG/);
    expect(refused({ dataIn: new Uint8Array(4097) })).toMatch(/data_size_in: 4097 .*E2BIG/);
  });

  it('names the context before the data', () => {
    const long = new Uint8Array(200).fill(1);
    expect(refused({ ctxIn: long, dataIn: long })).toMatch(/ctx_in/);
  });

  it.each([
    ['data_out', { dataOut: new Uint8Array(8) }],
    ['data_size_out', { dataSizeOut: 8 }],
    ['data_size_out', { dataOut: null, dataSizeOut: 8 }],
    ['ctx_out', { ctxOut: new Uint8Array(184) }],
    ['ctx_out', { ctxSizeOut: 184 }],
    ['flags', { flags: 1 }],
    ['cpu', { cpu: 1 }],
    ['batch_size', { batchSize: 1 }],
  ])('refuses %s with EINVAL', (field, attr) => {
    expect(refused(attr)).toMatch(new RegExp(`${field}: .*EINVAL`));
  });

  it('gives retval and nothing else', () => {
    expect(run('r0 = 5; exit')).toMatchObject({
      retval: 5,
      dataSizeOut: 0,
      ctxSizeOut: 0,
      ctxOut: undefined,
    });
  });
});

/** Fills 32 bytes below r10 with ones, calls, and returns r0 or the u64 at fp + `at`. */
const call = (helper: string, size: number, flags = 0, at?: number): string => `
  r2 = -1
  *(u64 *)(r10 -32) = r2; *(u64 *)(r10 -24) = r2; *(u64 *)(r10 -16) = r2; *(u64 *)(r10 -8) = r2
  r2 = r10; r2 += -32; r3 = ${size}; r4 = ${flags}
  call ${helper}
  ${at === undefined ? '' : `r0 = *(u64 *)(r10 ${at})`}
  exit`;

describe('bpf_perf_prog_read_value()', () => {
  const read = (size: number, at?: number): number =>
    retval(call('bpf_perf_prog_read_value#56', size, 0, at));
  it('gives data_in as counter, enabled and running', () => {
    expect([read(24), read(24, -32), read(24, -24), read(24, -16), read(24, -8)]).toEqual([0, 1, 2, 3, -1]);
  });
  it('wants exactly 24 bytes and zeroes what it was given otherwise', () => {
    expect([read(16), read(16, -24), read(16, -16)]).toEqual([-22, 0, -1]);
    expect([read(32), read(32, -8)]).toEqual([-22, 0]);
  });
});

describe('bpf_read_branch_records()', () => {
  it('has none, after it looked at the flags', () => {
    const read = (flags: number): number => retval(call('bpf_read_branch_records#119', 24, flags));
    expect([read(0), read(1), read(2), read(3)]).toEqual([-2, -2, -22, -22]);
  });
});

describe('bpf_get_stack()', () => {
  /** cs 0x10, rflags 2: registers that the CPU saved in the kernel. Index 16 is rip, 17 cs, 18 eflags. */
  const registers = (cs: bigint, eflags: bigint): Uint8Array => {
    const bytes = ctx();
    const view = new DataView(bytes.buffer);
    view.setBigUint64(136, cs, true);
    view.setBigUint64(144, eflags, true);
    return bytes;
  };
  const stack = (ctxIn: Uint8Array, size: number, flags = 0, at?: number): number =>
    retval(call('bpf_get_stack#67', size, flags, at), { ctxIn });
  const kernel = registers(0x10n, 2n);
  const user = registers(0x33n, 2n);

  it('gives the instruction pointer of kernel registers and zeroes the rest', () => {
    expect([stack(kernel, 16), stack(kernel, 16, 0, -32), stack(kernel, 16, 0, -24)]).toEqual([8, 17, 0]);
    expect([stack(registers(0x10n, 0n), 16), stack(user, 16)]).toEqual([0, 0]);
  });
  it('gives that of user registers with BPF_F_USER_STACK, also as a build id', () => {
    expect([stack(user, 8, 0x100), stack(user, 8, 0x100, -32), stack(kernel, 8, 0x100)]).toEqual([8, 17, 0]);
    expect([stack(user, 32, 0x900), stack(user, 32, 0x900, -32), stack(user, 32, 0x900, -8)]).toEqual([
      32, 2, 17,
    ]);
  });
  it('refuses flags and sizes as the kernel does, and skips no more than there is', () => {
    expect([stack(kernel, 16, 0x200), stack(kernel, 32, 0x800), stack(kernel, 12)]).toEqual([-22, -22, -22]);
    expect([stack(kernel, 16, 1), stack(kernel, 16, 2), stack(kernel, 16, 2, -32)]).toEqual([0, -14, 0]);
  });
});
