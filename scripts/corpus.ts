/**
 * `npm run corpus`: programs that nobody here wrote, the kernel's own BPF selftests, on our kernel and on the live one.
 * Nothing is installed and nothing of that source comes into the repository. Needs root: it moves into a network
 * namespace of its own, since some of the programs transmit. The last line counts programs, runs, differences and what
 * is unsupported.
 *
 *   --dir FOLDER   where sources and objects are kept (default: a folder in the system's temporary one)
 *   --only TEXT    only files whose name contains TEXT
 *   --verbose      every difference, not only the first three of a program
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kernelBackend } from '../src/kernel/index.ts';
import { parseObject } from '../src/object/index.ts';
import { simBackend } from '../src/test-run/index.ts';
import { compareProgram, TYPES, type Verdict } from './corpus/compare.ts';
import { INCOMPARABLE } from './corpus/incomparable.ts';
import { withJumpTables } from './corpus/inputs.ts';
import { type BuiltFile, buildCorpus, missingTools } from './corpus/sources.ts';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string', default: join(tmpdir(), 'bpfrun-corpus') },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});

const missing = missingTools();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
if (process.env['BPFRUN_CORPUS_NETNS'] === '1') await main();
else process.exit(inOwnNetwork());

/** The same command again, in a fresh network namespace with `lo` up, on one CPU so that per-CPU values are comparable. */
function inOwnNetwork(): number {
  const script = `ip link set lo up && exec taskset -c 0 "$0" "$@"`;
  const self = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawnSync('unshare', ['--net', 'sh', '-c', script, process.execPath, ...self], {
    stdio: 'inherit',
    env: { ...process.env, BPFRUN_CORPUS_NETNS: '1' },
  });
  if (child.error) console.error(`unshare: ${child.error.message}`);
  return child.status ?? 1;
}

interface Tally {
  programs: number;
  runs: number;
  differences: number;
  readonly unsupported: Map<string, string[]>;
  readonly refused: Map<string, number>;
  readonly host: Map<string, string[]>;
  readonly incomparable: Map<string, string[]>;
}

async function main(): Promise<void> {
  const kernel = await kernelBackend();
  const sim = simBackend({ cpus: kernel.cpus });
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  const files = buildCorpus(options.dir, progress).filter(({ source }) => source.includes(options.only));
  progress('');
  const tally: Tally = {
    programs: 0,
    runs: 0,
    differences: 0,
    unsupported: new Map(),
    refused: new Map(),
    host: new Map(),
    incomparable: new Map(),
  };
  for (const file of files) {
    for (const [name, verdict] of verdictsOf(file, (spec, program) =>
      compareProgram(kernel, sim, file.source, spec, program),
    )) {
      count(tally, `${file.source} ${name}`, verdict);
    }
  }
  report(tally, files);
}

function* verdictsOf(
  { source, object, error }: BuiltFile,
  compare: (
    ...parts: [ReturnType<typeof parseObject>, ReturnType<typeof parseObject>['programs'][number]]
  ) => Verdict,
): Generator<[string, Verdict]> {
  if (object === undefined) {
    yield ['', { kind: 'refused', reason: `clang: ${error}` }];
    return;
  }
  let spec: ReturnType<typeof parseObject>;
  try {
    spec = withJumpTables(parseObject(readFileSync(object)));
  } catch (problem) {
    yield ['', { kind: 'unsupported', reason: `${source}: ${String(problem)}` }];
    return;
  }
  for (const program of spec.programs) {
    if (!TYPES.has(program.progType)) continue;
    // Programs with CO-RE relocations are not part of the corpus.
    if (program.unresolved.some(({ kind }) => kind === 'core')) {
      yield [program.name, { kind: 'refused', reason: 'left out: needs CO-RE' }];
    } else yield [program.name, compare(spec, program)];
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function count(tally: Tally, place: string, verdict: Verdict): void {
  if (verdict.kind === 'refused') {
    tally.refused.set(verdict.reason, (tally.refused.get(verdict.reason) ?? 0) + 1);
    return;
  }
  tally.programs++;
  if (verdict.kind === 'unsupported') {
    push(tally.unsupported, verdict.reason, place);
    return;
  }
  tally.runs += verdict.runs;
  const reason = INCOMPARABLE.get(place);
  if (reason !== undefined) {
    push(tally.incomparable, reason, place);
    if (verdict.differences.length > 0) return;
    console.log(`DIFFERENT ${place}: is listed as incomparable, and yet it is the same`);
    tally.differences++;
  }
  tally.differences += verdict.differences.length;
  if (verdict.host > 0) push(tally.host, verdict.hostReason, place);
  const shown = options.verbose ? verdict.differences : verdict.differences.slice(0, 3);
  for (const difference of shown) console.log(`DIFFERENT ${place}: ${difference}`);
  if (verdict.differences.length > shown.length) {
    console.log(`DIFFERENT ${place}: ${verdict.differences.length - shown.length} more`);
  }
}

function report(tally: Tally, files: readonly BuiltFile[]): void {
  console.log(`${files.length} files`);
  for (const [reason, number] of tally.refused)
    console.log(`not in the corpus: ${number} programs: ${reason}`);
  for (const [helper, places] of tally.host) {
    console.log(`not comparable: ${places.length} programs depend on ${helper}: ${places.join(', ')}`);
  }
  for (const [reason, places] of tally.incomparable) {
    console.log(`not comparable: ${places.length} programs: ${reason}: ${places.join(', ')}`);
  }
  let unsupported = 0;
  for (const [reason, places] of tally.unsupported) {
    unsupported += places.length;
    console.log(`unsupported: ${reason}: ${places.length} programs: ${places.slice(0, 6).join(', ')}`);
  }
  console.log(
    `${tally.programs} programs, ${tally.runs} runs, ${tally.differences} differences, ${unsupported} unsupported`,
  );
  if (tally.differences > 0) process.exitCode = 1;
}
