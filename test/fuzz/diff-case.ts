/** What every engine is given besides the program: maps, their contents, packets; and what it answers. */
import { toHex } from '../../src/bytes/index.ts';
import type { Insn } from '../../src/isa/index.ts';
import { type MapSpec, type RawMap, rawObject } from '../../src/object/index.ts';
import type { BackendMap } from '../../src/test-run/backend.ts';
import type { TestRunResult } from '../../src/test-run/index.ts';
import { MAP, RESULT_SIZE, TABLE_VALUE_SIZE, VALUE_SIZE, VALUES } from './call-statements.ts';
import { edgeValue } from './edge-values.ts';
import type { DiffType } from './program-scope.ts';
import { ProgramWriter } from './program-writer.ts';
import type { Random } from './random.ts';

const RAW_MAPS: Readonly<Record<keyof typeof MAP, RawMap>> = {
  values: { type: 'array', valueSize: VALUE_SIZE, maxEntries: VALUES },
  table: { type: 'hash', keySize: 8, valueSize: TABLE_VALUE_SIZE, maxEntries: 6 },
  result: { type: 'array', valueSize: RESULT_SIZE },
  tails: { type: 'prog_array', valueSize: 4, maxEntries: 2 },
  direct: { type: 'array', valueSize: VALUE_SIZE },
};
export const MAP_SPECS: readonly MapSpec[] = rawObject({
  progType: 'xdp',
  insns: [],
  maps: Object.entries(RAW_MAPS).map(([name, map]) => ({ name, ...map })),
}).maps;

/** Slot 0 of `tails`: marks in the map of results that it ran, and answers with the length of the packet. */
export function tailTarget(progType: DiffType): readonly Insn[] {
  const writer = new ProgramWriter();
  writer.mapValue(2, MAP.result, 0);
  writer.emit('st64', { dst: 2, off: 72, imm: 31257 });
  if (progType === 'xdp') {
    writer.emit('ldx32', { dst: 0, src: 1, off: 4 });
    writer.emit('ldx32', { dst: 3, src: 1, off: 0 });
    writer.emit('sub64_reg', { dst: 0, src: 3 });
  } else writer.emit('ldx32', { dst: 0, src: 1, off: 0 });
  writer.emit('exit');
  return writer.finish();
}

export interface DiffInput {
  readonly packet: Uint8Array;
  readonly values: readonly Uint8Array[];
  /** The value that instructions address directly. */
  readonly direct: Uint8Array;
  /** Key and value of each entry. */
  readonly table: readonly (readonly [Uint8Array, Uint8Array])[];
}

function words(rng: Random, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  for (let at = 0; at < bytes; at += 8) view.setBigUint64(at, edgeValue(rng), true);
  return new Uint8Array(view.buffer);
}

export function randomInput(rng: Random): DiffInput {
  const packet = Uint8Array.from({ length: 14 + rng.below(100) }, () => rng.below(256));
  // Neither IPv4 nor IPv6, whose headers the kernel reads before the program runs.
  packet.set([0x88, 0xb5], 12);
  return {
    packet,
    values: Array.from({ length: VALUES }, () => words(rng, VALUE_SIZE)),
    direct: words(rng, VALUE_SIZE),
    table: [1, 2, 4].map((key) => [Uint8Array.of(key, 0, 0, 0, 0, 0, 0, 0), words(rng, TABLE_VALUE_SIZE)]),
  };
}

/** All that a run shows, as text of one line each. */
export type Answer = readonly string[];

export type Named<M> = Readonly<Record<'values' | 'table' | 'result' | 'direct', M>>;
const INDICES = Array.from({ length: VALUES }, (_, index) => Uint8Array.of(index, 0, 0, 0));
const FIRST = Uint8Array.of(0, 0, 0, 0);
const NO_RESULT = new Uint8Array(RESULT_SIZE);

function keysOf(map: BackendMap): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (let key = map.nextKey(undefined); key; key = map.nextKey(key)) keys.push(key.slice());
  return keys;
}

export function fillMaps({ values, table, result, direct }: Named<BackendMap>, input: DiffInput): void {
  input.values.forEach((value, index) => {
    values.update(INDICES[index] as Uint8Array, value);
  });
  for (const key of keysOf(table)) table.delete(key);
  for (const [key, value] of input.table) table.update(key, value);
  result.update(FIRST, NO_RESULT);
  direct.update(FIRST, input.direct);
}

export function answerOf(run: TestRunResult, { values, table, result, direct }: Named<BackendMap>): Answer {
  const entries = keysOf(table).map((key) => `${toHex(key)}=${toHex(table.lookup(key))}`);
  return [
    `retval ${run.retval}, errno ${run.errno}`,
    `data_out ${toHex(run.dataOut)}`,
    `ctx_out ${run.ctxOut ? toHex(run.ctxOut) : 'none'}`,
    `values ${INDICES.map((key) => toHex(values.lookup(key))).join(' ')}`,
    `table ${entries.sort().join(' ')}`,
    `direct ${toHex(direct.lookup(FIRST))}`,
    `result ${toHex(result.lookup(FIRST))}`,
  ];
}
