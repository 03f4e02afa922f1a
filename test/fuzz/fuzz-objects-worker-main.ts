/**
 * The process that does the runs of `npm run fuzz:objects`, so that a hang or a crash ends it and not the campaign.
 * `range CAMPAIGN FIRST END STATE` writes the number of each run into the file STATE before it begins, and events as
 * lines of JSON to standard output. `file KIND PATH` exercises one file and answers with one event.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { damagedFile, exerciseTimed, HANG_MS, MAX_MIB } from './fuzz-objects.ts';
import type { SeedKind } from './seeds.ts';
import type { WorkerEvent } from './supervise.ts';

const REPORT_EVERY = 500;
/** Where a worker stops and lets another begin: memory that V8 keeps without need is no finding. */
const RETIRE_MIB = 400;

const tell = (event: WorkerEvent): void => {
  writeSync(1, `${JSON.stringify(event)}\n`);
};
const peakMib = (): number => process.resourceUsage().maxRSS / 1024;

async function range(campaign: number, first: number, end: number, state: number): Promise<void> {
  let counts: Record<string, number> = {};
  const count = (outcome: string): void => {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  };
  const number = Buffer.alloc(8);
  let since = first;
  for (let run = first; run < end; run++) {
    number.writeDoubleLE(run);
    writeSync(state, number, 0, 8, 0);
    const before = peakMib();
    const { ms, untyped } = await exerciseTimed(damagedFile(campaign, run), count);
    const mib = peakMib();
    if (untyped !== undefined) tell({ kind: 'untyped', run, what: untyped });
    if (ms > HANG_MS) tell({ kind: 'slow', run, ms });
    if (mib > MAX_MIB && before <= MAX_MIB) tell({ kind: 'memory', run, mib });
    const retire = mib > RETIRE_MIB;
    if (run + 1 === end || retire || run + 1 - since === REPORT_EVERY) {
      tell({ kind: 'done', next: run + 1, counts, mib });
      counts = {};
      since = run + 1;
    }
    if (retire) return;
  }
}

const [mode = '', ...args] = process.argv.slice(2);
if (mode === 'range') {
  const [campaign = 0, first = 0, end = 0] = args.map(Number);
  await range(campaign, first, end, openSync(args[3] ?? '', 'w'));
} else {
  const [kind, path = ''] = args;
  const bytes = new Uint8Array(readFileSync(path));
  const { ms, untyped } = await exerciseTimed({ kind: kind as SeedKind, bytes }, () => {});
  tell({ kind: 'file', ms, untyped: untyped ?? null, mib: peakMib() });
}
