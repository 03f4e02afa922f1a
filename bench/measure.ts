/** One measurement in a process of its own: `measure.js ENGINE PROGRAM` prints the ns per run. */
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

async function measure(engine: EngineName, bench: BenchProgram): Promise<number> {
  const backend = await backendOf(engine);
  const spec = parseObject(readFileSync(join(ROOT, bench.object)));
  const object = backend.load(spec);
  bench.prepare?.(object);
  const program = object.program(bench.program);
  const packets = bench.packets();
  for (let i = 0; i < (bench.warmUp ?? 1); i++) program.testRun({ dataIn: packets[0] });
  // Both backends' duration covers the run loop alone: no copies, no system call.
  const pass = (repeat: number): number =>
    packets.reduce((sum, dataIn) => sum + program.testRun({ dataIn, repeat }).duration * repeat, 0);
  if (bench.repeat === 'calibrated') {
    let repeat = 64;
    while (pass(repeat) < LEAST_MS * 1e6) repeat *= 2;
    return pass(repeat) / repeat;
  }
  const { repeat } = bench;
  let passes = 0;
  let start = performance.now();
  for (; performance.now() - start < 4 * LEAST_MS; passes++) pass(repeat);
  let total = 0;
  start = performance.now();
  for (let i = 0; i < passes; i++) total += pass(repeat);
  return total / (passes * packets.length * repeat);
}

const [engine = '', name = ''] = process.argv.slice(2);
console.log(await measure(engine as EngineName, findProgram(name)));
