/** What stands at the end of a run, as data. */
import type { MapChanges } from './map-changes.ts';
import type { KeptEvent, Tally } from './tally.ts';

export interface VerdictCount {
  /** By name. */
  readonly verdict: string;
  readonly retval: number;
  readonly packets: number;
}

export interface RunSummary {
  readonly program: string;
  readonly backend: 'sim' | 'kernel';
  readonly packets: number;
  /** Packets that the test run refused (too short, too long). */
  readonly refused: number;
  /** Stopped early, by Ctrl-C. */
  readonly interrupted: boolean;
  readonly verdicts: readonly VerdictCount[];
  readonly elapsedSeconds: number;
  readonly packetsPerSecond: number;
  readonly printkCount: number;
  /** The first lines printed, and the first events; the counts say how many there were. */
  readonly printk: readonly string[];
  readonly events: { readonly perf: number; readonly ring: number; readonly transmitted: number };
  readonly keptEvents: readonly KeptEvent[];
  readonly maps: readonly MapChanges[];
}

/** @param verdictName of a return value of the program's type. */
export function summarizeRun(
  tally: Tally,
  run: {
    readonly program: string;
    readonly backend: 'sim' | 'kernel';
    readonly interrupted: boolean;
    readonly elapsedSeconds: number;
    readonly maps: readonly MapChanges[];
    readonly verdictName: (retval: number) => string;
  },
): RunSummary {
  const { verdictName, elapsedSeconds, ...rest } = run;
  return {
    ...rest,
    elapsedSeconds,
    packets: tally.packets,
    refused: tally.refused,
    verdicts: tally
      .verdicts()
      .map(([retval, packets]) => ({ verdict: verdictName(retval), retval, packets })),
    packetsPerSecond: elapsedSeconds > 0 ? tally.packets / elapsedSeconds : 0,
    printkCount: tally.printkCount,
    printk: tally.printk,
    events: { perf: tally.perfCount, ring: tally.ringCount, transmitted: tally.transmittedCount },
    keptEvents: tally.events,
  };
}
