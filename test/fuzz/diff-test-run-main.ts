/**
 * `npm run diff:test-run -- --runs N [--seed S] [--first CASE] [--keep FOLDER] [--replay FILE]`: random test runs here and
 * on the kernel of this machine: errno, return value, every output byte and size. A difference is made small and kept as
 * a file that --replay takes. Last line `N runs, D differences`; exit code 1 when there is any, 2 without a kernel.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { kernelBackend } from '../../src/kernel/index.ts';
import type { Step, TruthCase } from '../truth-case.ts';
import { compareCase } from './diff-test-run.ts';
import { testRunCase } from './test-run-case.ts';

const SHOWN = 20;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
    first: { type: 'string', default: '0' },
    keep: { type: 'string' },
    replay: { type: 'string' },
  },
});
const number = (name: 'runs' | 'seed' | 'first'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 0x7fffffff) return value;
  console.error(`--${name}: '${values[name]}' is no whole number below 2^31`);
  process.exit(2);
};
const [runs, seed, first] = [number('runs'), number('seed'), number('first')];

const kernel = await kernelBackend().catch((error: Error) => {
  console.error(`nothing to compare with: ${error.message}`);
  process.exit(2);
});

/** The one step that differs, and of it the fields that it takes. */
function shrink(test: TruthCase): TruthCase {
  let small = test;
  const accept = (candidate: TruthCase): boolean => {
    if (!compareCase(candidate, kernel).differs) return false;
    small = candidate;
    return true;
  };
  test.steps.some((step) => accept({ ...test, steps: [step] }));
  for (const field of Object.keys(small.steps[0] ?? {}).filter((name) => name !== 'op')) {
    const without = (step: Step): Step =>
      Object.fromEntries(Object.entries(step).filter(([name]) => name !== field)) as unknown as Step;
    accept({ ...small, steps: small.steps.map(without) });
  }
  return small;
}

function show(test: TruthCase, path: string | undefined): void {
  const compared = compareCase(test, kernel);
  console.log(`\n${test.name}: ${test.progType}: ${String(test.program).trim()}`);
  test.steps.forEach((step, index) => {
    const [here, there] = [compared.here[index + 1], compared.there[index + 1]];
    if (isDeepStrictEqual(here, there)) return;
    const cut = (value: unknown): string => JSON.stringify(value ?? null).slice(0, 600);
    console.log(
      `  ${cut(step)}\n  here   ${cut(here ?? compared.here)}\n  kernel ${cut(there ?? compared.there)}`,
    );
  });
  if (path) console.log(`  ${path}`);
}

if (values.replay !== undefined) {
  const test = JSON.parse(readFileSync(values.replay, 'utf8')) as TruthCase;
  const { differs } = compareCase(test, kernel);
  if (differs) show(test, undefined);
  console.log(`${test.steps.length} runs, ${differs ? 1 : 0} differences`);
  process.exit(differs ? 1 : 0);
}

let done = 0;
let differences = 0;
/** How many runs got which answer: a campaign of refusals would say little. */
const answers = new Map<string, number>();
for (let index = first; done < runs; index++) {
  const test = testRunCase(seed, index);
  done += test.steps.length;
  const { differs, there } = compareCase(test, kernel);
  for (const { errno = 'ran' } of there.slice(1)) answers.set(`${errno}`, (answers.get(`${errno}`) ?? 0) + 1);
  if (!differs) continue;
  differences++;
  if (differences > SHOWN) continue;
  const small = shrink(test);
  const keep = values.keep ?? mkdtempSync(join(tmpdir(), 'bpfrun-diff-'));
  mkdirSync(keep, { recursive: true });
  const path = join(keep, `test-run-${seed}-${index}.json`);
  writeFileSync(path, `${JSON.stringify(small, undefined, 2)}\n`);
  show(small, path);
}
const tally = [...answers].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`);
console.log(`seed ${seed}: ${tally.join(', ')}`);
console.log(`${done} runs, ${differences} differences`);
process.exitCode = differences > 0 ? 1 : 0;
