/**
 * What programs of perf events may ask of their event. It is made up for the test run: the counter's value is data_in,
 * and there was neither a branch stack nor a call chain in the sample. Behind the registers lies no stack to walk.
 */
import { CTX_BASE, PERF_CS, PERF_EFLAGS, PERF_RIP, PERF_VALUE, PERF_VALUE_SIZE } from '../machine/index.ts';
import { ctx, defineHelper, memWrite, memWriteOrNull, size, sizeOrZero, u64 } from './define-helper.ts';
import { negative, returnU64 } from './result.ts';
import type { Vm } from './vm.ts';

const BPF_F_GET_BRANCH_RECORDS_SIZE = 1;
const BPF_F_SKIP_FIELD_MASK = 0xff;
const BPF_F_USER_STACK = 0x100;
const BPF_F_USER_BUILD_ID = 0x800;
/** sysctl kernel.perf_event_max_stack. */
const MAX_STACK = 127;
/** X86_EFLAGS_FIXED: set in registers that the CPU saved, and no others. */
const EFLAGS_FIXED = 2;
/** X86_EFLAGS_VM and perf's own mark of it. */
const EFLAGS_VM = (1 << 17) | (1 << 5);
/** sizeof(struct bpf_stack_build_id), and its status when only the address is known. */
const BUILD_ID_SIZE = 32;
const BPF_STACK_BUILD_ID_IP = 2;

export const perfProgReadValue = defineHelper({
  id: 56,
  name: 'bpf_perf_prog_read_value',
  args: [ctx, memWrite('buf', { arg: 2 }), size('buf_size')],
  returns: 'int',
  gplOnly: true,
  doc: "Copies counter, time enabled and time running of the program's event: in a test run, data_in.",
  errors: { EINVAL: 'buf_size is not 24; `buf` is zeroed' },
  call({ machine }, _ctx, buf, length) {
    const { u8 } = machine;
    const to = buf >>> 0;
    if (length !== PERF_VALUE_SIZE) {
      u8.fill(0, to, to + length);
      return negative('EINVAL');
    }
    u8.copyWithin(to, CTX_BASE + PERF_VALUE, CTX_BASE + PERF_VALUE + PERF_VALUE_SIZE);
    return 0;
  },
});

export const readBranchRecords = defineHelper({
  id: 119,
  name: 'bpf_read_branch_records',
  args: [ctx, memWriteOrNull('buf', { arg: 2 }), sizeOrZero('size'), u64('flags')],
  returns: 'int',
  gplOnly: true,
  doc: "Copies the sample's branch stack; there is none in a test run.",
  errors: { EINVAL: 'unknown flag', ENOENT: 'the sample has no branch stack' },
  call: (_vm, _ctx, _buf, _size, flags, flagsHigh) =>
    negative(flags & ~BPF_F_GET_BRANCH_RECORDS_SIZE || flagsHigh ? 'EINVAL' : 'ENOENT'),
});

/** How many addresses the call chain of the supplied registers has: the instruction pointer, or nothing. */
function chainLength({ machine }: Vm, user: boolean, depth: number): number {
  const flags = machine.u32[(CTX_BASE + PERF_EFLAGS) >> 2] ?? 0;
  const userMode = ((machine.u32[(CTX_BASE + PERF_CS) >> 2] ?? 0) & 3) !== 0;
  // registers of the kernel with BPF_F_USER_STACK stand for the task's own, and the task of a test run has none
  const known = user ? userMode && (flags & EFLAGS_VM) === 0 : !userMode && (flags & EFLAGS_FIXED) !== 0;
  return known && depth > 0 ? 1 : 0;
}

export const getStack = defineHelper({
  id: 67,
  name: 'bpf_get_stack',
  args: [ctx, memWrite('buf', { arg: 2 }), sizeOrZero('size'), u64('flags')],
  returns: 'int',
  gplOnly: true,
  onlyFor: { types: ['perf_event'], reason: 'no kernel stack in the simulated kernel' },
  doc: 'Copies the call chain of the registers, and returns its bytes. With registers that were made up it is their instruction pointer: of the kernel when rflags has bit 1, of the user with BPF_F_USER_STACK.',
  errors: {
    EINVAL: 'unknown flag, BPF_F_USER_BUILD_ID without BPF_F_USER_STACK, or size no multiple of an entry',
    EFAULT: 'fewer addresses than are to be skipped',
  },
  call(vm, _ctx, buf, length, flags, flagsHigh) {
    const { u8, view } = vm.machine;
    const to = buf >>> 0;
    const skip = flags & BPF_F_SKIP_FIELD_MASK;
    const user = (flags & BPF_F_USER_STACK) !== 0;
    const buildId = (flags & BPF_F_USER_BUILD_ID) !== 0;
    const entry = buildId ? BUILD_ID_SIZE : 8;
    u8.fill(0, to, to + length);
    const known = BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID;
    if (flags & ~known || flagsHigh || (buildId && !user) || length % entry) return negative('EINVAL');
    const found = chainLength(vm, user, Math.min(length / entry + skip, MAX_STACK));
    if (found < skip) return negative('EFAULT');
    if (found === skip) return 0;
    const rip = CTX_BASE + PERF_RIP;
    u8.copyWithin(to + entry - 8, rip, rip + 8);
    if (buildId) view.setInt32(to, BPF_STACK_BUILD_ID_IP, true);
    return entry;
  },
});

export const getAttachCookie = defineHelper({
  id: 174,
  name: 'bpf_get_attach_cookie',
  args: [ctx],
  returns: 'u64',
  onlyFor: { types: ['perf_event'], reason: 'nothing is attached in the simulated kernel' },
  doc: "The cookie of the event's link: 0, as no link attached the event of a test run.",
  call: (vm) => returnU64(vm, 0, 0),
});

export const perfEventHelpers = [perfProgReadValue, readBranchRecords, getStack, getAttachCookie] as const;
