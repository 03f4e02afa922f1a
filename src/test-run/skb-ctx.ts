/** struct __sk_buff as ctx_in and ctx_out have it: what may be set, and what is read back. */
import { TestRunError } from '../errors.ts';
import {
  CTX_BASE,
  LOOPBACK_IFINDEX,
  type Machine,
  SKB_CB,
  SKB_GSO_SEGS,
  SKB_GSO_SIZE,
  SKB_HWTSTAMP,
  SKB_IFINDEX,
  SKB_INGRESS_IFINDEX,
  SKB_MARK,
  SKB_PRIORITY,
  SKB_TSTAMP,
  SKB_WIRE_LEN,
  skbField,
  skbLength,
} from '../machine/index.ts';
import { progTypeFacts, SK_BUFF_SIZE } from '../prog-types/index.ts';

const GSO_LEGACY_MAX_SIZE = 65536;
const GSO_MAX_SEGS = 65535;
const CB_SIZE = 20;

/** Name of the field that each byte belongs to, when ctx_in must leave it zero. */
const FORBIDDEN: readonly (string | undefined)[] = (() => {
  const names = new Array<string | undefined>(SK_BUFF_SIZE).fill('padding');
  for (const { name, offset, size, ctxIn } of progTypeFacts('sched_cls')?.ctxFields ?? []) {
    names.fill(ctxIn ? undefined : name, offset, offset + size);
  }
  return names;
})();

const word = (ctx: Uint8Array, offset: number): number =>
  new DataView(ctx.buffer, ctx.byteOffset).getUint32(offset, true);

/** The ifindex that ctx_in asks for; lo for 0. */
export function ctxIfindex(ctx: Uint8Array | undefined): number {
  const ifindex = ctx ? word(ctx, SKB_IFINDEX) : 0;
  return Math.max(ifindex, LOOPBACK_IFINDEX);
}

/**
 * Copies what ctx_in may set into the packet's context.
 * @throws {@link TestRunError} EINVAL: a byte that must be zero, wire_len or gso_segs out of range.
 */
export function applySkbCtx(machine: Machine, ctx: Uint8Array): void {
  for (let i = 0; i < SK_BUFF_SIZE; i++) {
    if (ctx[i] !== 0 && FORBIDDEN[i] !== undefined)
      throw new TestRunError(`ctx_in.${FORBIDDEN[i]}`, `byte ${i} of __sk_buff must be zero`, 'EINVAL');
  }
  const copy = (offset: number, size: number): void =>
    machine.u8.set(ctx.subarray(offset, offset + size), CTX_BASE + offset);
  copy(SKB_MARK, 4);
  copy(SKB_PRIORITY, 4);
  copy(SKB_INGRESS_IFINDEX, 4);
  copy(SKB_TSTAMP, 8);
  copy(SKB_CB, CB_SIZE);
  copy(SKB_HWTSTAMP, 8);
  const length = skbLength(machine);
  const wireLen = word(ctx, SKB_WIRE_LEN);
  if (wireLen !== 0 && (wireLen < length || wireLen > GSO_LEGACY_MAX_SIZE)) {
    const rule = `${wireLen} is neither 0 nor within skb.len ${length} and ${GSO_LEGACY_MAX_SIZE}`;
    throw new TestRunError('ctx_in.wire_len', rule, 'EINVAL');
  }
  const segs = word(ctx, SKB_GSO_SEGS);
  if (segs > GSO_MAX_SEGS)
    throw new TestRunError('ctx_in.gso_segs', `${segs} is more than ${GSO_MAX_SEGS}`, 'EINVAL');
  const base = CTX_BASE >> 2;
  machine.u32[base + (SKB_WIRE_LEN >> 2)] = wireLen === 0 ? length : wireLen;
  machine.u32[base + (SKB_GSO_SEGS >> 2)] = segs;
  // the kernel's own field has 16 bits; ctx_out echoes what came in
  machine.u32[base + (SKB_GSO_SIZE >> 2)] = word(ctx, SKB_GSO_SIZE) & 0xffff;
}

/** ctx_out: ctx_in with the fields that the kernel reads back. */
export function ctxFromSkb(machine: Machine, ctx: Uint8Array): Uint8Array {
  const out = ctx.slice();
  const copy = (offset: number, size: number): void =>
    out.set(machine.u8.subarray(CTX_BASE + offset, CTX_BASE + offset + size), offset);
  copy(SKB_MARK, 4);
  copy(SKB_PRIORITY, 4);
  copy(SKB_INGRESS_IFINDEX, 4);
  copy(SKB_TSTAMP, 8);
  copy(SKB_CB, CB_SIZE);
  copy(SKB_GSO_SEGS, 4);
  copy(SKB_HWTSTAMP, 8);
  const view = new DataView(out.buffer);
  view.setUint32(SKB_IFINDEX, skbField(machine, SKB_IFINDEX), true);
  view.setUint32(SKB_WIRE_LEN, skbField(machine, SKB_WIRE_LEN), true);
  return out;
}
