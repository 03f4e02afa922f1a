/** Lets worker processes do runs, notices those that hang or die, and goes on behind them. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A line of a worker's standard output. */
export type WorkerEvent =
  | { readonly kind: 'untyped'; readonly run: number; readonly what: string }
  | { readonly kind: 'slow'; readonly run: number; readonly ms: number }
  | { readonly kind: 'memory'; readonly run: number; readonly mib: number }
  /** All runs before `next` are done; `counts` since the last such event. */
  | {
      readonly kind: 'done';
      readonly next: number;
      readonly counts: Readonly<Record<string, number>>;
      readonly mib: number;
    }
  | { readonly kind: 'file'; readonly ms: number; readonly untyped: string | null; readonly mib: number };

export type FindingKind = 'untyped' | 'slow' | 'memory' | 'crash' | 'hang';

export interface Finding {
  readonly kind: FindingKind;
  readonly run: number;
  readonly what: string;
}

export interface SuperviseOptions {
  readonly first: number;
  readonly end: number;
  /** The command of a worker that does [first, end) and writes the run it is at (f64, little endian) into the file `state`. */
  readonly command: (first: number, end: number, state: string) => readonly string[];
  /** A run that takes longer is ended from outside. */
  readonly killAfterMs: number;
  readonly onDone?: (next: number, counts: Readonly<Record<string, number>>, mib: number) => void;
}

/** All that was found; a run that ends its worker is found and not tried again. */
export async function supervise(options: SuperviseOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bpfrun-fuzz-'));
  try {
    let next = options.first;
    while (next < options.end) next = await oneWorker(next, join(folder, 'state'), options, findings);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return findings;
}

/** @returns the first run that is left to do. */
async function oneWorker(
  first: number,
  state: string,
  { end, command, killAfterMs, onDone }: SuperviseOptions,
  findings: Finding[],
): Promise<number> {
  rmSync(state, { force: true });
  const [program = '', ...args] = command(first, end, state);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let next = first;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const event = JSON.parse(line) as WorkerEvent;
    if (event.kind === 'done') {
      next = event.next;
      onDone?.(next, event.counts, event.mib);
    } else if (event.kind === 'untyped') findings.push(event);
    else if (event.kind === 'slow') findings.push({ ...event, what: `took ${event.ms.toFixed(0)} ms` });
    else if (event.kind === 'memory') findings.push({ ...event, what: `${event.mib.toFixed(0)} MiB` });
  });
  let killed = false;
  let seen = { run: -1, at: performance.now() };
  const watch = setInterval(() => {
    const run = runIn(state);
    if (run !== seen.run) seen = { run, at: performance.now() };
    else if (performance.now() - seen.at > killAfterMs) {
      killed = true;
      child.kill('SIGKILL');
    }
  }, 100);
  const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => {
    child.on('close', (code, signal) => resolve([code, signal]));
  });
  clearInterval(watch);
  if (code === 0) return next;
  const run = Math.max(runIn(state), next);
  const what = killed
    ? `still running after ${killAfterMs} ms`
    : `ended by ${signal ?? `exit code ${code}`}\n${errors}`;
  findings.push({ kind: killed ? 'hang' : 'crash', run, what });
  return run + 1;
}

/** The run that the worker is at; -1 before the first. */
function runIn(state: string): number {
  try {
    const bytes = readFileSync(state);
    return bytes.length < 8 ? -1 : bytes.readDoubleLE(0);
  } catch {
    return -1;
  }
}
