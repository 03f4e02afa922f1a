/** The two backends under one test body: the simulated kernel always, the live one where this process may load programs. */
import { release } from 'node:os';
import { describe, it } from 'vitest';
import { type KernelBackend, kernelBackend } from '../src/kernel/index.ts';
import type { Backend } from '../src/test-run/backend.ts';
import { simBackend } from '../src/test-run/index.ts';

const opened = await openLive();

/** BPFRUN_LIVE=0 leaves the live kernel out, as on a machine where this process may not load programs. */
async function openLive(): Promise<KernelBackend | Error> {
  if (process.env['BPFRUN_LIVE'] === '0') return new Error('BPFRUN_LIVE=0');
  try {
    return await kernelBackend();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** The kernel of this machine, or undefined where it cannot be had. */
export const live: KernelBackend | undefined = opened instanceof Error ? undefined : opened;
/** Why {@link live} is undefined. */
export const notLive: string = opened instanceof Error ? opened.message : '';
/** Without the distribution's suffix. */
export const kernelVersion: string = release().replace(/-.*/, '');
/** As titles show it: `live kernel 6.18.44`. */
export const liveName = `live kernel ${kernelVersion}`;

/**
 * The simulated kernel, where nobody reads perf events, as in the recorded ones. A comparison with recorded results wants
 * as many CPUs as they were made with.
 */
export function simulated(cpus: number = live?.cpus ?? 1): Backend {
  return simBackend({ cpus, perfReaders: false });
}

/**
 * Runs the same body on the simulated kernel and on the live one. Titles say which; where there is no live kernel, a
 * skipped test with the reason stands in its place, so that no run looks more complete than it was.
 */
export function onEachBackend(body: (backend: Backend) => void): void {
  describe('[simulated kernel]', () => body(simulated()));
  if (live) describe(`[${liveName}]`, () => body(live as Backend));
  else it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
}
