/** bpf(2)'s operations on map elements: values, keys and errno as the kernel gives them. */
import { describe, expect, it } from 'vitest';
import { liveName, notLive } from '../backends.ts';
import {
  differences,
  liveMaps,
  type MapBackend,
  recorded,
  recordWhenAsked,
  simulatedMaps,
} from './map-backends.ts';
import { operationCases, play } from './operation-cases.ts';

const FILE = 'map-operations';

function answers(backend: MapBackend): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { name, type, attr, steps } of operationCases()) all[name] = play(backend, type, attr, steps);
  return all;
}

recordWhenAsked(FILE, answers);

describe('operations on maps of every type', () => {
  const truth = recorded(FILE);
  it(`[simulated kernel, recorded ${truth.kernel}] answer as recorded`, () => {
    expect(differences(answers(simulatedMaps(truth.cpus)), truth)).toEqual([]);
  });
  if (liveMaps)
    it(`[${liveName}] still answer as recorded`, () => {
      expect(differences(answers(liveMaps!), truth)).toEqual([]);
    });
  else it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
});
