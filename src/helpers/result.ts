/** What TypeScript helpers return: negative errno numbers and 64-bit results in two halves. */
import { CELL_RETURN_HI } from '../machine/index.ts';
import { ERRNO, type Errno } from '../uapi/errno.ts';
import type { Vm } from './vm.ts';

/** The number that a helper returns for `errno`: -22 for EINVAL. */
export function negative(errno: Errno): number {
  return -ERRNO[errno];
}

/** Result of a helper that `returns: 'u64'`: the upper half goes through CELL_RETURN_HI. */
export function returnU64(vm: Vm, low: number, high: number): number {
  vm.machine.i32[CELL_RETURN_HI >> 2] = high;
  return low | 0;
}
