/** `npm run fuzz:objects -- --runs N --seed S [--first R] [--keep FOLDER]`; the last line gives the numbers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzObjects } from './fuzz-objects.ts';

const MAX_RSS_MIB = 512;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    keep: { type: 'string' },
  },
});
const number = (name: 'runs' | 'seed' | 'first'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name}: '${values[name]}' is no whole number`);
  process.exit(2);
};

const runs = number('runs');
const report = fuzzObjects({
  runs,
  seed: number('seed'),
  first: number('first'),
  onProgress: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs}`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\n');
for (const { run, seedFile, what, bytes } of report.crashes.slice(0, 20)) {
  console.log(`run ${run}, from ${seedFile}:\n${what}`);
  if (values.keep === undefined) continue;
  mkdirSync(values.keep, { recursive: true });
  writeFileSync(join(values.keep, `run-${run}${seedFile.endsWith('.o') ? '.o' : '.pcap'}`), bytes);
}
const outcomes = Object.entries(report.errorsByCode).map(([code, times]) => `${code} ${times}`);
const rss = Math.round(report.maxRssMiB);
console.log(outcomes.join(', '));
console.log(
  `${report.runs} runs, ${report.crashes.length} crashes, slowest ${report.slowestMs.toFixed(0)} ms, ${rss} MiB at most`,
);
process.exit(report.crashes.length > 0 || rss > MAX_RSS_MIB ? 1 : 0);
