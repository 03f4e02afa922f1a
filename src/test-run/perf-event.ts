/**
 * BPF_PROG_TYPE_PERF_EVENT, our extension: 6.18 answers 524 for it, and so do we without `extensions: ['perf_event']`.
 * Behaviour of the series that proposed it (bpf-next v3 10/12, July 2019): ctx_in is the context struct, data_in the
 * counter's value for bpf_perf_prog_read_value; what comes out is the return value and the time.
 */
import { TestRunError } from '../errors.ts';
import { CTX_BASE, PERF_VALUE, PERF_VALUE_SIZE } from '../machine/index.ts';
import { PERF_EVENT_DATA_SIZE } from '../prog-types/index.ts';
import { claimContext } from './ctx-access.ts';
import { testFinish } from './finish.ts';
import { receiveStruct } from './receive.ts';
import { testRun } from './run.ts';
import type { Runner } from './runner.ts';
import { outcomeOf } from './send.ts';
import type { UserAttr } from './user-attr.ts';

export const perfEventRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    // the context is received before the data: of two bad ones it is named
    const ctx = receiveStruct('ctx', attr.ctxIn, attr.ctxSizeIn, PERF_EVENT_DATA_SIZE);
    const value = receiveStruct('data', attr.dataIn, attr.dataSizeIn, PERF_VALUE_SIZE);
    const { machine } = prog;
    claimContext(machine, 'perf_event');
    machine.u8.set(ctx, CTX_BASE);
    machine.u8.set(value, CTX_BASE + PERF_VALUE);
    const out = outcomeOf(attr);
    testFinish(testRun(prog, CTX_BASE, attr.repeat, attr.signal), out);
    return out;
  },
};

function refuseAttr({ dataOut, dataSizeOut, ctxOut, flags, cpu, batchSize }: UserAttr): void {
  const refuse = (field: string, rule: string): never => {
    throw new TestRunError(field, rule, 'EINVAL');
  };
  if (dataOut instanceof Uint8Array) refuse('data_out', 'is given, perf_event has no output data');
  if (dataSizeOut !== 0) refuse('data_size_out', `is ${dataSizeOut}, perf_event has no output data`);
  if (ctxOut !== null) refuse('ctx_out', 'is given, perf_event does not change its context');
  for (const [field, value] of Object.entries({ flags, cpu, batch_size: batchSize }))
    if (value !== 0) refuse(field, `is ${value}, must be 0 for perf_event`);
}
