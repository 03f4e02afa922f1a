import { describe, expect, it } from 'vitest';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import { SKB_CB, SKB_WIRE_LEN, setSkbField, skbData, skbDataEnd, skbField } from '../machine/index.ts';
import type { TestRunAttr } from './attr.ts';
import { createReplay, testRun } from './index.ts';

const returns7 = fakeProgram('sched_cls', () => 7);
const run = (attr: TestRunAttr) => testRun(returns7, attr);

function errnoOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    const { errno, field, message } = error as { errno?: string; field?: string; message: string };
    return `${errno} ${field ?? ''}: ${message}`;
  }
  return 'no error';
}

/** __sk_buff with the given u32 fields. */
function ctx(fields: Record<number, number>, size = 192): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of Object.entries(fields)) view.setUint32(Number(offset), value, true);
  return bytes;
}

// test-run.md 16, rows 1 to 13; the rows' numbers stand in the titles
describe('testRun() of sched_cls', () => {
  it('1: gives retval and real size without outputs', () => {
    expect(run({ dataIn: PKT, dataOut: null })).toMatchObject({ errno: null, retval: 7, dataSizeOut: 54 });
  });

  it('2, 3: copies at most data_size_out bytes and reports ENOSPC with retval', () => {
    const out = new Uint8Array(100).fill(0xee);
    expect(run({ dataIn: PKT, dataOut: out })).toMatchObject({ errno: null, dataSizeOut: 54 });
    expect(out.subarray(0, 54)).toEqual(PKT);
    expect(out[54]).toBe(0xee);
    out.fill(0xee);
    expect(run({ dataIn: PKT, dataOut: out, dataSizeOut: 20 })).toMatchObject({
      errno: 'ENOSPC',
      retval: 7,
      dataSizeOut: 54,
    });
    expect(out[19]).toBe(PKT[19]);
    expect(out[20]).toBe(0xee);
  });

  it('4: takes data_size_out 0 as no limit', () => {
    expect(run({ dataIn: PKT, dataSizeOut: 0 }).dataOut).toEqual(PKT);
  });

  it('5: reports ENOSPC by size even when data_out is NULL', () => {
    expect(run({ dataIn: PKT, dataOut: null, dataSizeOut: 100 })).toMatchObject({
      errno: null,
      dataSizeOut: 54,
    });
    expect(run({ dataIn: PKT, dataOut: null, dataSizeOut: 20 })).toMatchObject({
      errno: 'ENOSPC',
      dataSizeOut: 54,
    });
  });

  it('6: answers EFAULT when the output buffer ends early', () => {
    expect(errnoOf(() => run({ dataIn: PKT, dataOut: new Uint8Array(10), dataSizeOut: 100 }))).toMatch(
      /^EFAULT data_out/,
    );
  });

  it('7, 8, 9: leaves ctx_out alone after ENOSPC on the data, cuts it by its own size', () => {
    const { ctxOut, errno } = run({ dataIn: PKT, dataSizeOut: 10, ctxSizeOut: 192 });
    expect([ctxOut, errno]).toEqual([undefined, 'ENOSPC']);
    const cut = run({ dataIn: PKT, ctxSizeOut: 100 });
    expect(cut).toMatchObject({ errno: 'ENOSPC', ctxSizeOut: 192, retval: 7, dataSizeOut: 54 });
    expect(cut.ctxOut).toHaveLength(100);
    const whole = run({ dataIn: PKT, ctxSizeOut: 300 });
    expect(whole).toMatchObject({ errno: null, ctxSizeOut: 192 });
    expect(whole.ctxOut).toEqual(ctx({ 40: 1, 160: 54 }));
  });

  it('11: has wire_len 0 without a context and skb.len with one', () => {
    const prog = fakeProgram('sched_cls', (machine) => skbField(machine, SKB_WIRE_LEN));
    expect(testRun(prog, { dataIn: PKT }).retval).toBe(0);
    expect(testRun(prog, { dataIn: PKT, ctxIn: ctx({}) }).retval).toBe(54);
    expect(testRun(prog, { dataIn: PKT, ctxSizeOut: 192 }).retval).toBe(54);
  });

  it.each([
    [0, 1, 3, 1],
    [1, 1, 3, 1],
    [2, 2, 4, 2],
    [5, 5, 7, 5],
  ])('12: keeps context and packet over repeat %i', (repeat, retval, first, cb) => {
    const prog = fakeProgram('sched_cls', (machine) => {
      const count = skbField(machine, SKB_CB) + 1;
      setSkbField(machine, SKB_CB, count);
      machine.u8[skbData(machine)] = (machine.u8[skbData(machine)] ?? 0) + 1;
      return count;
    });
    const result = testRun(prog, { dataIn: PKT, repeat, ctxSizeOut: 192 });
    expect(result.retval).toBe(retval);
    expect(result.dataOut[0]).toBe(first);
    expect(result.ctxOut?.[SKB_CB]).toBe(cb);
  });

  it('13: gives back what ctx_in may set', () => {
    const fields = { 8: 9, 32: 6, 36: 11, 40: 1, 48: 1, 52: 2, 152: 7, 160: 100, 164: 8, 176: 10, 184: 11 };
    expect(run({ dataIn: PKT, ctxIn: ctx(fields), ctxSizeOut: 192 }).ctxOut).toEqual(ctx(fields));
  });

  it('shows all of the frame between data and data_end', () => {
    const prog = fakeProgram('sched_cls', (machine) => skbDataEnd(machine) - skbData(machine));
    expect(testRun(prog, { dataIn: PKT }).retval).toBe(54);
  });
});

