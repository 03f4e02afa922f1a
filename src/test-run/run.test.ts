import { describe, expect, it } from 'vitest';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import type { ProgTypeName } from '../uapi/bpf.ts';
import { testRun } from './index.ts';

/** A program that counts its rounds and sends the signal in round `at`. */
function counting(progType: ProgTypeName, at: number) {
  const signal = { aborted: at === 0 };
  const count = { rounds: 0 };
  const prog = fakeProgram(progType, () => {
    count.rounds++;
    if (count.rounds === at) signal.aborted = true;
    return 4;
  });
  return { prog, signal, count };
}

// [K] test-run.md 2.1 and row 35
describe.each(['sched_cls', 'xdp', 'flow_dissector', 'perf_event'] as const)(
  'the run loop of %s',
  (progType) => {
    const dataIn = progType === 'perf_event' ? new Uint8Array(24) : PKT;

    it('35: never ends in EINTR when no repetition remains', () => {
      for (const repeat of [0, 1]) {
        const { prog, signal } = counting(progType, 0);
        expect(testRun(prog, { dataIn, repeat, signal }).retval).toBe(4);
      }
      const { prog, signal, count } = counting(progType, 3);
      expect(testRun(prog, { dataIn, repeat: 3, signal }).retval).toBe(4);
      expect(count.rounds).toBe(3);
    });

    it('35: ends in EINTR after the round in which the signal came, and keeps what the rounds did', () => {
      const { prog, signal, count } = counting(progType, 2);
      const dataOut = new Uint8Array(100).fill(0xee);
      const outputs = progType === 'perf_event' ? {} : { dataOut };
      expect(() => testRun(prog, { dataIn, repeat: 10, signal, ...outputs })).toThrow(
        expect.objectContaining({ errno: 'EINTR', field: 'signal' }),
      );
      expect(count.rounds).toBe(2);
      expect(dataOut.every((byte) => byte === 0xee)).toBe(true);
      expect(testRun(prog, { dataIn }).retval).toBe(4);
    });

    it('takes an AbortSignal that is never aborted', () => {
      const { prog, count } = counting(progType, -1);
      testRun(prog, { dataIn, repeat: 7, signal: new AbortController().signal });
      expect(count.rounds).toBe(7);
    });
  },
);

describe('the run loop', () => {
  it('asks for the signal between the batches of live frames', () => {
    const { prog, signal, count } = counting('xdp', 5);
    const live = { dataIn: PKT, dataOut: null, flags: 2, repeat: 100, batchSize: 8, signal };
    expect(() => testRun(prog, live)).toThrow(/signal: aborted after 8 of 100 .*EINTR/);
    expect(count.rounds).toBe(8);
  });

  it('gives the time per repetition, rounded down', () => {
    const { prog } = counting('sched_cls', -1);
    const { duration } = testRun(prog, { dataIn: PKT, repeat: 1000 });
    expect(Number.isInteger(duration)).toBe(true);
    expect(duration).toBeLessThan(1e6);
  });
});
