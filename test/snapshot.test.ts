/** snapshot() and restore() cover all state: what follows a restore is what followed the snapshot. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isBpfError } from '../src/errors.ts';
import { assemble } from '../src/isa/index.ts';
import { type RawMap, rawObject } from '../src/object/index.ts';
import type { BackendObject } from '../src/test-run/backend.ts';
import { simulated } from './backends.ts';
import { callText } from './truth-cases/calls.ts';

const key = { keySize: 4, valueSize: 8, maxEntries: 3 };
const MAPS: readonly RawMap[] = [
  { name: 'hash', type: 'hash', ...key },
  { name: 'lru', type: 'lru_hash', ...key },
  { name: 'percpu', type: 'percpu_hash', ...key },
  { name: 'trie', type: 'lpm_trie', ...key, keySize: 8, flags: 1 },
  { name: 'array', type: 'array', ...key },
  { name: 'queue', type: 'queue', ...key, keySize: 0 },
  { name: 'devices', type: 'devmap_hash', ...key, valueSize: 4 },
  { name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 },
  { name: 'in', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1 },
];

/** Chance and the clock decide what it stores; its packet decides nothing. */
const PROGRAM = `
  ${callText(['get_prandom_u32'])}
  r6 = r0
  r7 = map[in][0]+0
  r0 &= 7
  *(u32 *)(r7 +0) = r0
  ${callText(['ktime_get_ns'])}
  *(u64 *)(r7 +8) = r0
  ${callText(['map_update_elem', 'map hash', 'in+0', 'in+8', 0])}
  ${callText(['map_update_elem', 'map lru', 'in+0', 'in+8', 0])}
  ${callText(['map_update_elem', 'map percpu', 'in+0', 'in+8', 0])}
  ${callText(['map_push_elem', 'map queue', 'in+8', 0])}
  ${callText(['ringbuf_output', 'map ring', 'in+0', 16, 0])}
  r0 = r6
  exit`;

type Op =
  | { readonly op: 'run' }
  | { readonly op: 'update' | 'delete' | 'lookup' | 'take'; readonly map: number; readonly key: number }
  | { readonly op: 'time'; readonly value: number }
  | { readonly op: 'device'; readonly value: number };

const operation: fc.Arbitrary<Op> = fc.oneof(
  fc.constant({ op: 'run' } as const),
  fc.record({
    op: fc.constantFrom('update', 'delete', 'lookup', 'take'),
    map: fc.nat(MAPS.length - 2),
    key: fc.nat(5),
  }),
  fc.record({ op: fc.constant('time'), value: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ op: fc.constant('device'), value: fc.integer({ min: 1, max: 9 }) }),
);

function perform(object: BackendObject, op: Op): unknown {
  const machine = object.simulation?.machine;
  if (op.op === 'run') {
    const { retval, effects } = object.program('prog').testRun({ dataIn: new Uint8Array(64) });
    return [retval, effects];
  }
  if (op.op === 'time') return machine?.setTime(op.value * 1000);
  if (op.op === 'device') return machine?.devices.add({ name: `eth${op.value}`, ifindex: op.value });
  const map = object.maps[op.map];
  if (!map) throw new Error(`no map ${op.map}`);
  const keyBytes = new Uint8Array(map.keySize);
  if (map.keySize > 0) keyBytes[0] = op.key;
  switch (op.op) {
    case 'update':
      return map.update(keyBytes, new Uint8Array(map.userValueSize).fill(op.key));
    case 'delete':
      return map.delete(keyBytes);
    case 'lookup':
      return map.lookup(keyBytes);
    case 'take':
      return map.lookupAndDelete(keyBytes);
  }
}

/** What each operation answers, errors by errno. */
function play(object: BackendObject, ops: readonly Op[]): unknown[] {
  return ops.map((op) => {
    try {
      return perform(object, op);
    } catch (error) {
      if (isBpfError(error) && error.errno) return error.errno;
      throw error;
    }
  });
}

it('restore() gives the same state, and the same operations then the same answers and state', () => {
  const names = MAPS.map(({ name }) => name ?? '');
  const insns = assemble(PROGRAM, { mapIndex: (name) => names.indexOf(name) });
  const spec = rawObject({ progType: 'xdp', insns, maps: MAPS });
  const many = fc.array(operation, { maxLength: 40 });
  const check = (before: Op[], after: Op[]): void => {
    const object = simulated(2).load(spec);
    const { simulation } = object;
    if (!simulation) throw new Error('not simulated');
    const devices = (): unknown => [...simulation.machine.devices];
    play(object, before);
    const kept = simulation.snapshot();
    const there = devices();
    const answers = play(object, after);
    const end = simulation.snapshot();
    simulation.restore(kept);
    expect(simulation.snapshot()).toEqual(kept);
    expect(devices()).toEqual(there);
    expect(play(object, after)).toEqual(answers);
    expect(simulation.snapshot()).toEqual(end);
  };
  fc.assert(fc.property(many, many, check), {
    seed: 3,
    numRuns: 60,
    examples: [
      [
        [],
        [
          { op: 'device', value: 5 },
          { op: 'update', map: 6, key: 5 },
        ],
      ],
    ],
  });
});
