/** One case on the simulated kernel and on the real one. */
import { isDeepStrictEqual } from 'node:util';
import type { KernelBackend } from '../../src/kernel/index.ts';
import { type Backend, simBackend } from '../../src/test-run/index.ts';
import { type Outcome, runCase, type TruthCase } from '../truth-case.ts';

export interface Compared {
  readonly here: readonly Outcome[];
  readonly there: readonly Outcome[];
  readonly differs: boolean;
}

/** What became of each step; what a backend cannot do is an outcome too. */
function outcomes(test: TruthCase, backend: Backend): readonly Outcome[] {
  try {
    return runCase(backend, test);
  } catch (error) {
    return [{ thrown: String(error) }];
  }
}

export function compareCase(test: TruthCase, kernel: KernelBackend): Compared {
  const here = outcomes(test, simBackend({ cpus: kernel.cpus }));
  const there = outcomes(test, kernel);
  return { here, there, differs: !isDeepStrictEqual(here, there) };
}
