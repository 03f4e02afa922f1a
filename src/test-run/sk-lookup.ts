/** BPF_PROG_TYPE_SK_LOOKUP: addresses and ports of a lookup go in as the context; the chosen socket's cookie comes out. */
import { TestRunError } from '../errors.ts';
import { CTX_BASE } from '../machine/index.ts';
import { SK_LOOKUP_SIZE } from '../prog-types/index.ts';
import { claimContext } from './ctx-access.ts';
import { netTestFinish } from './net-finish.ts';
import { receiveCtx } from './receive.ts';
import { testRunCb } from './run.ts';
import type { Runner } from './runner.ts';
import type { UserAttr } from './user-attr.ts';

const FAMILY = 8;
const PROTOCOL = 12;
const REMOTE_IP4 = 16;
const REMOTE_IP6 = 20;
const REMOTE_PORT = 36;
const LOCAL_IP4 = 40;
const LOCAL_IP6 = 44;
const LOCAL_PORT = 60;
const INGRESS_IFINDEX = 64;
const AF_INET = 2;
const AF_INET6 = 10;
const SK_DROP = 0;
const SK_PASS = 1;

export const skLookupRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    const user = receiveCtx(attr, SK_LOOKUP_SIZE);
    if (!user) throw new TestRunError('ctx_in', 'is NULL, sk_lookup runs on a context only', 'EINVAL');
    const kernel = kernelContext(user);
    const { machine } = prog;
    claimContext(machine, 'sk_lookup');
    machine.u8.set(kernel, CTX_BASE);
    const timed = testRunCb(
      prog,
      CTX_BASE,
      attr.repeat,
      0,
      (_prog, ctx, repeat) => (prog.run(ctx, repeat) === SK_DROP ? SK_DROP : SK_PASS),
      attr.signal,
    );
    // there is no map with sockets yet, so that none can be selected: the cookie stays 0
    const output = { memory: machine.u8, linear: { address: CTX_BASE, size: 0 }, frags: [] };
    return netTestFinish(attr, output, user, timed);
  },
};

function refuseAttr(attr: UserAttr): void {
  for (const [field, value] of Object.entries({
    flags: attr.flags,
    cpu: attr.cpu,
    batch_size: attr.batchSize,
    data_size_in: attr.dataSizeIn,
    data_size_out: attr.dataSizeOut,
  }))
    if (value !== 0) throw new TestRunError(field, `is ${value}, must be 0 for sk_lookup`, 'EINVAL');
  if (attr.dataIn) throw new TestRunError('data_in', 'must be NULL for sk_lookup', 'EINVAL');
  if (attr.dataOut instanceof Uint8Array)
    throw new TestRunError('data_out', 'must be NULL for sk_lookup', 'EINVAL');
}

/**
 * What the program sees of the user's struct: 16 bits of family, protocol and port, and one family's addresses.
 * @throws {@link TestRunError} EINVAL, ERANGE, EAFNOSUPPORT in this order.
 */
function kernelContext(user: Uint8Array): Uint8Array {
  const view = new DataView(user.buffer, user.byteOffset);
  const u32 = (offset: number): number => view.getUint32(offset, true);
  const refuse = (field: string, rule: string, errno: 'EINVAL' | 'ERANGE' | 'EAFNOSUPPORT'): never => {
    throw new TestRunError(`ctx_in.${field}`, rule, errno);
  };
  if (u32(0) !== 0 || u32(4) !== 0) refuse('cookie', 'must be 0, it is output', 'EINVAL');
  if (u32(INGRESS_IFINDEX) !== 0 || u32(INGRESS_IFINDEX + 4) !== 0)
    refuse('ingress_ifindex', 'and what follows must be 0', 'EINVAL');
  if (u32(LOCAL_PORT) > 0xffff) refuse('local_port', `${u32(LOCAL_PORT)} is more than 65535`, 'ERANGE');
  const family = u32(FAMILY) & 0xffff;
  if (family !== AF_INET && family !== AF_INET6)
    refuse('family', `${family} is neither AF_INET (2) nor AF_INET6 (10)`, 'EAFNOSUPPORT');
  const kernel = new Uint8Array(SK_LOOKUP_SIZE);
  const out = new DataView(kernel.buffer);
  out.setUint32(FAMILY, family, true);
  out.setUint32(PROTOCOL, u32(PROTOCOL) & 0xffff, true);
  out.setUint32(REMOTE_PORT, u32(REMOTE_PORT) & 0xffff, true);
  out.setUint32(LOCAL_PORT, u32(LOCAL_PORT), true);
  const copy = (offset: number, size: number): void =>
    kernel.set(user.subarray(offset, offset + size), offset);
  if (family === AF_INET) {
    copy(REMOTE_IP4, 4);
    copy(LOCAL_IP4, 4);
  } else {
    copy(REMOTE_IP6, 16);
    copy(LOCAL_IP6, 16);
  }
  return kernel;
}
