/** The walls between the rooms: who may import whom, no cycles, nothing from Node in the core. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOMS, roomOf } from '../scripts/rooms.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const NODE_ROOMS = new Set(['kernel', 'cli']);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.ts$/.test(entry.name) && !/\.(test|test-d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[\w*\s{},$]*?from\s*)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const files = sourceFiles(SRC);
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(STATEMENT)].map((match) => ({
    target: match[2] ?? '',
    typeOnly: match[1] !== undefined,
  }));
  found.push(...[...text.matchAll(DYNAMIC)].map((match) => ({ target: match[1] ?? '', typeOnly: false })));
  return found.map(({ target, typeOnly }) => ({
    from: relative(SRC, file),
    to: target.startsWith('.') ? relative(SRC, normalize(join(dirname(file), target))) : target,
    typeOnly,
  }));
});

describe('the house', () => {
  it('has every source file in a room of the table', () => {
    expect(files.map((file) => relative(SRC, file)).filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  it('lets imports only point down, as the table says', () => {
    const wrong: string[] = [];
    for (const { from, to, typeOnly } of imports) {
      const room = roomOf(from);
      const target = roomOf(to);
      if (!to.endsWith('.ts') || room === undefined || room === target) continue;
      const rule = ROOMS.find(({ name }) => name === room);
      const allowed =
        rule?.imports.includes(target ?? '') || (typeOnly && rule?.types.includes(target ?? ''));
      if (!allowed) wrong.push(`${from} imports ${typeOnly ? 'types of ' : ''}${to}`);
    }
    expect(wrong).toEqual([]);
  });

  it('has no cycle between files', () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) {
      if (!to.endsWith('.ts') || typeOnly) continue;
      edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('imports from Node and npm only in the Node rooms', () => {
    const wrong = imports.filter(
      ({ from, to }) => !to.endsWith('.ts') && !NODE_ROOMS.has(roomOf(from) ?? ''),
    );
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('enters another room by its index.ts, or by a file the table opens', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      const room = roomOf(to);
      if (!to.endsWith('.ts') || room === undefined || roomOf(from) === room || !to.includes('/'))
        return false;
      const rule = ROOMS.find(({ name }) => name === room);
      return !to.endsWith('/index.ts') && !typeOnly && !rule?.open.some((file) => to === `${room}/${file}`);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});
