/** The attribute block as the kernel sees it: pointers that may be NULL next to sizes that may be anything. */
import { TestRunError } from '../errors.ts';
import type { RunSignal, TestRunAttr } from './attr.ts';

/** Where an output goes: NULL, the caller's bytes, or a buffer of ours made as long as what is copied. */
export type UserBuffer = Uint8Array | 'own' | null;

export interface UserAttr {
  readonly dataIn: Uint8Array | null;
  readonly dataSizeIn: number;
  readonly dataOut: UserBuffer;
  readonly dataSizeOut: number;
  readonly ctxIn: Uint8Array | null;
  readonly ctxSizeIn: number;
  readonly ctxOut: UserBuffer;
  readonly ctxSizeOut: number;
  readonly repeat: number;
  readonly flags: number;
  readonly cpu: number;
  readonly batchSize: number;
  readonly signal: RunSignal | undefined;
}

/**
 * What libbpf would put into the block for `attr`.
 * @throws {@link TestRunError} EINVAL: a number that is no u32, or a context pointer without a size or the reverse,
 *   which the kernel refuses before it looks at the program.
 */
export function userAttr(attr: TestRunAttr): UserAttr {
  const { dataIn, ctxIn } = attr;
  const user: UserAttr = {
    dataIn: dataIn ?? null,
    dataSizeIn: dataIn?.length ?? 0,
    dataOut: attr.dataOut === undefined ? 'own' : attr.dataOut,
    dataSizeOut: u32('data_size_out', attr.dataSizeOut, attr.dataOut?.length),
    ctxIn: ctxIn ?? null,
    ctxSizeIn: ctxIn?.length ?? 0,
    ctxOut: attr.ctxOut ?? (attr.ctxOut === undefined && attr.ctxSizeOut !== undefined ? 'own' : null),
    ctxSizeOut: u32('ctx_size_out', attr.ctxSizeOut, attr.ctxOut?.length),
    repeat: u32('repeat', attr.repeat),
    flags: u32('flags', attr.flags),
    cpu: u32('cpu', attr.cpu),
    batchSize: u32('batch_size', attr.batchSize),
    signal: attr.signal,
  };
  if ((user.ctxIn !== null) !== (user.ctxSizeIn !== 0))
    throw new TestRunError('ctx_in', 'is given with ctx_size_in 0', 'EINVAL');
  if ((user.ctxOut !== null) !== (user.ctxSizeOut !== 0)) {
    const rule =
      user.ctxOut === null
        ? `is NULL with ctx_size_out ${user.ctxSizeOut}`
        : 'is given with ctx_size_out 0: both or neither';
    throw new TestRunError('ctx_out', rule, 'EINVAL');
  }
  return user;
}

function u32(field: string, value: number | undefined, fallback = 0): number {
  const number = value ?? fallback;
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff)
    throw new TestRunError(field, `${number} is no unsigned 32-bit number`, 'EINVAL');
  return number;
}
