/**
 * Reads of memory that may not be there. The machine's memory is the kernel's, and there is no user memory: what is not
 * readable fails as it does on an x86-64 kernel.
 */
import { type Machine, SHADOW_READ, STACK_BASE } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Helper } from './define.ts';
import { defineHelper, memWrite, sizeOrZero, u64 } from './define-helper.ts';
import type { Vm } from './vm.ts';

const args = [memWrite('dst', { arg: 1 }), sizeOrZero('size'), u64('unsafe_ptr')] as const;

/** A 64-bit address by what x86-64 takes it for; this machine's own memory stands for mapped and unmapped kernel memory. */
function isKernelAddress({ limit }: Machine, low: number, high: number): boolean {
  return high === 0 ? low >>> 0 >= STACK_BASE && low >>> 0 < limit : high >>> 0 >= 0xffff8000;
}

/** The lower canonical half, 47 bits, as far as it is not the machine's own memory. */
function isUserAddress(machine: Machine, low: number, high: number): boolean {
  return high >>> 0 < 0x8000 && !isKernelAddress(machine, low, high);
}

function isReadable(machine: Machine, low: number, high: number, size: number): boolean {
  return machine.runtime['check_range']?.(low, high, size, SHADOW_READ) === 1;
}

function fail(machine: Machine, dst: number, size: number, errno: 'EFAULT' | 'ERANGE'): number {
  machine.u8.fill(0, dst, dst + size);
  return -ERRNO[errno];
}

/** Copies all of it, or zeroes `dst` and fails. */
function readKernel(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const to = dst >>> 0;
  if (!isKernelAddress(machine, low, high)) return fail(machine, to, size, 'ERANGE');
  if (size === 0) return 0;
  if (!isReadable(machine, low, high, size)) return fail(machine, to, size, 'EFAULT');
  machine.u8.copyWithin(to, low >>> 0, (low >>> 0) + size);
  return 0;
}

/** Copies up to the NUL, or zeroes `dst` and fails; how many bytes it wrote, the NUL included. */
function readKernelString(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const { u8 } = machine;
  const to = dst >>> 0;
  const from = low >>> 0;
  if (size === 0) return 0;
  if (!isKernelAddress(machine, low, high)) return fail(machine, to, size, 'ERANGE');
  for (let i = 0; i < size; i++) {
    if (!isReadable(machine, from + i, high, 1)) return fail(machine, to, size, 'EFAULT');
    const byte = u8[from + i] ?? 0;
    u8[to + i] = i === size - 1 ? 0 : byte;
    if (byte === 0) return i + 1;
  }
  return size;
}

/** There is no user memory: only nothing at all can be read from it. */
function readUser(machine: Machine, dst: number, size: number, low: number, high: number): number {
  if (size === 0 && isUserAddress(machine, low, high)) return 0;
  return fail(machine, dst >>> 0, size, 'EFAULT');
}

function readUserString(machine: Machine, dst: number, size: number): number {
  return size === 0 ? 0 : fail(machine, dst >>> 0, size, 'EFAULT');
}

/** By the address, user or kernel memory, as on all machines where the two do not overlap. */
function readAny(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const read = isUserAddress(machine, low, high) ? readUser : readKernel;
  return read(machine, dst, size, low, high);
}

function readAnyString(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const read = isUserAddress(machine, low, high) ? readUserString : readKernelString;
  return read(machine, dst, size, low, high);
}

const errors = {
  EFAULT: 'nothing readable lies there, and `dst` is zeroed',
  ERANGE: 'no address of the kernel, and `dst` is zeroed',
} as const;

function probe(id: number, name: string, doc: string, call: typeof readKernel): Helper<Vm> {
  return defineHelper({
    id,
    name,
    args,
    returns: 'int',
    gplOnly: true,
    doc,
    errors,
    call: ({ machine }, dst, size, low, high) => call(machine, dst, size, low, high),
  });
}

const MEMORY = 'Copies `size` bytes of kernel memory to `dst`; 0.';
const STRING = 'Copies a string of kernel memory, cut and ended by a NUL; bytes written.';
const USER = 'Copies user memory, of which there is none.';

export const probeHelpers: readonly Helper<Vm>[] = [
  probe(4, 'bpf_probe_read', MEMORY, readAny),
  probe(45, 'bpf_probe_read_str', STRING, readAnyString),
  probe(112, 'bpf_probe_read_user', USER, readUser),
  probe(113, 'bpf_probe_read_kernel', MEMORY, readKernel),
  probe(114, 'bpf_probe_read_user_str', USER, readUserString),
  probe(115, 'bpf_probe_read_kernel_str', STRING, readKernelString),
];
