import { describe, expect, it } from 'vitest';
import { callHelper } from '../../test/call-helper.ts';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import { type Machine, STAGING_BASE, xdpData, xdpDataEnd } from '../machine/index.ts';
import type { TestRunAttr } from './attr.ts';
import { createReplay, testRun } from './index.ts';

const span = fakeProgram('xdp', (machine) => xdpDataEnd(machine) - xdpData(machine));
const pass = fakeProgram('xdp', () => 2);
const call = (name: string, ...args: readonly (number | 'ctx')[]) =>
  fakeProgram('xdp', (machine) => callHelper(machine, 'xdp', name, ...args));

/** xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. */
function md(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from([...words, 0, 0, 0, 0, 0, 0].slice(0, 6)).buffer);
}

const joined = (...parts: readonly ArrayLike<number>[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const counted = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const META = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

function refusal(attr: TestRunAttr): string {
  try {
    testRun(pass, attr);
  } catch (error) {
    const { errno, field } = error as { errno?: string; field?: string };
    return `${errno} ${field}`;
  }
  return 'none';
}

// test-run.md 16, rows 17 to 26; the rows' numbers stand in the titles
describe('testRun() of xdp', () => {
  it('17: takes frames from 14 bytes on', () => {
    expect(testRun(pass, { dataIn: PKT.subarray(0, 14) })).toMatchObject({ retval: 2, dataSizeOut: 14 });
    expect(refusal({ dataIn: PKT.subarray(0, 13) })).toBe('EINVAL data_size_in');
  });

  it.each([
    ['no ctx', { dataIn: PKT }, 54],
    ['a zero ctx', { dataIn: PKT, ctxIn: md() }, 0],
    ['ctx_out alone', { dataIn: PKT, ctxSizeOut: 24 }, 0],
    ['data_end 20', { dataIn: PKT, ctxIn: md(0, 20) }, 20],
    ['5000 bytes', { dataIn: counted(5000) }, 3520],
    ['5000 bytes, data_end 100', { dataIn: counted(5000), ctxIn: md(0, 100) }, 100],
  ] satisfies [string, TestRunAttr, number][])(
    '18: with %s shows as many linear bytes',
    (_name, attr, expected) => {
      expect(testRun(span, attr).retval).toBe(expected);
    },
  );

  it('18: gives a packet back unchanged however it is cut', () => {
    for (const size of [54, 3520, 3521, 5000, 73152]) {
      const dataIn = counted(size);
      expect(testRun(pass, { dataIn }).dataOut).toEqual(dataIn);
      if (size <= 5000) expect(testRun(pass, { dataIn, ctxIn: md(0, 30) }).dataOut).toEqual(dataIn);
    }
  });

  it('19: reports a moved head', () => {
    const result = testRun(call('xdp_adjust_head', 'ctx', -14), {
      dataIn: PKT,
      ctxIn: md(0, 54),
      ctxSizeOut: 24,
    });
    expect(result).toMatchObject({ errno: null, retval: 0, dataSizeOut: 68, ctxOut: md(0, 68) });
    expect(result.dataOut).toEqual(joined(new Uint8Array(14), PKT));
  });

  it('20: takes metadata in front of the packet and gives it back', () => {
    const attr = { dataIn: joined(META, PKT), ctxIn: md(8, 62), ctxSizeOut: 24 };
    const result = testRun(call('xdp_adjust_meta', 'ctx', -4), attr);
    expect(result).toMatchObject({ retval: 0, dataSizeOut: 66, ctxOut: md(12, 66) });
    expect(result.dataOut).toEqual(joined(new Uint8Array(4), META, PKT));
  });

  it('21: moves metadata with the head and leaves its old bytes behind', () => {
    const attr = { dataIn: joined(META, PKT), ctxIn: md(8, 62) };
    const result = testRun(call('xdp_adjust_head', 'ctx', -12), attr);
    expect(result.dataOut).toEqual(joined(META, new Uint8Array(4), META, PKT));
  });

  it('22: grows the tail up to 3520 bytes', () => {
    expect(testRun(call('xdp_adjust_tail', 'ctx', 3466), { dataIn: PKT })).toMatchObject({
      retval: 0,
      dataSizeOut: 3520,
    });
    expect(testRun(call('xdp_adjust_tail', 'ctx', 3467), { dataIn: PKT })).toMatchObject({
      retval: -22 >>> 0,
      dataSizeOut: 54,
    });
  });

  it('23: cuts the linear part under ENOSPC and puts the fragments behind it', () => {
    const dataIn = counted(5000);
    const result = testRun(pass, { dataIn, dataSizeOut: 4000 });
    expect(result).toMatchObject({ errno: 'ENOSPC', dataSizeOut: 5000, retval: 2 });
    expect(result.dataOut).toEqual(joined(dataIn.subarray(0, 2520), dataIn.subarray(3520)));
  });

  it('24: writes nothing when the fragments alone do not fit', () => {
    expect(testRun(pass, { dataIn: counted(5000), dataSizeOut: 1479 })).toMatchObject({
      errno: 'ENOSPC',
      dataSizeOut: 1479,
      retval: 0,
      duration: 0,
    });
  });

  it('25: takes 17 fragments and no more', () => {
    expect(testRun(pass, { dataIn: counted(73152) }).dataSizeOut).toBe(73152);
    expect(refusal({ dataIn: counted(73153) })).toBe('ENOMEM data_size_in');
  });

  it('keeps the moved head over repetitions, until the head room is used up', () => {
    let last = 0;
    const prog = fakeProgram(
      'xdp',
      (machine) => (last = callHelper(machine, 'xdp', 'xdp_adjust_head', 'ctx', -14)),
    );
    expect(testRun(prog, { dataIn: PKT, repeat: 15 }).dataSizeOut).toBe(54 + 15 * 14);
    expect(last).toBe(0);
    testRun(prog, { dataIn: PKT, repeat: 16 });
    expect(last).toBe(-22);
  });

  it('shows zeros in a head room that an earlier run wrote to', () => {
    const dirty = fakeProgram('xdp', (machine) => {
      callHelper(machine, 'xdp', 'xdp_adjust_head', 'ctx', -20);
      machine.u8.fill(0xaa, xdpData(machine), xdpData(machine) + 20);
      return 0;
    });
    testRun(dirty, { dataIn: PKT });
    const clean = { ...call('xdp_adjust_head', 'ctx', -30), machine: dirty.machine };
    const read = { ...clean, run: () => callHelper(dirty.machine, 'xdp', 'xdp_adjust_head', 'ctx', -30) };
    expect(testRun(read, { dataIn: PKT }).dataOut).toEqual(joined(new Uint8Array(30), PKT));
  });
});

describe('testRun() of xdp refuses', () => {
  const cases = [
    [{ dataIn: PKT, flags: 1 }, 'EINVAL flags'],
    [{ dataIn: PKT, batchSize: 1 }, 'EINVAL batch_size'],
    [{ dataIn: PKT, flags: 2, batchSize: 257 }, 'E2BIG batch_size'],
    [{ dataIn: PKT, cpu: 99 }, 'none'],
    [{ dataIn: PKT, ctxIn: md(0, 54, 4) }, 'EINVAL ctx_in.data_meta'],
    [{ dataIn: PKT, ctxIn: md(0, 55) }, 'EINVAL ctx_in.data_end'],
    [{ dataIn: PKT, ctxIn: md(24, 20) }, 'EINVAL ctx_in.data'],
    [{ dataIn: counted(400), ctxIn: md(6, 400) }, 'EINVAL ctx_in.data'],
    [{ dataIn: counted(400), ctxIn: md(216, 400) }, 'none'],
    [{ dataIn: counted(400), ctxIn: md(220, 400) }, 'EINVAL ctx_in.data'],
    [{ dataIn: PKT, ctxIn: md(44, 54) }, 'EINVAL data_size_in'],
    [{ dataIn: PKT, ctxIn: md(0, 54, 0, 1, 0, 1) }, 'EINVAL ctx_in.egress_ifindex'],
    [{ dataIn: PKT, ctxIn: md(0, 54, 0, 0, 1) }, 'EINVAL ctx_in.rx_queue_index'],
    [{ dataIn: PKT, ctxIn: md(0, 54, 0, 1, 1) }, 'EINVAL ctx_in.rx_queue_index'],
    [{ dataIn: PKT, ctxIn: md(0, 54, 0, 99) }, 'ENODEV ctx_in.ingress_ifindex'],
    [{ dataIn: PKT.subarray(0, 5), ctxIn: joined(md(), [1]) }, 'E2BIG ctx_in'],
    [{ dataIn: PKT, flags: 2, ctxIn: md(0, 54) }, 'EINVAL flags'],
    [{ dataIn: counted(3408), flags: 2 }, 'none'],
    [{ dataIn: counted(3409), flags: 2 }, 'EINVAL data_size_in'],
  ] satisfies [TestRunAttr, string][];
  it.each(cases.map(([attr, expected]) => [expected, attr] as const))(
    'with %s, case %#',
    (expected, attr) => {
      expect(refusal(attr)).toBe(expected);
    },
  );
});

describe('xdp helpers across fragments', () => {
  const PACKET = counted(5000); // 3520 linear bytes, one fragment of 1480
  const tail = (by: number, dataIn = PACKET, ctxIn?: Uint8Array) =>
    testRun(call('xdp_adjust_tail', 'ctx', by), { dataIn, ctxIn });

  it('adjust_tail grows within the last page and shrinks fragments first', () => {
    expect(tail(2616)).toMatchObject({ retval: 0, dataSizeOut: 7616 });
    expect(tail(2617).retval).toBe(-22 >>> 0);
    expect(tail(-1481)).toMatchObject({ retval: 0, dataOut: PACKET.subarray(0, 3519) });
    expect(tail(-40, PKT, md(0, 20)).dataOut).toEqual(PKT.subarray(0, 14));
    expect(tail(-41, PKT, md(0, 20)).retval).toBe(-22 >>> 0);
  });

  it('load_bytes and store_bytes cross from the page into fragments', () => {
    const prog = fakeProgram('xdp', (machine: Machine) => {
      const loaded = callHelper(machine, 'xdp', 'xdp_load_bytes', 'ctx', 3510, STAGING_BASE, 20);
      callHelper(machine, 'xdp', 'xdp_store_bytes', 'ctx', 3515, STAGING_BASE, 20);
      return loaded;
    });
    const expected = PACKET.slice();
    expected.set(PACKET.subarray(3510, 3530), 3515);
    expect(testRun(prog, { dataIn: PACKET })).toMatchObject({ retval: 0, dataOut: expected });
    expect(testRun(call('xdp_load_bytes', 'ctx', 4999, STAGING_BASE, 2), { dataIn: PACKET }).retval).toBe(
      -22 >>> 0,
    );
    expect(testRun(call('xdp_load_bytes', 'ctx', 0x10000, STAGING_BASE, 2), { dataIn: PACKET }).retval).toBe(
      -14 >>> 0,
    );
    expect(testRun(call('xdp_get_buff_len', 'ctx'), { dataIn: PACKET }).retval).toBe(5000);
  });

  it('adjust_meta keeps the length a multiple of 4 and below 217', () => {
    const meta = (by: number) => testRun(call('xdp_adjust_meta', 'ctx', by), { dataIn: PKT }).retval | 0;
    expect([meta(-4), meta(-216), meta(-220), meta(-3), meta(4)]).toEqual([0, 0, -22, -13, -22]);
  });

  it('adjust_head leaves 14 linear bytes', () => {
    const head = (by: number) => testRun(call('xdp_adjust_head', 'ctx', by), { dataIn: PKT }).retval | 0;
    expect([head(40), head(41), head(-216), head(-217)]).toEqual([0, -22, 0, -22]);
  });
});

describe('testRun() of xdp live frames', () => {
  it('26: runs as many frames as repeat says and returns 0 with the packet as it came in', () => {
    let frames = 0;
    const drop = fakeProgram('xdp', (machine) => {
      frames++;
      machine.u8[xdpData(machine)] = 0xff;
      return 1;
    });
    const result = testRun(drop, { dataIn: PKT, flags: 2, repeat: 65, batchSize: 64 });
    expect([frames, result.retval, result.effects.transmitted.length]).toEqual([65, 0, 0]);
    expect(result.dataOut).toEqual(PKT);
  });

  it('resets the ends for each frame but not the bytes of a page that comes back', () => {
    const seen: number[] = [];
    const drop = fakeProgram('xdp', (machine) => {
      const data = xdpData(machine);
      seen.push(machine.u8[data] ?? 0);
      machine.u8[data] = (machine.u8[data] ?? 0) + 1;
      return callHelper(machine, 'xdp', 'xdp_adjust_head', 'ctx', 1) === 0 ? 1 : 9;
    });
    testRun(drop, { dataIn: PKT, flags: 2, repeat: 3 });
    expect(seen).toEqual([2, 3, 4]);
  });

  it('puts what left into the effects', () => {
    const tx = fakeProgram('xdp', () => 3);
    const { transmitted } = testRun(tx, { dataIn: PKT, flags: 2, repeat: 2 }).effects;
    expect(transmitted).toEqual([
      { by: 'XDP_TX', ifindex: 1, direction: 'egress', data: PKT },
      { by: 'XDP_TX', ifindex: 1, direction: 'egress', data: PKT },
    ]);
  });
});

describe('createReplay() of xdp', () => {
  it('gives what testRun() gives for packets of changing length', () => {
    const prog = call('xdp_adjust_head', 'ctx', -8);
    const replay = createReplay(prog);
    for (const size of [54, 14, 3520, 5000, 60, 9000, 14]) {
      const dataIn = counted(size);
      expect(replay.run(joined([9], dataIn), 1, size)).toBe(0);
      const expected = testRun(prog, { dataIn });
      replay.run(dataIn, 0, size);
      expect([replay.lengthOut, replay.dataOut()]).toEqual([expected.dataSizeOut, expected.dataOut]);
    }
  });

  it('makes exactly the packet accessible', () => {
    const open = fakeProgram('xdp', (machine) => {
      const shadow = machine.u8.subarray(machine.limit + 0x50000, machine.limit + 0x70000);
      const bytes = shadow.reduce((sum, byte) => sum + (byte === 0x33 ? 1 : 0), 0);
      const start = machine.limit + xdpData(machine);
      return machine.u8[start] === 0x33 && machine.u8[start - 1] === 0 ? bytes : -1;
    });
    const replay = createReplay(open);
    for (const size of [54, 1500, 14, 3000, 60]) expect(replay.run(counted(size), 0, size)).toBe(size);
  });

  it('shows the redirect of this packet only', () => {
    let on = true;
    const prog = fakeProgram('xdp', (machine) => (on ? callHelper(machine, 'xdp', 'redirect', 5, 0) : 2));
    const replay = createReplay(prog);
    expect(replay.run(PKT, 0, 54)).toBe(4);
    expect(prog.machine.events.redirect).toEqual({ by: 'bpf_redirect', ifindex: 5, flags: 0 });
    on = false;
    replay.run(PKT, 0, 54);
    expect(prog.machine.events.redirect).toBeUndefined();
  });
});
