import { describe, expect, it } from 'vitest';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import { assemble } from '../isa/index.ts';
import { CTX_BASE, FLOW_KEYS } from '../machine/index.ts';
import { rawObject } from '../object/index.ts';
import { createReplay, simBackend, testRun } from './index.ts';

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

describe('what a flow dissector may touch', () => {
  const run = (program: string): number =>
    simBackend()
      .load(rawObject({ insns: assemble(program), progType: 'flow_dissector' }))
      .program('prog')
      .testRun({ dataIn: PKT }).retval;

  it('reads the frame and does not write it', () => {
    expect(run('r2 = *(u32 *)(r1 +76); r0 = *(u8 *)(r2 +53); exit')).toBe(PKT[53]);
    expect(() => run('r2 = *(u32 *)(r1 +76); r0 = *(u8 *)(r2 +54); exit')).toThrow(
      /past the end of the packet/,
    );
    expect(() => run('r2 = *(u32 *)(r1 +76); r0 = 0; *(u8 *)(r2 +0) = r0; exit')).toThrow(/the packet \+ 0/);
  });

  it('has the keys and nothing beside them', () => {
    expect(run('r2 = *(u64 *)(r1 +144); r0 = *(u32 *)(r2 +52); exit')).toBe(0);
    expect(() => run('r2 = *(u64 *)(r1 +144); r0 = *(u8 *)(r2 +56); exit')).toThrow(/past the context/);
    expect(() => run('r2 = *(u64 *)(r1 +144); r0 = *(u8 *)(r2 -1); exit')).toThrow(/past the context/);
  });

  it('has no length, no socket and no cb', () => {
    for (const offset of [0, 48, 168])
      expect(() => run(`r0 = *(u32 *)(r1 +${offset}); exit`)).toThrow(/the context/);
  });
});
