/**
 * BPF_PROG_TYPE_RAW_TRACEPOINT: one run on a copy of the tracepoint's arguments, on a CPU of the caller's choice. Nothing
 * but the return value comes out.
 */
import { TestRunError } from '../errors.ts';
import { CTX_BASE, type Machine } from '../machine/index.ts';
import { RAW_TP_ARGS_SIZE } from '../prog-types/index.ts';
import { TEST_RUN_FLAG } from '../uapi/bpf.ts';
import { claimContext } from './ctx-access.ts';
import { refuseCtxSize } from './ctx-size.ts';
import type { Runner } from './runner.ts';
import { outcomeOf } from './send.ts';
import type { UserAttr } from './user-attr.ts';

/** Other bits of `flags` are not looked at ([K] test-run.md 7). */
const ON_CPU = TEST_RUN_FLAG.BPF_F_TEST_RUN_ON_CPU;

export const rawTracepointRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    refuseCtxSize(prog, attr.ctxSizeIn, RAW_TP_ARGS_SIZE);
    const onCpu = (attr.flags & ON_CPU) !== 0;
    if (!onCpu && attr.cpu !== 0)
      throw new TestRunError('cpu', `is ${attr.cpu} without the flag BPF_F_TEST_RUN_ON_CPU`, 'EINVAL');
    const { machine } = prog;
    if (onCpu && attr.cpu >= machine.cpus)
      throw new TestRunError('cpu', `there is no CPU ${attr.cpu}, only 0 to ${machine.cpus - 1}`, 'ENXIO');
    claimContext(machine, 'raw_tracepoint');
    if (attr.ctxIn) machine.u8.set(attr.ctxIn, CTX_BASE);
    const out = outcomeOf(attr);
    // a program that reads no argument may be given none: its context is NULL
    const ctx = attr.ctxIn ? CTX_BASE : 0;
    out.retval = (onCpu ? runOnCpu(machine, attr.cpu, () => prog.run(ctx, 1)) : prog.run(ctx, 1)) >>> 0;
    return out;
  },
};

function refuseAttr(attr: UserAttr): void {
  const refuse = (field: string, rule: string): never => {
    throw new TestRunError(field, `${rule} for raw_tracepoint`, 'EINVAL');
  };
  if (attr.dataIn) refuse('data_in', 'must be NULL');
  if (attr.dataOut instanceof Uint8Array) refuse('data_out', 'must be NULL');
  if (attr.ctxOut) refuse('ctx_out', 'must be NULL');
  if (attr.repeat !== 0) refuse('repeat', `is ${attr.repeat}, must be 0`);
  if (attr.batchSize !== 0) refuse('batch_size', `is ${attr.batchSize}, must be 0`);
}

function runOnCpu(machine: Machine, cpu: number, run: () => number): number {
  const before = machine.cpu;
  machine.setCpu(cpu);
  try {
    return run();
  } finally {
    machine.setCpu(before);
  }
}
