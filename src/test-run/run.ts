/** The run loop that every repeating type shares, over a callback that runs the program. */
import { hostNowMs } from '../host.ts';
import type { Runnable } from '../load/runnable.ts';
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
 * Repeats on the same context, without a reset; repeat 0 means 1. The kernel leaves the loop with EINTR when a signal
 * comes in before the last repetition; there are none here.
 */
export function testRunCb(
  prog: Runnable,
  ctx: number,
  repeat: number,
  flags: number,
  runProg: RunProg,
): TimedRun {
  const total = repeat === 0 ? 1 : repeat;
  const storage = flags & SETUP_CGROUP_STORAGE ? setupCgroupStorage(prog) : undefined;
  let retval = 0;
  const start = hostNowMs();
  try {
    for (let left = total; left > 0; left -= MAX_ROUND)
      retval = runProg(prog, ctx, Math.min(left, MAX_ROUND));
  } finally {
    storage?.teardown();
  }
  const ns = (hostNowMs() - start) * 1e6;
  return { retval: retval >>> 0, duration: Math.min(Math.floor(ns / total), 0xffffffff) };
}

/** As the kernel's default: the program itself, with cgroup storage. */
export function testRun(prog: Runnable, ctx: number, repeat: number): TimedRun {
  return testRunCb(prog, ctx, repeat, SETUP_CGROUP_STORAGE, runOnce);
}

function runOnce(prog: Runnable, ctx: number, repeat: number): number {
  return prog.run(ctx, repeat);
}
