import { describe, expect, it } from 'vitest';
import { callHelper } from '../../test/call-helper.ts';
import {
  CELL_BOOT_OFFSET,
  CELL_RETURN_HI,
  CELL_TAI_OFFSET,
  FAULT_ARG_WRITE,
  FAULT_DEPTH,
  FAULT_HELPER,
  JIFFIES_AT_BOOT,
  LAST_FP,
  Machine,
  SHADOW_READ,
  SHADOW_WRITE,
  TICK_NS,
} from '../machine/index.ts';
import { DEFAULT_TASK, getCurrentComm, getCurrentPidTgid, getCurrentUidGid, type Task } from './current.ts';
import type { Vm } from './vm.ts';

type Wide = (...args: (number | bigint)[]) => bigint;
const wide = ({ runtime }: Machine, name: string): Wide => runtime[name] as unknown as Wide;

/** Faults become errors with their kind and address. */
function withFaults(machine: Machine): Machine {
  machine.onFault = (kind, _pc, low, _high, _size, rule) => {
    throw new Error(`fault ${kind} at ${low >>> 0}${rule ? `: ${rule}` : ''}`);
  };
  return machine;
}

describe('the clock', () => {
  it('stands still by default and is one second after boot', () => {
    const machine = new Machine();
    expect(wide(machine, 'ktime_get_ns')()).toBe(1_000_000_000n);
    expect(wide(machine, 'ktime_get_ns')()).toBe(1_000_000_000n);
  });

  it('moves on by timeStepNs with each reading, whichever helper reads it', () => {
    const machine = new Machine({ timeNs: 5n, timeStepNs: 10 });
    const names = ['ktime_get_ns', 'ktime_get_boot_ns', 'ktime_get_tai_ns', 'ktime_get_ns'];
    expect(names.map((name) => wide(machine, name)())).toEqual([5n, 15n, 25n, 35n]);
  });

  it('adds the offsets of boot time and TAI', () => {
    const machine = new Machine({ timeNs: 100n });
    machine.view.setBigUint64(CELL_BOOT_OFFSET, 7n, true);
    machine.view.setBigUint64(CELL_TAI_OFFSET, 37_000_000_000n, true);
    expect(wide(machine, 'ktime_get_boot_ns')()).toBe(107n);
    expect(wide(machine, 'ktime_get_tai_ns')()).toBe(37_000_000_100n);
  });

  it('is cut to ticks by bpf_ktime_get_coarse_ns and counted in them by bpf_jiffies64', () => {
    const machine = new Machine({ timeNs: 3n * BigInt(TICK_NS) + 1n });
    expect(wide(machine, 'ktime_get_coarse_ns')()).toBe(3n * BigInt(TICK_NS));
    expect(wide(machine, 'jiffies64')()).toBe(BigInt(JIFFIES_AT_BOOT) + 3n);
  });
});

describe('bpf_get_prandom_u32', () => {
  const numbers = (seed: number, count: number): bigint[] => {
    const machine = new Machine({ seed });
    return Array.from({ length: count }, () => wide(machine, 'get_prandom_u32')());
  };

  it('gives equal sequences for equal seeds and others for other seeds', () => {
    expect(numbers(7, 20)).toEqual(numbers(7, 20));
    expect(numbers(7, 20)).not.toEqual(numbers(8, 20));
  });

  it('uses all 32 bits evenly', () => {
    const sample = numbers(1, 4096);
    expect(new Set(sample).size).toBe(4096);
    for (let bit = 0n; bit < 32n; bit++) {
      const ones = sample.filter((value) => (value >> bit) & 1n).length;
      expect(Math.abs(ones - 2048)).toBeLessThan(200);
    }
  });

  it('goes on from a snapshot as it did the first time', () => {
    const machine = new Machine();
    const snapshot = machine.snapshot();
    const first = [wide(machine, 'get_prandom_u32')(), wide(machine, 'get_prandom_u32')()];
    machine.restore(snapshot);
    expect([wide(machine, 'get_prandom_u32')(), wide(machine, 'get_prandom_u32')()]).toEqual(first);
  });
});

