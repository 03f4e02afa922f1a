/** Records that a program sends: handed out once, with the run that sent them. */
import { describe, expect, it } from 'vitest';
import { load } from '../src/index.ts';
import { assemble } from '../src/isa/index.ts';
import { type RawMap, rawObject } from '../src/object/index.ts';
import { simBackend } from '../src/test-run/index.ts';
import { callText } from './truth-cases/calls.ts';

const MAPS: readonly RawMap[] = [
  { name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 },
  { name: 'events', type: 'perf_event_array', valueSize: 4, maxEntries: 2 },
  { name: 'in', type: 'array', valueSize: 8, data: new Uint8Array(8).fill(7) },
];
const names = MAPS.map(({ name }) => name);
const spec = rawObject({
  progType: 'xdp',
  maps: MAPS,
  insns: assemble(
    `r6 = r1
    ${callText(['ringbuf_output', 'map ring', 'in+0', 8, 0])}
    ${callText(['perf_event_output', 'ctx', 'map events', 0xffffffffn, 'in+0', 8])}
    exit`,
    { mapIndex: (name) => names.indexOf(name) },
  ),
});
const data = new Uint8Array(8).fill(7);
const dataIn = new Uint8Array(64);

describe('effects', () => {
  it('hold each ring buffer record once, and the next run finds the buffer empty', () => {
    const program = load(spec).program();
    // 16 bytes a record: without a reader 4096 would be full after 256
    for (let i = 0; i < 300; i++) {
      expect(program.testRun({ dataIn }).effects?.ring).toEqual([{ map: 'ring', data }]);
    }
  });

  it('hold perf records by default, as somebody reads every CPU', () => {
    const { retval, effects } = load(spec).program().testRun({ dataIn });
    expect([retval, effects?.perf]).toEqual([0, [{ map: 'events', cpu: 0, data }]]);
  });

  it('hold none with perfReaders: false, where the helper gives ENOENT as in the test run of a kernel', () => {
    const { retval, effects } = load(spec, { backend: simBackend({ perfReaders: false }) })
      .program()
      .testRun({ dataIn });
    expect([retval | 0, effects?.perf]).toEqual([-2, []]);
  });
});
