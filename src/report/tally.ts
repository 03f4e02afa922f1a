/** Totals of a replay: verdicts, events, time. Memory does not grow with packets. */
import type { Effects } from '../test-run/attr.ts';

/** Lines and records kept for the summary; the rest is counted. */
const KEPT = 100;

export interface KeptEvent {
  readonly kind: 'perf' | 'ring' | 'transmitted';
  /** The map, or for a packet what sent it. */
  readonly from: string;
  readonly data: Uint8Array;
}

export class Tally {
  packets = 0;
  refused = 0;
  /** Runs by return value, unsigned. */
  readonly #verdicts = new Map<number, number>();
  /** Return values below 256 without a hash. */
  readonly #small = new Float64Array(256);
  printkCount = 0;
  readonly printk: string[] = [];
  perfCount = 0;
  ringCount = 0;
  transmittedCount = 0;
  readonly events: KeptEvent[] = [];

  /** Counts one run by its return value, signed or unsigned. */
  count(retval: number): void {
    this.packets++;
    if (retval >= 0 && retval < 256) this.#small[retval]!++;
    else this.#verdicts.set(retval >>> 0, (this.#verdicts.get(retval >>> 0) ?? 0) + 1);
  }

  add({ printk, perf, ring, transmitted }: Effects): void {
    this.printkCount += printk.length;
    for (const line of printk) if (this.printk.length < KEPT) this.printk.push(line);
    this.perfCount += perf.length;
    this.ringCount += ring.length;
    this.transmittedCount += transmitted.length;
    for (const { map, data } of perf) this.#keep({ kind: 'perf', from: map, data });
    for (const { map, data } of ring) this.#keep({ kind: 'ring', from: map, data });
    for (const { by, data } of transmitted) this.#keep({ kind: 'transmitted', from: by, data });
  }

  /** Return values (unsigned) with their runs, most frequent first. */
  verdicts(): readonly (readonly [retval: number, runs: number])[] {
    const small = [...this.#small]
      .map((runs, retval) => [retval, runs] as const)
      .filter(([, runs]) => runs > 0);
    return [...small, ...this.#verdicts].sort(([a, runsA], [b, runsB]) => runsB - runsA || a - b);
  }

  #keep(event: KeptEvent): void {
    if (this.events.length < KEPT) this.events.push(event);
  }
}
