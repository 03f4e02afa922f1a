/**
 * `npm run fuzz:objects -- --runs N [--seed S] [--first R] [--keep FOLDER]`: what fails is made small and kept as a file;
 * the last line gives the numbers. Exit code 1 when there is any finding.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { applyRecipe, type DamagedFile, damagedFile, HANG_MS, MAX_MIB } from './fuzz-objects.ts';
import { shrinkBytes, shrinkList } from './shrink.ts';
import { type Finding, type FindingKind, supervise, type WorkerEvent } from './supervise.ts';

const WORKER = fileURLToPath(import.meta.url).replace(/main\.(ts|js)$/, 'worker-main.$1');
/** Other work on this machine may slow a run down: what ends by itself is judged by a second try, alone. */
const KILL_AFTER_MS = 10 * HANG_MS;
/** Findings that are told and kept; the others are only counted. */
const TOLD = 12;
const SHRINK_ATTEMPTS = 80;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
    first: { type: 'string', default: '0' },
    keep: { type: 'string' },
  },
});
const number = (name: 'runs' | 'seed' | 'first'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 0x7fffffff) return value;
  console.error(`--${name}: '${values[name]}' is no whole number below 2^31`);
  process.exit(2);
};
const [runs, seed, first] = [number('runs'), number('seed'), number('first')];
const keep = values.keep ?? mkdtempSync(join(tmpdir(), 'bpfrun-fuzz-'));
mkdirSync(keep, { recursive: true });

/** What one file does in a process of its own. */
function judge(kind: DamagedFile['kind'], bytes: Uint8Array): FindingKind | undefined {
  const path = join(keep, 'candidate');
  writeFileSync(path, bytes);
  const { status, stdout } = spawnSync(process.execPath, [WORKER, 'file', kind, path], {
    timeout: KILL_AFTER_MS,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status === null) return 'hang';
  if (status !== 0) return 'crash';
  const event = JSON.parse(stdout.split('\n')[0] ?? '') as WorkerEvent;
  if (event.kind !== 'file') return 'crash';
  if (event.untyped !== null) return 'untyped';
  if (event.mib > MAX_MIB) return 'memory';
  return event.ms > HANG_MS ? 'slow' : undefined;
}

function shrink({ kind, seedFile, recipe, bytes }: DamagedFile): Uint8Array {
  const finding = judge(kind, bytes);
  if (finding === undefined) return bytes;
  const fails = (candidate: Uint8Array): boolean => judge(kind, candidate) === finding;
  const steps = shrinkList(recipe, (fewer) => fails(applyRecipe(seedFile, fewer)), SHRINK_ATTEMPTS);
  return shrinkBytes(applyRecipe(seedFile, []), applyRecipe(seedFile, steps), fails, SHRINK_ATTEMPTS);
}

/** Whether a finding holds in a process of its own; time and memory depend on what ran before. */
function holds({ kind, run }: Finding): boolean {
  if (kind !== 'slow' && kind !== 'memory') return true;
  const file = damagedFile(seed, run);
  return judge(file.kind, file.bytes) !== undefined;
}

const started = performance.now();
const outcomes = new Map<string, number>();
let peak = 0;
const found = await supervise({
  first,
  end: first + runs,
  command: (from, end, state) => [process.execPath, WORKER, 'range', `${seed}`, `${from}`, `${end}`, state],
  killAfterMs: KILL_AFTER_MS,
  onDone(next, counts, mib) {
    for (const [name, times] of Object.entries(counts)) outcomes.set(name, (outcomes.get(name) ?? 0) + times);
    peak = Math.max(peak, mib);
    if (process.stderr.isTTY) process.stderr.write(`\r${next - first} of ${runs}`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\n');

const findings = found.filter(holds);
for (const { kind, run, what } of findings.slice(0, TOLD)) {
  const file = damagedFile(seed, run);
  const path = join(keep, `seed-${seed}-run-${run}${file.kind === 'object' ? '.o' : '.pcap'}`);
  writeFileSync(path, shrink(file));
  console.log(`run ${run}, from ${file.seedFile}: ${kind}: ${what}\n  ${path}`);
}
rmSync(join(keep, 'candidate'), { force: true });
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const of = (...kinds: readonly FindingKind[]): number =>
  new Set(findings.filter(({ kind }) => kinds.includes(kind)).map(({ run }) => run)).size;
console.log(
  [...outcomes]
    .sort()
    .map(([name, times]) => `${name} ${times}`)
    .join(', '),
);
console.log(`seed ${seed}`);
console.log(
  `${runs} runs, ${of('crash')} crashes, ${of('hang', 'slow')} hangs, ${of('memory')} over ${MAX_MIB} MiB, ` +
    `${of('untyped')} untyped errors (${seconds} seconds, peak ${peak.toFixed(0)} MiB)`,
);
process.exit(findings.length > 0 ? 1 : 0);