describe('bpf_get_smp_processor_id', () => {
  it('is the CPU that was set, on NUMA node 0', () => {
    const machine = new Machine({ cpus: 4 });
    machine.setCpu(3);
    expect(callHelper(machine, 'xdp', 'get_smp_processor_id')).toBe(3);
    expect(callHelper(machine, 'xdp', 'get_numa_node_id')).toBe(0);
  });
});

describe('bpf_spin_lock', () => {
  const lockIn = (machine: Machine): number => {
    const address = machine.alloc(8, 'lock');
    machine.allow(address, 8, SHADOW_READ | SHADOW_WRITE, 4);
    return address;
  };

  it('stores 1 while it is held', () => {
    const machine = withFaults(new Machine());
    const lock = lockIn(machine);
    callHelper(machine, 'xdp', 'spin_lock', lock);
    expect(machine.view.getUint32(lock, true)).toBe(1);
    callHelper(machine, 'xdp', 'spin_unlock', lock);
    expect(machine.view.getUint32(lock, true)).toBe(0);
  });

  it('ends the run that takes it twice, releases it twice, or has no lock at all', () => {
    const machine = withFaults(new Machine());
    const lock = lockIn(machine);
    expect(() => callHelper(machine, 'xdp', 'spin_unlock', lock)).toThrow(`fault ${FAULT_HELPER} at ${lock}`);
    callHelper(machine, 'xdp', 'spin_lock', lock);
    expect(() => callHelper(machine, 'xdp', 'spin_lock', lock)).toThrow(`fault ${FAULT_HELPER} at ${lock}`);
    expect(() => callHelper(machine, 'xdp', 'spin_lock', 0)).toThrow(`fault ${FAULT_ARG_WRITE} at 0`);
  });
});

describe('bpf_loop', () => {
  it('ends the run when the callback has no frame left', () => {
    const machine = withFaults(new Machine());
    const loop = wide(machine, 'bpf_loop');
    expect(() => loop(1n, 1, 0n, 0n, LAST_FP)).toThrow(`fault ${FAULT_DEPTH}`);
    expect(loop(1n, 1, 0n, 1n, LAST_FP)).toBe(-22);
  });
});

describe('the calling task', () => {
  const machine = new Machine();
  const call = (helper: typeof getCurrentComm, task: Task | undefined, ...args: number[]): number[] => {
    const vm: Vm = { machine, maps: undefined as never, progType: 'xdp', task };
    const low = 'js' in helper.call ? helper.call.js(vm, ...args) : Number.NaN;
    return [low, machine.view.getInt32(CELL_RETURN_HI, true)];
  };
  const task: Task = { ...DEFAULT_TASK, pid: 12, tgid: 11, uid: 1000, gid: 100, comm: 'a-very-long-command' };

  it('has the thread id in the lower and the process id in the upper half', () => {
    expect(call(getCurrentPidTgid, task)).toEqual([12, 11]);
    expect(call(getCurrentPidTgid, undefined)).toEqual([1, 1]);
  });

  it('has the user id in the lower and the group id in the upper half', () => {
    expect(call(getCurrentUidGid, task)).toEqual([1000, 100]);
  });

  it('has a name of 15 bytes at most, cut to the buffer and padded with zeros', () => {
    const buffer = machine.alloc(32, 'comm');
    const comm = (size: number): string => {
      machine.u8.fill(0x2e, buffer, buffer + 32);
      call(getCurrentComm, task, buffer, size);
      return Buffer.from(machine.u8.subarray(buffer, buffer + 24)).toString('latin1');
    };
    expect(comm(16)).toBe('a-very-long-com\0........');
    expect(comm(20)).toBe('a-very-long-com\0\0\0\0\0....');
    expect(comm(4)).toBe('a-v\0....................');
    expect(comm(1)).toBe('\0.......................');
  });

  it('is in the root cgroup, at level 0', () => {
    expect(callHelper(machine, 'xdp', 'get_current_cgroup_id')).toBe(1);
    expect(callHelper(machine, 'xdp', 'get_current_ancestor_cgroup_id', 0)).toBe(1);
    expect(callHelper(machine, 'xdp', 'get_current_ancestor_cgroup_id', 1)).toBe(0);
  });
});
