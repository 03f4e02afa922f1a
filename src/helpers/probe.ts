/**
 * Reads of memory that may not be there. The machine's memory is the kernel's, and there is no user memory: what is not
 * readable fails as it does on an x86-64 kernel.
 */
import { type Machine, SHADOW_READ } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Helper } from './define.ts';
import { defineHelper, memWrite, sizeOrZero, u64 } from './define-helper.ts';
import type { Vm } from './vm.ts';

const args = [memWrite('dst', { arg: 1 }), sizeOrZero('size'), u64('unsafe_ptr')] as const;

/** -ERANGE for what cannot be a kernel address, -EFAULT for a kernel address where nothing lies. */
function kernelErrno(high: number): number {
  return high >>> 0 >= 0xffff8000 ? -ERRNO.EFAULT : -ERRNO.ERANGE;
}

function isReadable(machine: Machine, low: number, high: number, size: number): boolean {
  return machine.runtime['check_range']?.(low, high, size, SHADOW_READ) === 1;
}

/** Copies all of it, or zeroes `dst` and fails. */
function readKernel(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const to = dst >>> 0;
  if (isReadable(machine, low, high, size)) {
    machine.u8.copyWithin(to, low >>> 0, (low >>> 0) + size);
    return 0;
  }
  machine.u8.fill(0, to, to + size);
  return kernelErrno(high);
}

/** Copies up to the NUL, or zeroes `dst` and fails; how many bytes it wrote, the NUL included. */
function readKernelString(machine: Machine, dst: number, size: number, low: number, high: number): number {
  const { u8 } = machine;
  const to = dst >>> 0;
  const from = low >>> 0;
  for (let i = 0; i < size; i++) {
    if (!isReadable(machine, from + i, high, 1)) {
      u8.fill(0, to, to + size);
      return kernelErrno(high);
    }
    const byte = u8[from + i] ?? 0;
    u8[to + i] = i === size - 1 ? 0 : byte;
    if (byte === 0) return i + 1;
  }
  return size;
}

/** There is no user memory. */
function readUser(machine: Machine, dst: number, size: number): number {
  if (size === 0) return 0;
  machine.u8.fill(0, dst >>> 0, (dst >>> 0) + size);
  return -ERRNO.EFAULT;
}

const errors = {
  EFAULT: 'nothing readable lies there; `dst` is zeroed',
  ERANGE: 'no address of the kernel; `dst` is zeroed',
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
  probe(4, 'bpf_probe_read', MEMORY, readKernel),
  probe(45, 'bpf_probe_read_str', STRING, readKernelString),
  probe(112, 'bpf_probe_read_user', USER, readUser),
  probe(113, 'bpf_probe_read_kernel', MEMORY, readKernel),
  probe(114, 'bpf_probe_read_user_str', USER, readUser),
  probe(115, 'bpf_probe_read_kernel_str', STRING, readKernelString),
];
