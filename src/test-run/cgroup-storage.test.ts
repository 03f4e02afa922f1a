import { describe, expect, it } from 'vitest';
import { callHelper } from '../../test/call-helper.ts';
import { fakeProgram, PKT } from '../../test/fake-program.ts';
import type { Machine } from '../machine/index.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import { testRun } from './index.ts';

/** A cgroup_skb program that counts in the storage of a map of this type. The map itself cannot be created yet. */
function counter(type: number) {
  const prog = fakeProgram('cgroup_skb', (machine: Machine) => {
    const address = callHelper(machine, 'cgroup_skb', 'get_local_storage', header, 0);
    expect(machine.u8[machine.limit + address]).toBe(0x43);
    const count = (machine.u32[address >> 2] ?? 0) + 1;
    machine.u32[address >> 2] = count;
    return count;
  });
  const { machine } = prog;
  const header = machine.alloc(256, 'a header');
  const set = (offset: number, value: number): void => {
    machine.u32[(header + offset) >> 2] = value;
  };
  const maps = { all: [{ type, name: 'storage', valueSize: 4, address: header, set }] } as never;
  return { ...prog, vm: { ...prog.vm, maps } };
}

// [K] test-run.md 3.6
describe.each([MAP_TYPE.cgroup_storage, MAP_TYPE.percpu_cgroup_storage])(
  'cgroup storage of map type %i',
  (type) => {
    it('is zero at each run and kept over its repetitions', () => {
      const prog = counter(type);
      expect(testRun(prog, { dataIn: PKT }).retval).toBe(1);
      expect(testRun(prog, { dataIn: PKT, repeat: 5 }).retval).toBe(5);
      expect(testRun(prog, { dataIn: PKT }).retval).toBe(1);
    });

    it('is given back after the run', () => {
      const prog = counter(type);
      const before = prog.machine.heap.blocks.length;
      testRun(prog, { dataIn: PKT });
      expect(prog.machine.heap.blocks).toHaveLength(before);
    });
  },
);
