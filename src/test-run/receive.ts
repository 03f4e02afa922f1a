/** What comes in from the user: the packet and the context struct (bpf_test_init and bpf_ctx_init of 6.18). */
import { TestRunError } from '../errors.ts';
import type { UserAttr } from './user-attr.ts';

const PAGE_SIZE = 4096;

/**
 * data_in, after the type's own size checks.
 * @throws {@link TestRunError} EFAULT: NULL with a size.
 */
export function receiveData(attr: UserAttr): Uint8Array {
  return receiveMem('data_in', attr.dataIn, attr.dataSizeIn);
}

/**
 * ctx_in as a struct of `size` bytes, zero-extended; undefined when neither ctx_in nor ctx_out is given, which is not
 * the same as a zero context ([K] test-run.md 2.3).
 * @throws {@link TestRunError} E2BIG: longer than the struct with bytes that are not zero, or longer than a page.
 */
export function receiveCtx(attr: UserAttr, size: number): Uint8Array | undefined {
  if (attr.ctxIn === null && attr.ctxOut === null) return undefined;
  return receiveStruct('ctx', attr.ctxIn, attr.ctxSizeIn, size);
}

/**
 * A struct of `size` bytes from ctx_in or data_in: zero-extended, all zero when absent.
 * @throws {@link TestRunError} E2BIG: longer than the struct with bytes that are not zero, or longer than a page.
 */
export function receiveStruct(
  what: 'ctx' | 'data',
  pointer: Uint8Array | null,
  sizeIn: number,
  size: number,
): Uint8Array {
  const struct = new Uint8Array(size);
  if (sizeIn > PAGE_SIZE)
    throw new TestRunError(
      `${what}_size_in`,
      `${sizeIn} bytes are more than a page of ${PAGE_SIZE}`,
      'E2BIG',
    );
  const given = receiveMem(`${what}_in`, pointer, sizeIn);
  const extra = given.subarray(size).findIndex((byte) => byte !== 0);
  if (extra >= 0)
    throw new TestRunError(
      `${what}_in`,
      `byte ${size + extra} is not zero, the struct has ${size} bytes`,
      'E2BIG',
    );
  struct.set(given.subarray(0, size));
  return struct;
}

function receiveMem(field: string, pointer: Uint8Array | null, size: number): Uint8Array {
  if (pointer === null) {
    if (size > 0) throw new TestRunError(field, `is NULL with a size of ${size}`, 'EFAULT');
    return new Uint8Array(0);
  }
  return pointer;
}
