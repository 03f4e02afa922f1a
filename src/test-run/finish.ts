/** The last step that all types share: the return value and the time. */
import type { TimedRun } from './run.ts';
import type { Outcome } from './send.ts';

export function testFinish(timed: TimedRun, out: Outcome): void {
  out.retval = timed.retval;
  out.duration = timed.duration;
}
