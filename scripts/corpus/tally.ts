/** Counts verdicts and says them: differences at once, everything else at the end, the numbers last. */
import type { Verdict } from './run-program.ts';

/** Names after a reason; more are only counted. */
const MAX_NAMES = 8;

export class Tally {
  programs = 0;
  runs = 0;
  differences = 0;
  readonly #unsupported = new Map<string, string[]>();
  readonly #refused = new Map<string, string[]>();
  readonly #masked = new Map<string, string[]>();
  readonly #shown: number;
  readonly #say: (line: string) => void;

  /** @param shown Differences of one program that are printed; the others are counted. */
  constructor(shown: number, say: (line: string) => void) {
    this.#shown = shown;
    this.#say = say;
  }

  add(source: string, program: string, verdict: Verdict): void {
    const place = `${source} ${program}`.trim();
    if (verdict.kind === 'refused') {
      push(this.#refused, verdict.reason, place);
      return;
    }
    this.programs++;
    if (verdict.kind === 'unsupported') {
      push(this.#unsupported, verdict.reason, place);
      return;
    }
    this.runs += verdict.runs;
    this.differences += verdict.differences.length;
    for (const { field, bytes, reason } of verdict.masks) {
      const range = bytes ? ` bytes ${bytes[0]}-${bytes[1] - 1}` : '';
      push(this.#masked, reason, `${place} (${field}${range})`);
    }
    const shown = verdict.differences.slice(0, this.#shown);
    for (const difference of shown) this.#say(`DIFFERENT ${place}: ${difference}`);
    const more = verdict.differences.length - shown.length;
    if (more > 0) this.#say(`DIFFERENT ${place}: ${more} more`);
  }

  /** What is left to say; the last line has the numbers. */
  lines(): readonly string[] {
    const unsupported = [...this.#unsupported.values()].reduce((sum, { length }) => sum + length, 0);
    return [
      ...listed('refused', this.#refused, MAX_NAMES),
      ...listed('not compared, since it', this.#masked),
      ...listed('unsupported', this.#unsupported, MAX_NAMES),
      `${this.programs} programs, ${this.runs} runs, ${this.differences} differences, ${unsupported} unsupported`,
    ];
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function listed(
  what: string,
  byReason: ReadonlyMap<string, readonly string[]>,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  return [...byReason].map(([reason, places]) => {
    const rest = places.length > most ? ` and ${places.length - most} more` : '';
    return `${what} ${reason}: ${places.length}: ${places.slice(0, most).join(', ')}${rest}`;
  });
}
