/** docs/test-run.md: every row of its table names a test, and the test exists. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const text = readFileSync(new URL('../docs/test-run.md', import.meta.url), 'utf8');
const rows = text.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim());
  return /^\d+$/.test(cells[1] ?? '') ? [{ number: cells[1] ?? '', test: cells[6] ?? '' }] : [];
});

const fileOf = (name: string): URL =>
  new URL(name.startsWith('truth-cases/') ? name : `../src/test-run/${name}`, import.meta.url);

describe('the differences from the patch in docs/test-run.md', () => {
  it('are numbered without a gap', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 19 }, (_, i) => String(i + 1)));
  });

  it.each(rows.filter(({ test }) => test !== '-'))('row $number is held by $test', ({ test }) => {
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(test) ?? [];
    expect(title).not.toBe('');
    expect(readFileSync(fileOf(file), 'utf8')).toContain(title);
  });

  it('names only files that exist', () => {
    const names = [...text.matchAll(/`([a-z-]+\.ts)`/g)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !existsSync(fileOf(name)))).toEqual([]);
  });
});
