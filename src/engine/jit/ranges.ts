/**
 * Byte ranges around a register's value that a check has already covered, so that the next access there needs none.
 * Immutable lists per register: a copy of the record is a copy of the state.
 */

/** [from, to) relative to the register, and the shadow bits found set. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
}

/** Longer lists cost more than the checks they save. */
const LIMIT = 24;

export class Ranges {
  readonly #lists: (readonly Range[])[];

  constructor(lists: (readonly Range[])[] = []) {
    this.#lists = lists;
  }

  copy(): Ranges {
    return new Ranges(this.#lists.slice());
  }

  covers(register: number, from: number, to: number, mask: number): boolean {
    const list = this.#lists[register];
    if (list === undefined) return false;
    let at = from;
    // Ranges may touch or overlap, so walk from one to the next.
    for (let found = true; found && at < to; ) {
      found = false;
      for (const range of list) {
        if (range.from <= at && range.to > at && (range.mask & mask) === mask) {
          at = range.to;
          found = true;
        }
      }
    }
    return at >= to;
  }

  add(register: number, from: number, to: number, mask: number): void {
    const list = this.#lists[register] ?? [];
    this.#lists[register] = [...(list.length < LIMIT ? list : list.slice(1)), { from, to, mask }];
  }

  /** The register got a new value. */
  forget(register: number): void {
    this.#lists[register] = [];
  }

  /** What is accessible may have changed. */
  forgetAll(): void {
    this.#lists.length = 0;
  }

  /** dst = src. */
  move(dst: number, src: number): void {
    this.#lists[dst] = this.#lists[src] ?? [];
  }

  /** register += step. */
  shift(register: number, step: number): void {
    const list = this.#lists[register];
    if (list === undefined) return;
    this.#lists[register] = list.map(({ from, to, mask }) => ({ from: from - step, to: to - step, mask }));
  }
}
