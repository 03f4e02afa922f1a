import { describe, expect, it } from 'vitest';
import { live, liveName, notLive } from '../backends.ts';
import { compareCase } from './diff-test-run.ts';
import { testRunCase } from './test-run-case.ts';

const CASES = Array.from({ length: 40 }, (_, index) => testRunCase(1, index));

describe('testRunCase()', () => {
  it('gives the same case for the same seed and number, and others for others', () => {
    expect(testRunCase(1, 7)).toEqual(CASES[7]);
    expect(testRunCase(2, 7)).not.toEqual(CASES[7]);
    expect(new Set(CASES.map(({ progType }) => progType)).size).toBeGreaterThan(5);
  });
});

if (live) {
  const kernel = live;
  describe(`random test runs [${liveName}]`, () => {
    it.each(CASES)('$name: $progType', (test) => {
      const { here, there } = compareCase(test, kernel);
      expect(here).toEqual(there);
    });
  });
} else it.skip(`random test runs [live kernel] not compared here: ${notLive}`, () => {});
