/** The kernel's one's complement sums, of the wasm runtime. */
import type { Machine } from './machine.ts';
import type { RuntimeFunction } from './runtime.ts';

/** csum_partial: 32-bit sum of [address, address + length) as little endian words, plus `seed`; unsigned. */
export function csumPartial(machine: Machine, address: number, length: number, seed: number): number {
  return (machine.runtime['csum_partial'] as RuntimeFunction)(address, length, seed) >>> 0;
}

/** csum_fold: the 16-bit complement of a sum, as it stands in a header. */
export function csumFold(machine: Machine, sum: number): number {
  return (machine.runtime['csum_fold'] as RuntimeFunction)(sum);
}

/** csum_add: the sum with end-around carry, unsigned. */
export function csumAdd(a: number, b: number): number {
  const sum = (a + b) >>> 0;
  return sum < b >>> 0 ? (sum + 1) >>> 0 : sum;
}
