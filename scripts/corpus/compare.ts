/** What one run gives, and how the two kernels' results differ, byte ranges with a stated reason left out. Pure. */
import { toHex } from '../../src/bytes/index.ts';
import { isBpfError, UnsupportedError } from '../../src/errors.ts';
import type { BackendMap, BackendProgram, TestRunAttr } from '../../src/test-run/index.ts';
import { MAP_TYPE } from '../../src/uapi/bpf.ts';

/** Fields by name: bytes as hex, numbers as text; a map's entries as `map NAME KEY`. */
export type Outcome = Readonly<Record<string, string>>;

/** Bytes of one field that no two kernels have in common. */
export interface Mask {
  /** A field's name, or how it begins: `map counters` stands for all entries of that map. */
  readonly field: string;
  /** From and to (exclusive), in bytes; all of the field when absent. */
  readonly bytes?: readonly [from: number, to: number];
  readonly reason: string;
}

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** Compares field by field; `used` gets each mask that hid a difference. */
export function differences(
  expected: Outcome,
  got: Outcome,
  masks: readonly Mask[],
  used: Set<Mask>,
): readonly Difference[] {
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  return fields.flatMap((field) => {
    const theirs = expected[field] ?? 'nothing';
    const ours = got[field] ?? 'nothing';
    if (theirs === ours) return [];
    const mine = masks.filter((mask) => field === mask.field || field.startsWith(`${mask.field} `));
    const hide = (text: string): string => mine.reduce(masked, text);
    if (hide(theirs) !== hide(ours)) return [{ field, expected: theirs, got: ours }];
    for (const mask of mine) used.add(mask);
    return [];
  });
}

function masked(text: string, { bytes }: Mask): string {
  if (!bytes) return '';
  const [from, to] = bytes;
  return text.slice(0, from * 2) + '.'.repeat(text.slice(from * 2, to * 2).length) + text.slice(to * 2);
}

/** Runs; a refusal is an outcome too. */
export function outcomeOf(program: BackendProgram, attr: TestRunAttr): Outcome {
  try {
    const { errno, retval, dataOut, dataSizeOut, ctxOut } = program.testRun(attr);
    return {
      errno: errno ?? 'none',
      retval: String(retval),
      data_size_out: String(dataSizeOut),
      data_out: toHex(dataOut),
      ctx_out: ctxOut ? toHex(ctxOut) : 'none',
    };
  } catch (error) {
    if (error instanceof UnsupportedError && error.errno === undefined) throw error;
    if (isBpfError(error) && error.errno !== undefined) return { errno: error.errno };
    return { errno: String(error) };
  }
}

const WITH_VALUES: ReadonlySet<number> = new Set([
  MAP_TYPE.hash,
  MAP_TYPE.array,
  MAP_TYPE.percpu_hash,
  MAP_TYPE.percpu_array,
  MAP_TYPE.lru_hash,
  MAP_TYPE.lru_percpu_hash,
  MAP_TYPE.lpm_trie,
]);
const WITHOUT_KEYS: ReadonlySet<number> = new Set([MAP_TYPE.queue, MAP_TYPE.stack]);

/** All that user space can read of the maps; rings, and tables of programs, maps and devices, hold nothing that compares. */
export function mapsOutcome(maps: readonly BackendMap[]): Outcome {
  const outcome: Record<string, string> = {};
  for (const map of maps) {
    if (WITH_VALUES.has(map.type)) {
      for (let key = map.nextKey(undefined); key; key = map.nextKey(key))
        outcome[`map ${map.name} ${toHex(key)}`] = toHex(map.lookup(key));
    } else if (WITHOUT_KEYS.has(map.type)) Object.assign(outcome, emptied(map));
  }
  return outcome;
}

/** A queue or stack can only be read by taking from it. */
function emptied(map: BackendMap): Outcome {
  const outcome: Record<string, string> = {};
  for (let index = 0; index < map.maxEntries; index++) {
    try {
      outcome[`map ${map.name} element ${index}`] = toHex(map.lookupAndDelete(new Uint8Array(0)));
    } catch (error) {
      if (isBpfError(error) && error.errno === 'ENOENT') break;
      throw error;
    }
  }
  return outcome;
}
