/** BPF_MAP_CREATE: which maps the kernel makes, and with which errno it refuses the others. */
import { describe, expect, it } from 'vitest';
import { createCases } from './create-cases.ts';
import {
  differences,
  liveCpus,
  liveMaps,
  type MapBackend,
  notLive,
  outcome,
  record,
  recorded,
  simulatedMaps,
} from './map-backends.ts';

const FILE = 'map-create';

function answers(backend: MapBackend): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { name, attr } of createCases()) all[name] = outcome(() => backend.create(attr).close());
  return all;
}

if (process.env['BPFRUN_RECORD'] === '1' && liveMaps)
  record(FILE, { cpus: liveCpus, cases: answers(liveMaps) });

describe('BPF_MAP_CREATE, one attribute at a time', () => {
  const truth = recorded(FILE);
  it('[simulated kernel] gives the recorded errno for every bad creation', () => {
    expect(differences(answers(simulatedMaps(truth.cpus)), truth)).toEqual([]);
  });
  if (liveMaps)
    it('[live kernel] still gives the recorded errno', () => {
      expect(differences(answers(liveMaps!), truth)).toEqual([]);
    });
  else it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
});
