/** What a program type's test run consists of. */
import type { Runnable } from '../load/runnable.ts';
import type { Replay } from './backend.ts';
import type { Outcome } from './send.ts';
import type { UserAttr } from './user-attr.ts';

export interface Runner {
  /** One BPF_PROG_TEST_RUN. @throws TestRunError where the kernel refuses `attr`, FaultError. */
  run(prog: Runnable, attr: UserAttr): Outcome;
  /** Many packets without context on reused buffers; absent for a type whose input is no packet. */
  createReplay?(prog: Runnable): Replay;
}
