/**
 * `npm run diff:engine -- --runs N [--seed S] [--first R] [--refusals]`: the line before last says how many programs the kernel
 * accepted, the last one how many differed. Exit code 1 when there is any. `--refusals` lists why the
 * kernel refused programs.
 *
 * Random programs find mistakes of the verifier too: 6.18.44 warned several times, and three times in some 150,000
 * programs followed a bad pointer (__mark_chain_precision), which ended the process. Programs are written round what led
 * there, and there may be more: use a machine that may be lost.
 */
import { parseArgs } from 'node:util';
import { toHex } from '../../src/bytes/index.ts';
import { UnsupportedError } from '../../src/errors.ts';
import { disassemble } from '../../src/isa/index.ts';
import {
  compareProgram,
  type DiffProgram,
  diffProgram,
  type KernelEngines,
  shrinkProgram,
} from './diff-engine.ts';
import { openKernelEngines } from './kernel-engine.ts';

const SHOWN = 10;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
    first: { type: 'string', default: '0' },
    refusals: { type: 'boolean', default: false },
  },
});
const number = (name: 'runs' | 'seed' | 'first'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 0x7fffffff) return value;
  console.error(`--${name}: '${values[name]}' is no whole number below 2^31`);
  process.exit(2);
};
const [runs, seed, first] = [number('runs'), number('seed'), number('first')];

let absent = '';
const kernels: KernelEngines | undefined = await openKernelEngines({ quiet: !values.refusals }).catch(
  (error: unknown) => {
    if (!(error instanceof UnsupportedError)) throw error;
    absent = error.message;
    return undefined;
  },
);

function show(index: number, program: DiffProgram): void {
  const { difference } = compareProgram(program, kernels);
  console.log(
    `\nprogram ${index} of seed ${seed}, ${program.progType}${program.wild ? ', edited blindly' : ''}:`,
  );
  for (const line of disassemble(program.insns)) console.log(`  ${line}`);
  if (!difference) return;
  const input = program.inputs[difference.input];
  if (input) {
    console.log(`  packet ${toHex(input.packet)}`);
    console.log(`  values ${input.values.map((value) => toHex(value)).join(' ')}`);
    console.log(`  direct ${toHex(input.direct)}`);
    console.log(`  table ${input.table.map(([key, value]) => `${toHex(key)}=${toHex(value)}`).join(' ')}`);
  }
  const [one, other] = difference.engines;
  for (let line = 0; line < Math.max(difference.said[0].length, difference.said[1].length); line++) {
    const [a, b] = [difference.said[0][line], difference.said[1][line]];
    if (a !== b) console.log(`  ${one}: ${a}\n  ${other}: ${b}`);
  }
}

const started = performance.now();
const refusals = new Map<string, number>();
let accepted = 0;
let faulted = 0;
let differences = 0;
for (let index = first; index < first + runs; index++) {
  const program = diffProgram(seed, index);
  const comparison = compareProgram(program, kernels);
  if (comparison.kernel === 'accepted') accepted++;
  else if (typeof comparison.kernel === 'object') {
    const reason = comparison.kernel.refused.replace(/-?\d+/g, 'N');
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  }
  if (comparison.faulted) faulted++;
  if (comparison.difference) {
    differences++;
    if (differences <= SHOWN) show(index, shrinkProgram(program, kernels));
  }
  if (process.stderr.isTTY && index % 100 === 0) process.stderr.write(`\r${index - first} of ${runs}`);
}
if (process.stderr.isTTY) process.stderr.write('\n');
if (values.refusals) {
  for (const [reason, times] of [...refusals].sort((a, b) => b[1] - a[1])) console.log(`${times} ${reason}`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`seed ${seed}, ${seconds} seconds; our checks ended or refused ${faulted} programs`);
console.log(
  kernels
    ? `the kernel accepted ${accepted} of ${runs} programs (${((100 * accepted) / runs).toFixed(1)} %)`
    : `no kernel to compare with, only our engines: ${absent}`,
);
console.log(`${runs} programs, ${differences} differences`);
process.exit(differences > 0 ? 1 : 0);
