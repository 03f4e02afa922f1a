import { describe, expect, it } from 'vitest';
import { exerciseCapture, exerciseObject } from './exercise.ts';
import { fuzzObjects } from './fuzz-objects.ts';
import { random } from './random.ts';
import { readSeeds } from './seeds.ts';

describe('fuzzObjects()', () => {
  it('finds nothing but typed errors, fast, in 2,000 damaged objects and captures', () => {
    const report = fuzzObjects({ runs: 2000, seed: 1 });
    expect(report.crashes.map(({ run, seedFile, what }) => `run ${run}, ${seedFile}: ${what}`)).toEqual([]);
    const codes = Object.keys(report.errorsByCode);
    // The campaign gets past each stage: reading, linking, loading and running.
    expect(codes).toEqual(
      expect.arrayContaining([
        'ERR_BPF_ELF',
        'ERR_BPF_BTF',
        'ERR_BPF_OBJECT',
        'ERR_BPF_RELOCATION',
        'ERR_BPF_PCAP',
        'ok',
      ]),
    );
  }, 120_000);

  it('is the same campaign for the same seed', () => {
    const once = fuzzObjects({ runs: 50, seed: 7 });
    expect(fuzzObjects({ runs: 50, seed: 7 }).errorsByCode).toEqual(once.errorsByCode);
    expect(fuzzObjects({ runs: 50, seed: 8 }).errorsByCode).not.toEqual(once.errorsByCode);
  });
});

describe('the seeds as they are', () => {
  it.each(readSeeds())('$name ends in a typed error or runs', ({ name, kind, bytes }) => {
    const outcomes: string[] = [];
    const count = (code: string): void => {
      outcomes.push(code);
    };
    if (kind === 'capture') exerciseCapture(bytes, count);
    else exerciseObject(bytes, random(1), count);
    expect(outcomes).not.toEqual([]);
    if (name.startsWith('examples') && kind === 'object') expect(outcomes).toEqual(['ok']);
  });
});
