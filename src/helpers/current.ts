/** The calling task, as the world of the simulation sets it: nothing here comes from the host. */
import { encodeUtf8 } from '../host.ts';
import { defineHelper, int, memWrite, size } from './define-helper.ts';
import { returnU64 } from './result.ts';

/** Who runs the program. */
export interface Task {
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  /** Name, at most 15 bytes. */
  readonly comm: string;
  /** Id of the cgroup, which is its own ancestor at level 0. The root is 1. */
  readonly cgroupId: number;
}

export const DEFAULT_TASK: Task = { pid: 1, tgid: 1, uid: 0, gid: 0, comm: 'bpfrun', cgroupId: 1 };

const TASK_COMM_LEN = 16;

/** `comm` as a task carries it: cut to 15 bytes. */
function commBytes(comm: string): Uint8Array {
  return encodeUtf8(comm).subarray(0, TASK_COMM_LEN - 1);
}

export const getCurrentPidTgid = defineHelper({
  id: 14,
  name: 'bpf_get_current_pid_tgid',
  args: [],
  returns: 'u64',
  doc: 'Process id in the upper, thread id in the lower 32 bits.',
  call: (vm) => returnU64(vm, (vm.task ?? DEFAULT_TASK).pid, (vm.task ?? DEFAULT_TASK).tgid),
});

export const getCurrentUidGid = defineHelper({
  id: 15,
  name: 'bpf_get_current_uid_gid',
  args: [],
  returns: 'u64',
  doc: 'Group id in the upper, user id in the lower 32 bits.',
  call: (vm) => returnU64(vm, (vm.task ?? DEFAULT_TASK).uid, (vm.task ?? DEFAULT_TASK).gid),
});

export const getCurrentComm = defineHelper({
  id: 16,
  name: 'bpf_get_current_comm',
  args: [memWrite('buf', { arg: 1 }), size('size_of_buf')],
  returns: 'int',
  doc: "Copies the task's name, cut to the buffer and followed by zeros; 0.",
  call({ machine, task }, buf, length) {
    const text = commBytes((task ?? DEFAULT_TASK).comm).subarray(0, Math.max(length - 1, 0));
    const start = buf >>> 0;
    machine.u8.fill(0, start, start + length);
    machine.u8.set(text, start);
    return 0;
  },
});

export const getCurrentCgroupId = defineHelper({
  id: 80,
  name: 'bpf_get_current_cgroup_id',
  args: [],
  returns: 'u64',
  doc: "Id of the task's cgroup.",
  call(vm) {
    const { cgroupId } = vm.task ?? DEFAULT_TASK;
    return returnU64(vm, cgroupId % 0x1_0000_0000, Math.floor(cgroupId / 0x1_0000_0000));
  },
});

export const getCurrentAncestorCgroupId = defineHelper({
  id: 123,
  name: 'bpf_get_current_ancestor_cgroup_id',
  args: [int('ancestor_level')],
  returns: 'u64',
  doc: 'Id of the ancestor cgroup at a level, 0 for a level that there is not; the task is at level 0.',
  call(vm, level) {
    const cgroupId = level === 0 ? (vm.task ?? DEFAULT_TASK).cgroupId : 0;
    return returnU64(vm, cgroupId % 0x1_0000_0000, Math.floor(cgroupId / 0x1_0000_0000));
  },
});

export const currentHelpers = [
  getCurrentPidTgid,
  getCurrentUidGid,
  getCurrentComm,
  getCurrentCgroupId,
  getCurrentAncestorCgroupId,
] as const;
