/** The simulated kernel as a Backend: each loaded object has a machine of its own. */
import { UsageError } from '../errors.ts';
import { type LoadOptions, loadObject, type Runnable } from '../load/index.ts';
import type { Backend, BackendProgram } from './backend.ts';
import { createReplay, testRun } from './test-run.ts';

/** How the simulated kernel runs what it loads. */
export type SimOptions = Omit<LoadOptions, 'programs' | 'data' | 'maxEntries'>;

export function simBackend(options: SimOptions = {}): Backend {
  return {
    name: 'sim',
    load(spec, { programs, data, maxEntries } = {}) {
      const loaded = loadObject(spec, { ...options, programs, data, maxEntries });
      const { machine, maps } = loaded;
      const simPrograms = loaded.programs.map(simProgram);
      return {
        spec,
        programs: simPrograms,
        maps: maps.all,
        program: (name) => named(simPrograms, name, 'program'),
        map: (name) => named(maps.all, name, 'map'),
        simulation: {
          machine,
          snapshot: () => machine.snapshot(),
          restore: (snapshot) => machine.restore(snapshot),
        },
        close: () => {},
      };
    },
  };
}

function simProgram(runnable: Runnable): BackendProgram {
  return {
    name: runnable.name,
    testRun: (attr) => testRun(runnable, attr),
    createReplay: () => createReplay(runnable),
  };
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T {
  const found = list.find((one) => one.name === name);
  if (!found)
    throw new UsageError(
      what,
      `'${name}' is not loaded; there are: ${list.map((one) => one.name).join(', ') || 'none'}`,
    );
  return found;
}
