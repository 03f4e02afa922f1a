/**
 * BPF_PROG_TYPE_SYSCALL: one run on a context of any shape up to 65535 bytes, which goes back into ctx_in as the program
 * left it.
 */
import { TestRunError } from '../errors.ts';
import { KIND_CTX, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { refuseCtxSize } from './ctx-size.ts';
import type { Runner } from './runner.ts';
import { outcomeOf } from './send.ts';
import type { UserAttr } from './user-attr.ts';

const U16_MAX = 0xffff;

export const syscallRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    refuseCtxSize(prog, attr.ctxSizeIn, U16_MAX);
    const out = outcomeOf(attr);
    const { ctxIn } = attr;
    if (ctxIn === null) {
      out.retval = prog.run(0, 1) >>> 0;
      return out;
    }
    const { machine } = prog;
    const ctx = machine.alloc(ctxIn.length, 'the context');
    try {
      machine.u8.set(ctxIn, ctx);
      machine.allow(ctx, ctxIn.length, SHADOW_READ | SHADOW_WRITE, KIND_CTX);
      out.retval = prog.run(ctx, 1) >>> 0;
      ctxIn.set(machine.u8.subarray(ctx, ctx + ctxIn.length));
    } finally {
      machine.free(ctx);
    }
    return out;
  },
};

/** `cpu` and the data sizes are not looked at ([K] test-run.md 9). */
function refuseAttr(attr: UserAttr): void {
  const refuse = (field: string, rule: string): never => {
    throw new TestRunError(field, `${rule} for syscall`, 'EINVAL');
  };
  if (attr.dataIn) refuse('data_in', 'must be NULL');
  if (attr.dataOut instanceof Uint8Array) refuse('data_out', 'must be NULL');
  if (attr.ctxOut) refuse('ctx_out', 'must be NULL; the context comes back in ctx_in');
  for (const [field, value] of Object.entries({
    repeat: attr.repeat,
    flags: attr.flags,
    batch_size: attr.batchSize,
  }))
    if (value !== 0) refuse(field, `is ${value}, must be 0`);
}
