/** BPF_MAP_CREATE: which maps the kernel makes, and with which errno it refuses the others. */
import { describe, expect, it } from 'vitest';
import { liveName, notLive } from '../backends.ts';
import { createCases } from './create-cases.ts';
import {
  differences,
  liveMaps,
  type MapBackend,
  outcome,
  recorded,
  recordWhenAsked,
  simulatedMaps,
} from './map-backends.ts';

const FILE = 'map-create';

function answers(backend: MapBackend): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { name, attr } of createCases()) all[name] = outcome(() => backend.create(attr).close());
  return all;
}

recordWhenAsked(FILE, answers);

describe('BPF_MAP_CREATE, one attribute at a time', () => {
  const truth = recorded(FILE);
  it(`[simulated kernel, recorded ${truth.kernel}] gives the recorded errno for every bad creation`, () => {
    expect(differences(answers(simulatedMaps(truth.cpus)), truth)).toEqual([]);
  });
  if (liveMaps)
    it(`[${liveName}] still gives the recorded errno`, () => {
      expect(differences(answers(liveMaps!), truth)).toEqual([]);
    });
  else it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
});
