/** NUL-terminated names out of a string table, with a bound on the work that hostile tables can cause. */
import { ElfError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';

/** Overlapping names in one table could otherwise make reading n names cost n squared bytes. */
const MAX_NAME_BYTES = 32 << 20;

/** Reads names by offset into the table; `what` says whose name it is, for the error. */
export type NameReader = (nameOffset: number, what: string) => string;

/** `table` starts at file offset `base`. */
export function nameReader(table: Uint8Array, base: number): NameReader {
  const known = new Map<number, string>();
  let read = 0;
  return (nameOffset, what) => {
    const cached = known.get(nameOffset);
    if (cached !== undefined) return cached;
    if (nameOffset >= table.length) {
      if (nameOffset === 0) return '';
      throw new ElfError(
        base,
        `name of ${what} is at ${nameOffset} of a string table of ${table.length} bytes`,
      );
    }
    const end = table.indexOf(0, nameOffset);
    if (end < 0) throw new ElfError(base + nameOffset, `name of ${what} has no end in its string table`);
    read += end - nameOffset;
    if (read > MAX_NAME_BYTES) throw new ElfError(base, `names add up to more than ${MAX_NAME_BYTES} bytes`);
    const name = decodeUtf8(table.subarray(nameOffset, end));
    known.set(nameOffset, name);
    return name;
  };
}
