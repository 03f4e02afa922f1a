import { describe, expect, it } from 'vitest';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import { CTX_BASE, FLOW_KEYS } from '../machine/index.ts';
import { createReplay, testRun } from './index.ts';

const KEYS = CTX_BASE + FLOW_KEYS;

describe('testRun() of flow_dissector', () => {
  it('29: gives the keys when the program drops the frame', () => {
    const drops = fakeProgram('flow_dissector', () => 2);
    const { retval, dataOut, dataSizeOut } = testRun(drops, { dataIn: PKT });
    expect({ retval, dataSizeOut }).toEqual({ retval: 2, dataSizeOut: 56 });
    expect([...dataOut.subarray(0, 12)]).toEqual([14, 0, 14, 0, 0, 0, 0, 0, 0, 0, 8, 0]);
  });

  it('clamps nhoff to the frame and thoff to what follows it', () => {
    const prog = fakeProgram('flow_dissector', ({ view }) => {
      view.setUint16(KEYS, 30, true);
      view.setUint16(KEYS + 2, 20, true);
      return 0;
    });
    expect([...testRun(prog, { dataIn: PKT }).dataOut.subarray(0, 4)]).toEqual([30, 0, 30, 0]);
  });

  it('starts each repetition from fresh keys', () => {
    const prog = fakeProgram('flow_dissector', ({ u8 }) => {
      u8[KEYS + 9] = (u8[KEYS + 9] ?? 0) + 1;
      return u8[KEYS + 9] ?? 0;
    });
    expect(testRun(prog, { dataIn: PKT, repeat: 1000 }).retval).toBe(1);
  });

  it('names the byte of ctx_in that may not be set', () => {
    const prog = fakeProgram('flow_dissector', () => 0);
    const ctxIn = new Uint8Array(56);
    ctxIn[52] = 1;
    expect(() => testRun(prog, { dataIn: PKT, ctxIn })).toThrow(/ctx_in: byte 52 of bpf_flow_keys.*EINVAL/);
  });
});

describe('createReplay() of flow_dissector', () => {
  it('gives the keys of each frame', () => {
    const replay = createReplay(fakeProgram('flow_dissector', ({ u8 }) => u8[KEYS + 10] ?? 0));
    expect(replay.run(PKT, 0, PKT.length)).toBe(8);
    expect(replay.lengthOut).toBe(56);
    expect(replay.dataOut()[10]).toBe(8);
  });
});
