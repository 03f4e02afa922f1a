/** The run loop that every repeating type shares, over a callback that runs the program. */
import { TestRunError } from '../errors.ts';
import { hostNowMs } from '../host.ts';
import type { Runnable } from '../load/runnable.ts';
import type { RunSignal } from './attr.ts';
import { setupCgroupStorage } from './cgroup-storage.ts';

/** `flags` of testRunCb: make private cgroup storage for the run (the seed's BPF_TEST_RUN_SETUP_CGROUP_STORAGE). */
export const SETUP_CGROUP_STORAGE = 1;

export interface TimedRun {
  /** r0 of the last repetition, unsigned 32 bit. */
  readonly retval: number;
  /** ns per repetition, rounded down, at most 2^32 - 1. */
  readonly duration: number;
}

/** Runs the program `repeat` times on one context and returns the last r0's low half. */
export type RunProg = (prog: Runnable, ctx: number, repeat: number) => number;

/** One call of `run` takes at most this many repetitions: its parameter is a signed 32-bit number. */
const MAX_ROUND = 1 << 30;

/**
 * Repeats on the same context, without a reset; repeat 0 means 1.
 * @throws {@link TestRunError} EINTR: `signal` was aborted and repetitions remained.
 */
export function testRunCb(
  prog: Runnable,
  ctx: number,
  repeat: number,
  flags: number,
  runProg: RunProg,
  signal?: RunSignal,
): TimedRun {
  const total = repeat === 0 ? 1 : repeat;
  const storage = flags & SETUP_CGROUP_STORAGE ? setupCgroupStorage(prog) : undefined;
  let retval = 0;
  const start = hostNowMs();
  try {
    // with a signal to ask, one by one
    const round = signal ? 1 : MAX_ROUND;
    for (let left = total; left > 0; left -= round) {
      if (left < total) refuseInterrupted(signal, total - left, total);
      retval = runProg(prog, ctx, Math.min(left, round));
    }
  } finally {
    storage?.teardown();
  }
  const ns = (hostNowMs() - start) * 1e6;
  return { retval: retval >>> 0, duration: Math.min(Math.floor(ns / total), 0xffffffff) };
}

/** "Done?" comes before "signal?" (6.18; the other way round in the patch), so the last repetition is never lost. */
export function refuseInterrupted(signal: RunSignal | undefined, done: number, total: number): void {
  if (signal?.aborted)
    throw new TestRunError('signal', `aborted after ${done} of ${total} repetitions`, 'EINTR');
}

/** As the kernel's default: the program itself, with cgroup storage. */
export function testRun(prog: Runnable, ctx: number, repeat: number, signal?: RunSignal): TimedRun {
  return testRunCb(prog, ctx, repeat, SETUP_CGROUP_STORAGE, runOnce, signal);
}

function runOnce(prog: Runnable, ctx: number, repeat: number): number {
  return prog.run(ctx, repeat);
}
