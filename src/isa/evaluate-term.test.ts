/** Values that Linux gives at the edges, one line an instruction: 64-bit dst and src, then the register afterwards. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateTerm, rowByKey } from './index.ts';

const lines = readFileSync(new URL('kernel-values.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('evaluateTerm()', () => {
  it(`gives the ${lines.length} results that Linux 6.18 gave`, () => {
    const wrong = lines.filter((line) => {
      const [key = '', dst = '', src = '', result = ''] = line.split(' ');
      const row = rowByKey(key);
      if (row?.shape === 'alu')
        return evaluateTerm(row.value, row.width, BigInt(dst), BigInt(src)) !== BigInt(result);
      if (row?.shape === 'jump')
        return evaluateTerm(row.cond, row.width, BigInt(dst), BigInt(src)) !== BigInt(result);
      return true;
    });
    expect(wrong).toEqual([]);
  });
});
