/** One measurement in a process of its own: `measure.js ENGINE PROGRAM` prints {"ns", "results"}. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, parseObject, simBackend } from '../src/index.ts';
import { kernelBackend } from '../src/kernel/index.ts';
import { type BenchProgram, findProgram, ROOT } from './corpus.ts';

/** A measurement lasts at least this long, ms, after as much that is not counted. */
const LEAST_MS = 25;

export type EngineName = 'trusted' | 'checked' | 'kernel';

async function backendOf(engine: EngineName): Promise<Backend> {
  return engine === 'kernel' ? kernelBackend() : simBackend({ trust: engine === 'trusted' });
}

export interface Measurement {
  /** Per run. */
  readonly ns: number;
  /** What the program returned for each packet, before it was measured: the same on every engine. */
  readonly results: string;
}

async function measure(engine: EngineName, bench: BenchProgram): Promise<Measurement> {
  const backend = await backendOf(engine);
  const spec = parseObject(readFileSync(join(ROOT, bench.object)));
  const object = backend.load(spec);
  bench.prepare?.(object);
  const program = object.program(bench.program);
  const packets = bench.packets();
  for (let i = 0; i < (bench.warmUp ?? 1); i++) program.testRun({ dataIn: packets[0] });
  const results = packets.map((dataIn) => program.testRun({ dataIn }).retval).join(' ');
  // Both backends' duration covers the run loop alone: no copies, no system call.
  const pass = (repeat: number): number =>
    packets.reduce((sum, dataIn) => sum + program.testRun({ dataIn, repeat }).duration * repeat, 0);
  if (bench.repeat === 'calibrated') {
    let repeat = 64;
    while (pass(repeat) < LEAST_MS * 1e6) repeat *= 2;
    if (engine === 'kernel') return { ns: pass(repeat) / repeat, results };
    // `duration` is whole ns, and some programs take three of them
    const start = performance.now();
    program.testRun({ dataIn: packets[0], repeat });
    return { ns: ((performance.now() - start) * 1e6) / repeat, results };
  }
  const { repeat } = bench;
  let passes = 0;
  let start = performance.now();
  for (; performance.now() - start < 4 * LEAST_MS; passes++) pass(repeat);
  let total = 0;
  start = performance.now();
  for (let i = 0; i < passes; i++) total += pass(repeat);
  return { ns: total / (passes * packets.length * repeat), results };
}

const [engine = '', name = ''] = process.argv.slice(2);
console.log(JSON.stringify(await measure(engine as EngineName, findProgram(name))));
