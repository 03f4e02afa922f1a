/** Long random scripts on both kernels side by side, where the live one can be had: maps whose order and values are determined. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapAttr } from '../../src/maps/index.ts';
import type { MapTypeName } from '../../src/uapi/bpf.ts';
import { liveName, notLive } from '../backends.ts';
import { good } from './create-cases.ts';
import { liveCpus, liveMaps, simulatedMaps } from './map-backends.ts';
import { play, type Step, scriptMap } from './operation-cases.ts';

const key = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('update'),
      key,
      value: key,
      flags: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('lookup'), key, flags: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('take'), key, flags: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('delete', 'next'), key }) },
  { weight: 1, arbitrary: fc.constant({ op: 'next', key: -1 }) },
);

const CASES: readonly [MapTypeName, Partial<MapAttr>][] = [
  ['hash', { maxEntries: 12 }],
  ['hash', { maxEntries: 20, keySize: 7, valueSize: 3, flags: 65 }],
  ['hash', { maxEntries: 9, keySize: 16 }],
  ['hash', { maxEntries: 30, keySize: 29, valueSize: 100 }],
  ['percpu_hash', { maxEntries: 9, keySize: 12 }],
  ['lpm_trie', { maxEntries: 24, valueSize: 5 }],
  ['lpm_trie', { maxEntries: 8 }],
  ['hash_of_maps', { maxEntries: 7 }],
  ['array_of_maps', { maxEntries: 30 }],
  ['devmap_hash', { maxEntries: 11 }],
  ['percpu_array', { maxEntries: 30 }],
  ['queue', { maxEntries: 3 }],
  ['stack', { maxEntries: 3 }],
];

/** The order of keys after present ones were updated. */
const REPLACED_IN_PLACE: Step[] = [
  ...[2, 0, 31, 2, 5].map((key): Step => ({ op: 'update', key, value: 0, flags: 0 })),
  ...[-1, 0, 31, 2, 5].map((key): Step => ({ op: 'next', key })),
];

describe('random scripts', () => {
  if (!liveMaps) {
    it.skip(`[live kernel] not compared here: ${notLive}`, () => {});
    return;
  }
  const live = liveMaps;
  const simulated = simulatedMaps(liveCpus);
  for (const [type, more] of CASES) {
    it(`[${liveName}] ${type} ${JSON.stringify(more)} answers every step as the simulated kernel does`, () => {
      const attr = { ...good(type), ...scriptMap(type), ...more };
      const flags = more.flags ?? scriptMap(type).flags;
      const check = (steps: Step[]): void => {
        expect(play(simulated, type, { ...attr, flags }, steps)).toEqual(
          play(live, type, { ...attr, flags }, steps),
        );
      };
      fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), check), {
        numRuns: 40,
        seed: 6,
        examples: [[REPLACED_IN_PLACE]],
      });
    });
  }
});
