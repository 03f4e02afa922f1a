/** BPF_PROG_TEST_RUN by program type. */
import { UnsupportedError } from '../errors.ts';
import type { Extension, Runnable } from '../load/runnable.ts';
import { hasKernelTestRun } from '../prog-types/index.ts';
import { PROG_TYPE, type ProgTypeName } from '../uapi/bpf.ts';
import type { TestRunAttr, TestRunResult } from './attr.ts';
import type { Replay } from './backend.ts';
import { flowDissectorRunner } from './flow-dissector.ts';
import { netfilterRunner } from './netfilter.ts';
import { perfEventRunner } from './perf-event.ts';
import { rawTracepointRunner } from './raw-tp.ts';
import type { Runner } from './runner.ts';
import { skLookupRunner } from './sk-lookup.ts';
import { skbRunner } from './skb.ts';
import { syscallRunner } from './syscall.ts';
import { userAttr } from './user-attr.ts';
import { xdpRunner } from './xdp.ts';

/** Types without an entry have no test run, or none here yet. */
export const runners: Readonly<Partial<Record<ProgTypeName, Runner>>> = {
  socket_filter: skbRunner,
  sched_cls: skbRunner,
  sched_act: skbRunner,
  xdp: xdpRunner,
  cgroup_skb: skbRunner,
  lwt_in: skbRunner,
  lwt_out: skbRunner,
  lwt_xmit: skbRunner,
  flow_dissector: flowDissectorRunner,
  raw_tracepoint: rawTracepointRunner,
  sk_lookup: skLookupRunner,
  syscall: syscallRunner,
  netfilter: netfilterRunner,
};

/** Types that the kernel does not run: 524 unless the load options ask for the extension. */
const extensionRunners: Readonly<Record<Extension, Runner>> = { perf_event: perfEventRunner };

function extensionRunner({ progType, extensions }: Runnable): Runner | undefined {
  const extension = extensions.find((name) => name === progType);
  return extension && extensionRunners[extension];
}

function runnerOf(prog: Runnable): Runner {
  const { progType } = prog;
  const runner = runners[progType] ?? extensionRunner(prog);
  if (runner) return runner;
  const type = `program type ${progType} (${PROG_TYPE[progType]})`;
  // no errno: the kernel would run it
  if (hasKernelTestRun(progType))
    throw new UnsupportedError('BPF_PROG_TEST_RUN', `not implemented yet for ${type}`);
  const ours = progType in extensionRunners ? `; extensions: ['${progType}'] gives it one of ours` : '';
  throw new UnsupportedError('BPF_PROG_TEST_RUN', `${type} has none${ours}`, { errno: 'ENOTSUPP' });
}

/**
 * Runs a program on `attr` as bpf(BPF_PROG_TEST_RUN) does on Linux 6.18.
 * @throws {@link TestRunError} where the kernel refuses `attr`; {@link UnsupportedError} ENOTSUPP for a type without test
 *   run; {@link FaultError} when the program was ended.
 */
export function testRun(prog: Runnable, attr: TestRunAttr): TestRunResult {
  const user = userAttr(attr);
  const runner = runnerOf(prog);
  const { events } = prog.machine;
  // what a run that ended in a fault left behind is not this run's
  if (!events.empty) events.take();
  const outcome = runner.run(prog, user);
  if (!events.empty) outcome.effects = events.take();
  return outcome;
}

/**
 * Runs many packets through one program without allocating per packet. Effects gather in `prog.machine.events`, which
 * the caller empties.
 * @throws {@link UnsupportedError} A type without test run, or one that takes no packets.
 */
export function createReplay(prog: Runnable): Replay {
  const replay = runnerOf(prog).createReplay?.(prog);
  if (!replay) throw new UnsupportedError('replay', `programs of type ${prog.progType} take no packets`);
  return replay;
}
