import { describe, expect, it } from 'vitest';
import { CTX_BASE, FAULT_HELPER, Machine, SKB_START, setSkbEnds } from '../machine/index.ts';
import { createMaps } from '../maps/index.ts';
import { MAP_TYPE, type ProgTypeName } from '../uapi/bpf.ts';
import { ERRNO } from '../uapi/errno.ts';
import { perfEventOutput, setPerfAttached } from './perf.ts';

const CURRENT_CPU = 0xffffffff;

function world(maxEntries = 4) {
  const machine = new Machine({ cpus: 2 });
  const maps = createMaps(machine, [
    { name: 'events', type: MAP_TYPE.perf_event_array, keySize: 4, valueSize: 4, maxEntries, flags: 0 },
    { name: 'other', type: MAP_TYPE.array, keySize: 4, valueSize: 4, maxEntries, flags: 0 },
  ]);
  const data = machine.alloc(8, 'data');
  machine.u8.set([1, 2, 3, 4, 5, 6, 7, 8], data);
  machine.u8.set([0xaa, 0xbb, 0xcc], SKB_START);
  setSkbEnds(machine, SKB_START, SKB_START + 3);
  machine.onFault = (kind, _pc, low, _high, _size, rule) => {
    throw new Error(`fault ${kind} at ${low >>> 0}: ${rule}`);
  };
  const header = (name: string): number => maps.byName(name)?.address ?? 0;
  const output = (flags: number, high = 0, size = 8, map = 'events', progType: ProgTypeName = 'sched_cls') =>
    'js' in perfEventOutput.call
      ? perfEventOutput.call.js({ machine, maps, progType }, CTX_BASE, header(map), flags, high, data, size)
      : Number.NaN;
  return { machine, output, header };
}

describe('bpf_perf_event_output', () => {
  it("sends a copy of the data to the running CPU's buffer", () => {
    const { machine, output } = world();
    machine.setCpu(1);
    expect(output(CURRENT_CPU)).toBe(0);
    expect(output(1, 0, 2)).toBe(0);
    expect(output(1, 0, 0)).toBe(0);
    expect(machine.events.perf).toEqual([
      { map: 'events', cpu: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      { map: 'events', cpu: 1, data: Uint8Array.of(1, 2) },
      { map: 'events', cpu: 1, data: new Uint8Array(0) },
    ]);
  });

  it('appends as much of the packet as bits 32-51 of flags say', () => {
    const { machine, output } = world();
    expect(output(CURRENT_CPU, 2, 1)).toBe(0);
    expect(machine.events.perf[0]?.data).toEqual(Uint8Array.of(1, 0xaa, 0xbb));
    expect(output(CURRENT_CPU, 4, 1)).toBe(-ERRNO.EFAULT);
    expect(output(CURRENT_CPU, 1 << 20, 1)).toBe(-ERRNO.EINVAL);
  });

  it('knows no packet where the context is none', () => {
    expect(world().output(CURRENT_CPU, 1, 8, 'events', 'raw_tracepoint')).toBe(-ERRNO.EINVAL);
  });

  it("refuses another CPU's buffer, a CPU that there is not, and an index past the end", () => {
    const { output } = world();
    expect([output(1), output(2), output(3), output(4)]).toEqual([
      -ERRNO.EOPNOTSUPP,
      -ERRNO.ENOENT,
      -ERRNO.ENOENT,
      -ERRNO.E2BIG,
    ]);
  });

  it('has no buffer where the user side opened none, as in a test run of the kernel', () => {
    const { machine, output, header } = world();
    setPerfAttached(machine, header('events'), false);
    expect([output(CURRENT_CPU), output(1), output(4)]).toEqual([-ERRNO.ENOENT, -ERRNO.ENOENT, -ERRNO.E2BIG]);
    setPerfAttached(machine, header('events'), true);
    expect(output(CURRENT_CPU)).toBe(0);
  });

  it('ends the run when the map is of another type', () => {
    const { output, header } = world();
    expect(() => output(CURRENT_CPU, 0, 8, 'other')).toThrow(
      `fault ${FAULT_HELPER} at ${header('other')}: map is no perf_event_array`,
    );
  });
});
