/** bpf(2)'s operations on map elements: values, keys and errno as the kernel gives them. */
import { describe, expect, it } from 'vitest';
import {
  differences,
  liveCpus,
  liveMaps,
  type MapBackend,
  notLive,
  record,
  recorded,
  simulatedMaps,
} from './map-backends.ts';
import { operationCases, play } from './operation-cases.ts';

const FILE = 'map-operations';

function answers(backend: MapBackend): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { name, type, attr, steps } of operationCases()) all[name] = play(backend, type, attr, steps);
  return all;
}

if (process.env['BPFRUN_RECORD'] === '1' && liveMaps)
  record(FILE, { cpus: liveCpus, cases: answers(liveMaps) });

describe('operations on maps of every type', () => {
  const truth = recorded(FILE);
  it('[simulated kernel] answer as recorded', () => {
    expect(differences(answers(simulatedMaps(truth.cpus)), truth)).toEqual([]);
  });
  if (liveMaps)
    it('[live kernel] still answer as recorded', () => {
      // a Bloom filter's seed is random in the kernel: what is absent may by chance be answered as present
      const falsePositive = (line: string): boolean =>
        line.startsWith('bloom_filter') && line.endsWith('"ENOENT"');
      expect(differences(answers(liveMaps!), truth).filter((line) => !falsePositive(line))).toEqual([]);
    });
  else it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
});
