/**
 * Recorded truth: what the kernel did with each case, in test/truth/<file>.json. Every run compares our kernel with the
 * record; where CAP_BPF is there it also compares the live kernel with it, so that a record cannot drift unseen.
 * `npm run record` (BPFRUN_RECORD=1) writes the files anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backend } from '../src/test-run/backend.ts';
import { kernelVersion, live, liveName, notLive, simulated } from './backends.ts';
import { type Outcome, runCase, type TruthCase } from './truth-case.ts';

interface Truth {
  readonly kernel: string;
  readonly cpus: number;
  readonly cases: Readonly<Record<string, readonly Outcome[]>>;
}

const recording = process.env['BPFRUN_RECORD'] === '1';
const pathOf = (file: string): string => fileURLToPath(new URL(`truth/${file}.json`, import.meta.url));

/** Lines `file / case: reason` of test/known-differences.txt. */
const KNOWN: ReadonlyMap<string, string> = new Map(
  readFileSync(new URL('known-differences.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const colon = line.lastIndexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
);

function read(file: string): Truth {
  if (!existsSync(pathOf(file))) return { kernel: 'nothing recorded', cpus: 0, cases: {} };
  return JSON.parse(readFileSync(pathOf(file), 'utf8')) as Truth;
}

/** One case a line: a changed result is a changed line. */
function write(file: string, truth: Truth): void {
  const cases = Object.entries(truth.cases).map(
    ([name, outcomes]) => `${JSON.stringify(name)}: ${JSON.stringify(outcomes)}`,
  );
  const head = `"kernel": ${JSON.stringify(truth.kernel)},\n"cpus": ${truth.cpus},\n"cases": {\n`;
  writeFileSync(pathOf(file), `{\n${head}${cases.join(',\n')}\n}\n}\n`);
}

/** Declares the tests of one file of cases. */
export function defineTruth(file: string, cases: readonly TruthCase[]): void {
  const names = new Set(cases.map(({ name }) => name));
  if (names.size !== cases.length) throw new Error(`${file}: two cases share a name`);
  if (recording) record(file, cases);
  else compare(file, cases);
}

function record(file: string, cases: readonly TruthCase[]): void {
  describe(`${file} [recording ${liveName}]`, () => {
    const outcomes: Record<string, Outcome[]> = {};
    it.each(cases)('$name', (test) => {
      if (!live) throw new Error(`there is no kernel to record: ${notLive}`);
      outcomes[test.name] = runCase(live, test);
      expect(runCase(live, test), 'a second run gives the same').toEqual(outcomes[test.name]);
    });
    afterAll(() => {
      if (live && Object.keys(outcomes).length === cases.length) {
        write(file, { kernel: kernelVersion, cpus: live.cpus, cases: outcomes });
      }
    });
  });
}

function compare(file: string, cases: readonly TruthCase[]): void {
  const truth = read(file);
  const expected = (test: TruthCase): readonly Outcome[] => {
    const outcomes = truth.cases[test.name];
    if (outcomes === undefined) throw new Error(`'${test.name}' is not recorded: npm run record`);
    return outcomes;
  };
  describe(`${file} [simulated kernel, recorded ${truth.kernel}]`, () => {
    for (const test of cases) {
      const reason = KNOWN.get(`${file} / ${test.name}`);
      const check = (): void => {
        expect(runCase(simulated(truth.cpus), test)).toEqual(expected(test));
      };
      if (reason === undefined) it(test.name, check);
      // Fails as soon as the difference is gone, so that the list never outlives its reasons.
      else it.fails(`${test.name} (known difference: ${reason})`, check);
    }
    it('has a case for every record', () => {
      expect(Object.keys(truth.cases).filter((name) => !cases.some((test) => test.name === name))).toEqual(
        [],
      );
    });
  });
  if (live) {
    describe(`${file} [${liveName}, recorded ${truth.kernel}]`, () => {
      it.each(cases)('$name', (test) => {
        expect(runCase(live as Backend, test)).toEqual(expected(test));
      });
    });
  } else it.skip(`${file} [live kernel] not compared here: ${notLive}`, () => {});
}