describe('testRun() of the skb family refuses', () => {
  const cases = [
    [{ dataIn: PKT.subarray(0, 13) }, 'EINVAL data_size_in: test run: data_size_in: 13 bytes are shorter'],
    [{}, 'EINVAL data_size_in'],
    [
      { dataIn: new Uint8Array(3713) },
      'EINVAL data_size_in: test run: data_size_in: 3713 bytes are more than 3712',
    ],
    [
      { dataIn: PKT.subarray(0, 33) },
      'EINVAL data_size_in: test run: data_size_in: 33 bytes, an IPv4 frame has at least 34',
    ],
    [{ dataIn: PKT, flags: 1 }, 'EINVAL flags'],
    [{ dataIn: PKT, cpu: 1 }, 'EINVAL cpu'],
    [{ dataIn: PKT, batchSize: 1 }, 'EINVAL batch_size'],
    [{ dataIn: PKT, ctxIn: ctx({ 40: 99, 0: 1 }) }, 'ENODEV ctx_in.ifindex'],
    [{ dataIn: PKT, ctxIn: ctx({ 0: 1 }) }, 'EINVAL ctx_in.len'],
    [{ dataIn: PKT, ctxIn: ctx({ 180: 0x100 }) }, 'EINVAL ctx_in.padding'],
    [{ dataIn: PKT, ctxIn: ctx({ 160: 53 }) }, 'EINVAL ctx_in.wire_len'],
    [{ dataIn: PKT, ctxIn: ctx({ 160: 65537 }) }, 'EINVAL ctx_in.wire_len'],
    [{ dataIn: PKT, ctxIn: ctx({ 164: 65536 }) }, 'EINVAL ctx_in.gso_segs'],
    [{ dataIn: PKT, ctxIn: ctx({ 192: 1 }, 200) }, 'E2BIG ctx_in'],
    [{ dataIn: PKT, ctxIn: new Uint8Array(4097) }, 'E2BIG ctx_size_in'],
    [{ dataIn: PKT, ctxIn: new Uint8Array(0) }, 'EINVAL ctx_in'],
    [{ dataIn: PKT, ctxOut: null, ctxSizeOut: 5 }, 'EINVAL ctx_out'],
    [{ dataIn: PKT.subarray(0, 5), ctxIn: ctx({ 192: 1 }, 200) }, 'EINVAL data_size_in'],
  ] satisfies [TestRunAttr, string][];
  it.each(cases.map(([attr, expected]) => [expected, attr] as const))(
    'with %s, case %#',
    (expected, attr) => {
      expect(errnoOf(() => run(attr))).toContain(expected);
    },
  );

  it('a type without test run with 524 by name', () => {
    expect(
      errnoOf(() =>
        testRun(
          fakeProgram('kprobe', () => 0),
          {},
        ),
      ),
    ).toMatch(/ENOTSUPP.*kprobe/);
  });
});

describe('testRun() of an L3 type', () => {
  it('10: shows the packet from its network header and puts 14 zero bytes in front of the output', () => {
    const prog = fakeProgram('lwt_in', (machine) => skbDataEnd(machine) - skbData(machine));
    const result = testRun(prog, { dataIn: PKT, dataSizeOut: 100, ctxSizeOut: 192 });
    expect(result).toMatchObject({ errno: null, retval: 40, dataSizeOut: 54 });
    expect(result.dataOut).toEqual(new Uint8Array([...new Uint8Array(14), ...PKT.subarray(14)]));
    expect(result.ctxOut?.[SKB_WIRE_LEN]).toBe(40);
  });
});

describe('BPF_F_TEST_SKB_CHECKSUM_COMPLETE', () => {
  it('ends in EBADMSG when the program wrote behind the Ethernet header', () => {
    const write = (offset: number) =>
      fakeProgram('sched_cls', (machine) => {
        machine.u8[skbData(machine) + offset] = 0x77;
        return 0;
      });
    expect(testRun(write(3), { dataIn: PKT, flags: 4 }).errno).toBeNull();
    expect(errnoOf(() => testRun(write(20), { dataIn: PKT, flags: 4 }))).toMatch(/^EBADMSG/);
  });
});

describe('createReplay() of the skb family', () => {
  it('gives what testRun() gives, packet after packet', () => {
    const prog = fakeProgram('cgroup_skb', (machine) => machine.u8[skbData(machine)] ?? 0);
    const replay = createReplay(prog);
    const source = new Uint8Array([9, 9, ...PKT, 9]);
    for (let i = 0; i < 3; i++) {
      expect(replay.run(source, 2, 54)).toBe(0x45);
      expect(replay.lengthOut).toBe(54);
      expect(replay.dataOut()).toEqual(testRun(prog, { dataIn: PKT }).dataOut);
    }
    expect(errnoOf(() => replay.run(source, 2, 10))).toMatch(/^EINVAL data_size_in/);
  });
});
