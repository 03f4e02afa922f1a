/**
 * `npm run bench`: how fast programs run here, next to the kernel's JIT and to native code.
 *
 * The unit is a ratio to a peer measured in the same rounds: the machine's speed cancels out and a noisy minute hits
 * both. Each round is a process of its own: unlucky alignment of V8's code lasts as long as its process.
 * `--rounds N` (default 7), `--only NAME,...`, `--json` (the last line is one JSON object). `--quick`: one round, which
 * says that every engine runs every program and returns the same, and nothing about speed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CORPUS } from './corpus.ts';
import type { EngineName, Measurement } from './measure.ts';
import { buildNative, runNative } from './native.ts';
import type { WholeTimes } from './whole.ts';

type Peer = EngineName | 'native';
const PEERS: readonly Peer[] = ['trusted', 'checked', 'kernel', 'native'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const only = values.only?.split(',');
const programs = CORPUS.filter(({ name }) => !only || only.includes(name));

function child(script: string, ...args: string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return execFileSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

function geomean(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  return round(Math.exp(numbers.reduce((sum, each) => sum + Math.log(each), 0) / numbers.length));
}

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

const native = buildNative(programs);
const samples = new Map<string, number[]>();
/** What the first peer returned, by program. */
const results = new Map<string, string>();
const absent = new Map<Peer, string>();
if (native.size === 0) absent.set('native', 'no clang here');

function sample(name: string, peer: Peer, packet: Uint8Array): void {
  if (absent.has(peer)) return;
  let measured: Measurement;
  if (peer === 'native') {
    const path = native.get(name);
    if (path === undefined) return;
    measured = runNative(path, packet);
  } else {
    try {
      measured = JSON.parse(child('measure.js', peer, name)) as Measurement;
    } catch (error) {
      if (peer !== 'kernel') throw error;
      absent.set(peer, 'no CAP_BPF here');
      return;
    }
  }
  const { ns, results: returned } = measured;
  const key = `${name} ${peer}`;
  samples.set(key, [...(samples.get(key) ?? []), ns]);
  const first = results.get(name) ?? results.set(name, returned).get(name);
  if (returned === first) return;
  console.error(`${name}: ${peer} returned ${returned}, the first peer ${first}`);
  process.exitCode = 1;
}

const whole: WholeTimes[] = [];
for (let i = 0; i < rounds; i++) {
  for (const bench of programs) {
    const packet = bench.packets()[0] ?? new Uint8Array(64);
    for (const peer of PEERS) sample(bench.name, peer, packet);
  }
  if (!only) whole.push(JSON.parse(child('whole.js')) as WholeTimes);
  process.stderr.write(`round ${i + 1} of ${rounds}\n`);
}

const timeOf = (name: string, peer: Peer): number | undefined => {
  const found = samples.get(`${name} ${peer}`);
  return found && median(found);
};
const show = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '-';

console.log(
  '| program | trusted ns | checked ns | kernel JIT ns | native -O2 ns | trusted/kernel | checked/kernel | trusted/native |',
);
console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
const ratios = { kernel: [] as number[], native: [] as number[], checked: [] as number[] };
for (const { name, baseline } of programs) {
  const [trusted, checked, kernel, machine] = PEERS.map((peer) => timeOf(name, peer));
  const over = (a: number | undefined, b: number | undefined): number | undefined =>
    a && b ? a / b : undefined;
  const byKernel = over(trusted, kernel);
  const checkedByKernel = over(checked, kernel);
  const byNative = over(trusted, machine);
  if (!baseline) {
    if (byKernel) ratios.kernel.push(byKernel);
    if (checkedByKernel) ratios.checked.push(checkedByKernel);
    if (byNative) ratios.native.push(byNative);
  }
  const times = [trusted, checked, kernel, machine].map((each) => show(each, 1));
  const relations = [byKernel, checkedByKernel, byNative].map((each) => show(each, 2));
  console.log(`| ${[name, ...times, ...relations].join(' | ')} |`);
}
for (const [peer, reason] of absent) console.log(`${peer}: ${reason}: not compared`);
const wholeMedian = (field: keyof WholeTimes, digits: number): number | null =>
  whole.length > 0 ? round(median(whole.map((each) => each[field])), digits) : null;
const summary = {
  geomean: { kernel: geomean(ratios.kernel), native: geomean(ratios.native) },
  worst: { kernel: ratios.kernel.length > 0 ? round(Math.max(...ratios.kernel)) : null },
  checked: { kernel: geomean(ratios.checked) },
  cold_ms: wholeMedian('cold_ms', 2),
  warm_ms: wholeMedian('warm_ms', 2),
  single_run_ns: wholeMedian('single_run_ns', 0),
  pcap_pps: wholeMedian('pcap_pps', 0),
};
if (!values.json) {
  console.log(
    `geomean: ${summary.geomean.kernel} of the kernel's time trusted, ${summary.checked.kernel} checked; ${summary.geomean.native} of native's`,
  );
  console.log(
    `cold ${summary.cold_ms} ms, warm ${summary.warm_ms} ms, single run ${summary.single_run_ns} ns, replay ${summary.pcap_pps} packets/s`,
  );
} else console.log(JSON.stringify(summary));
