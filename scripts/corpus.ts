/**
 * `npm run corpus`: programs that nobody here wrote, the kernel's own BPF selftests, on our kernel and on the live one.
 * Nothing is installed and nothing of that source comes into the repository. Needs root: it moves into a network
 * namespace of its own, since programs look up sockets and routes and some transmit. The last line counts programs,
 * runs, differences and what is unsupported; what the kernel itself refuses is listed before and not counted.
 *
 *   --dir FOLDER   where sources and objects are kept (default: a folder in the system's temporary one)
 *   --all          the files with an odd digest too
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
import { type ObjectSpec, parseObject } from '../src/object/index.ts';
import { simBackend } from '../src/test-run/index.ts';
import { isEven, TYPES, withScriptTypes } from './corpus/choose.ts';
import { compareProgram, type Kernels, type Verdict } from './corpus/run-program.ts';
import { type BuiltFile, buildCorpus, missingTools } from './corpus/sources.ts';
import { withJumpTables } from './corpus/state.ts';
import { Tally } from './corpus/tally.ts';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string', default: join(tmpdir(), 'bpfrun-corpus') },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});

const missing = missingTools();
if (missing !== undefined) {
  console.error(missing);
  process.exitCode = 1;
} else if (process.env['BPFRUN_CORPUS_NETNS'] === '1') await main();
else process.exitCode = await inOwnNetwork();

/**
 * The same command again, in a fresh network namespace with `lo` up and nothing forwarded (a new one copies that
 * setting from its parent), on one CPU so that per-CPU values are comparable.
 */
async function inOwnNetwork(): Promise<number> {
  try {
    await kernelBackend();
  } catch (error) {
    console.error(`the corpus needs the live kernel to compare with: ${error}`);
    return 1;
  }
  const script = `ip link set lo up && sysctl -qw net.ipv4.ip_forward=0 && exec taskset -c 0 "$0" "$@"`;
  const self = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawnSync('unshare', ['--net', 'sh', '-c', script, process.execPath, ...self], {
    stdio: 'inherit',
    env: { ...process.env, BPFRUN_CORPUS_NETNS: '1' },
  });
  if (child.error) console.error(`unshare: ${child.error.message}`);
  return child.status ?? 1;
}

async function main(): Promise<void> {
  const theirs = await kernelBackend();
  const kernels: Kernels = { theirs, ours: simBackend({ cpus: theirs.cpus }) };
  const isChosen = (name: string): boolean => (options.all || isEven(name)) && name.includes(options.only);
  const files = buildCorpus(options.dir, isChosen, progress).filter(({ source }) =>
    source.includes(options.only),
  );
  const tally = new Tally(options.verbose ? Number.POSITIVE_INFINITY : 3, (line) => {
    progress('');
    console.log(line);
  });
  files.forEach((file, index) => {
    progress(`${index + 1}/${files.length}: ${file.source}`);
    for (const [program, verdict] of verdictsOf(file, kernels)) tally.add(file.source, program, verdict);
  });
  progress('');
  console.log(`${files.length} files`);
  for (const line of tally.lines()) console.log(line);
  if (tally.differences > 0 || tally.programs === 0) process.exitCode = 1;
}

/** One line on the terminal that the next one replaces; none when it is not one. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function* verdictsOf({ source, object, error }: BuiltFile, kernels: Kernels): Generator<[string, Verdict]> {
  if (object === undefined) {
    yield ['', { kind: 'refused', reason: `clang: ${error}` }];
    return;
  }
  let spec: ObjectSpec;
  try {
    spec = withJumpTables(withScriptTypes(source, parseObject(readFileSync(object))));
  } catch (problem) {
    yield ['', { kind: 'unsupported', reason: String(problem) }];
    return;
  }
  for (const program of spec.programs) {
    if (!TYPES.has(program.progType)) continue;
    const needsCore = program.unresolved.some(({ kind }) => kind === 'core');
    const verdict: Verdict = needsCore
      ? { kind: 'refused', reason: 'needs CO-RE, and so is no part of the corpus' }
      : compareProgram(kernels, source, spec, program);
    yield [program.name, verdict];
  }
}
