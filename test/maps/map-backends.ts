/** Maps of both kernels under one interface, and the recorded answers that stand in for the live one elsewhere. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isBpfError } from '../../src/errors.ts';
import { createMap } from '../../src/kernel/map.ts';
import { openBpf } from '../../src/kernel/syscall.ts';
import { Machine } from '../../src/machine/index.ts';
import { type MapAttr, MapTable } from '../../src/maps/index.ts';
import type { MapSpec } from '../../src/object/index.ts';
import type { BackendMap } from '../../src/test-run/backend.ts';
import { kernelVersion, live, liveName, notLive } from '../backends.ts';

export interface TestMap extends BackendMap {
  /** What another map takes as its value to refer to this one. */
  readonly reference: number;
  close(): void;
}

export interface MapBackend {
  readonly name: string;
  create(attr: MapAttr): TestMap;
  /** Another map that may refer to `map` or be referred to by it. */
  sibling(map: TestMap, attr: MapAttr): TestMap;
}

const tables = new WeakMap<BackendMap, MapTable>();

export function simulatedMaps(cpus: number): MapBackend {
  return {
    name: 'simulated kernel',
    // a machine of its own, so that thousands of cases do not pile up in one memory
    create: (attr) => testMap(new MapTable(new Machine({ memory: 48 << 20, cpus })), attr),
    sibling: (map, attr) => testMap(tables.get(map) ?? missing(), attr),
  };
}

function missing(): never {
  throw new Error('the map is not of the simulated kernel');
}

function testMap(table: MapTable, attr: MapAttr): TestMap {
  const map = table.create(attr);
  const test = Object.assign(map, { reference: map.index, close: () => {} });
  tables.set(test, table);
  return test;
}

const bpf = live ? await openBpf() : undefined;

function liveCreate(attr: MapAttr): TestMap {
  if (!bpf) throw new Error(notLive);
  const inner = attr.inner && createMap(bpf, specOf(attr.inner));
  try {
    const map = createMap(bpf, specOf(attr), inner ? { innerFd: inner.fd } : {});
    return Object.assign(map, { reference: map.fd });
  } finally {
    inner?.close();
  }
}

/** The live kernel's maps, where this process may make them. */
export const liveMaps: MapBackend | undefined = live && {
  name: liveName,
  create: liveCreate,
  sibling: (_map, attr) => liveCreate(attr),
};
export const liveCpus: number = live?.cpus ?? 0;

function specOf(attr: MapAttr): MapSpec {
  return {
    typeName: undefined,
    mapExtra: 0,
    numaNode: 0,
    pinning: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    section: '.maps',
    values: new Map(),
    ...attr,
    inner: undefined,
    data: undefined,
  };
}

/** `ok`, or the errno that the operation failed with. */
export function outcome(run: () => unknown): unknown {
  try {
    const result = run();
    if (result instanceof Uint8Array) return Buffer.from(result).toString('hex');
    return result === undefined ? 'ok' : result;
  } catch (error) {
    if (isBpfError(error) && error.errno) return error.errno;
    throw error;
  }
}

export interface Recorded {
  readonly kernel: string;
  readonly cpus: number;
  readonly cases: Readonly<Record<string, unknown>>;
}

const pathOf = (file: string): string => fileURLToPath(new URL(`../truth/${file}.json`, import.meta.url));

/** What the kernel answered when `npm run record` asked. */
export function recorded(file: string): Recorded {
  const path = pathOf(file);
  if (!existsSync(path)) return { kernel: 'nothing recorded', cpus: 2, cases: {} };
  return JSON.parse(readFileSync(path, 'utf8')) as Recorded;
}

/** Under `npm run record` (BPFRUN_RECORD=1): asks the live kernel twice, and writes its answers when they agree. */
export function recordWhenAsked(file: string, ask: (backend: MapBackend) => Recorded['cases']): void {
  if (process.env['BPFRUN_RECORD'] !== '1') return;
  if (!liveMaps) throw new Error(`there is no kernel to record: ${notLive}`);
  const cases = ask(liveMaps);
  const unsteady = differences(ask(liveMaps), { kernel: '', cpus: liveCpus, cases });
  if (unsteady.length > 0) throw new Error(`a second run gives something else: ${unsteady.join('; ')}`);
  const lines = Object.entries(cases).map(
    ([name, result]) => `${JSON.stringify(name)}: ${JSON.stringify(result)}`,
  );
  const head = `"kernel": ${JSON.stringify(kernelVersion)},\n"cpus": ${liveCpus},\n"cases": {\n`;
  writeFileSync(pathOf(file), `{\n${head}${lines.join(',\n')}\n}\n}\n`);
}

/** One line for each case with another answer than the recorded one, and for cases on one side only. */
export function differences(answers: Readonly<Record<string, unknown>>, { cases }: Recorded): string[] {
  const lines: string[] = [];
  const tell = (what: string, got: unknown, wanted: unknown): void => {
    if (JSON.stringify(got) === JSON.stringify(wanted)) return;
    lines.push(`${what}: ${JSON.stringify(got)}, the kernel's record ${JSON.stringify(wanted)}`);
  };
  for (const name of new Set([...Object.keys(answers), ...Object.keys(cases)])) {
    const [got, wanted] = [answers[name], cases[name]];
    if (Array.isArray(got) && Array.isArray(wanted) && got.length === wanted.length)
      for (const [step, answer] of wanted.entries()) tell(`${name}, step ${step}`, got[step], answer);
    else tell(name, got, wanted);
  }
  return lines;
}
