/** The campaign of `npm run fuzz:objects`: damaged objects and captures through everything that reads them. */
import { exerciseCapture, exerciseObject } from './exercise.ts';
import { mutate } from './mutate.ts';
import { random } from './random.ts';
import { readSeeds } from './seeds.ts';

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** First run: a crash at run n comes back with `first: n, runs: 1`. */
  readonly first?: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzCrash {
  readonly run: number;
  readonly seedFile: string;
  /** Stack of what was thrown, or how long it took. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

export interface FuzzReport {
  readonly runs: number;
  /** How often each error code came, and `ok`. */
  readonly errorsByCode: Readonly<Record<string, number>>;
  /** Untyped errors and hangs. */
  readonly crashes: readonly FuzzCrash[];
  readonly slowestMs: number;
  readonly maxRssMiB: number;
}

export const HANG_MS = 1000;

export function fuzzObjects({ runs, seed, first = 0, onProgress }: FuzzOptions): FuzzReport {
  const seeds = readSeeds();
  const objects = seeds.filter(({ kind }) => kind === 'object');
  const captures = seeds.filter(({ kind }) => kind === 'capture');
  const bytesOf = new Map([objects, captures].map((list) => [list, list.map(({ bytes }) => bytes)]));
  const errors = new Map<string, number>();
  const count = (code: string): void => {
    errors.set(code, (errors.get(code) ?? 0) + 1);
  };
  const crashes: FuzzCrash[] = [];
  let slowestMs = 0;
  for (let run = first; run < first + runs; run++) {
    const rng = random(seed * 1_000_003 + run);
    const list = captures.length > 0 && rng.below(4) === 0 ? captures : objects;
    const chosen = rng.pick(list);
    const bytes = mutate(chosen.bytes, rng, bytesOf.get(list) ?? []);
    const crash = (what: string): void => {
      crashes.push({ run, seedFile: chosen.name, what, bytes });
    };
    const started = performance.now();
    try {
      if (list === captures) exerciseCapture(bytes, count);
      else exerciseObject(bytes, rng, count);
    } catch (error) {
      crash(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const took = performance.now() - started;
    slowestMs = Math.max(slowestMs, took);
    if (took > HANG_MS) crash(`took ${took.toFixed(0)} ms`);
    if (run % 500 === 499) onProgress?.(run + 1 - first);
  }
  return {
    runs,
    errorsByCode: Object.fromEntries([...errors].sort()),
    crashes,
    slowestMs,
    maxRssMiB: process.resourceUsage().maxRSS / 1024,
  };
}
