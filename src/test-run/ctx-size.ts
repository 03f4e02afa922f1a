/** The rule that contexts of no fixed size share: at least as long as the program touches, at most as the type allows. */
import { TestRunError } from '../errors.ts';
import type { Runnable } from '../load/runnable.ts';

/** @throws {@link TestRunError} EINVAL: the program touches more than there is, or there is more than `max`. */
export function refuseCtxSize(prog: Runnable, size: number, max: number): void {
  if (size > max) throw new TestRunError('ctx_size_in', `${size} bytes are more than ${max}`, 'EINVAL');
  const needed = prog.maxCtxOffset();
  if (size < needed)
    throw new TestRunError('ctx_size_in', `${size} bytes, the program touches the first ${needed}`, 'EINVAL');
}
