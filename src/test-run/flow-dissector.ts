/** BPF_PROG_TYPE_FLOW_DISSECTOR: the whole frame without an sk_buff behind it; what comes out are the flow keys. */
import { TestRunError } from '../errors.ts';
import type { Runnable } from '../load/runnable.ts';
import {
  CTX_BASE,
  copyIn,
  FLOW_KEYS,
  FLOW_KEYS_SIZE,
  type Machine,
  openPacket,
  SKB_DATA,
  SKB_DATA_END,
  SKB_FLOW_KEYS,
  SKB_LEN,
  SKB_START,
} from '../machine/index.ts';
import type { Replay } from './backend.ts';
import { claimContext } from './ctx-access.ts';
import { netTestFinish } from './net-finish.ts';
import { receiveCtx, receiveData } from './receive.ts';
import { type RunProg, testRunCb } from './run.ts';
import type { Runner } from './runner.ts';
import type { UserAttr } from './user-attr.ts';

const ETH_HLEN = 14;
/** No head room, no tail room: a page holds nothing but the frame. */
const MAX_FRAME = 4096;

const KEYS = CTX_BASE + FLOW_KEYS;
const NHOFF = KEYS;
const THOFF = KEYS + 2;
const N_PROTO = KEYS + 10;
const FLAGS_OFFSET = 48;

export const flowDissectorRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    refuseSize(attr.dataSizeIn);
    const data = receiveData(attr);
    const keys = receiveCtx(attr, FLOW_KEYS_SIZE);
    const flags = keys ? flagsOf(keys) : 0;
    const { machine } = prog;
    receiveFrame(machine, data, 0, data.length);
    const round: RunProg = (_prog, _ctx, repeat) => {
      let retval = 0;
      for (let i = 0; i < repeat; i++) retval = dissect(prog, data.length, flags);
      return retval;
    };
    const timed = testRunCb(prog, CTX_BASE, attr.repeat, 0, round, attr.signal);
    // whatever the program returned: BPF_DROP writes its keys too
    const output = { memory: machine.u8, linear: { address: KEYS, size: FLOW_KEYS_SIZE }, frags: [] };
    return netTestFinish(attr, output, keys, timed);
  },

  createReplay(prog) {
    return new FlowReplay(prog);
  },
};

function refuseAttr({ flags, cpu, batchSize }: UserAttr): void {
  for (const [field, value] of Object.entries({ flags, cpu, batch_size: batchSize })) {
    if (value !== 0) throw new TestRunError(field, `is ${value}, must be 0 for flow_dissector`, 'EINVAL');
  }
}

function refuseSize(size: number): void {
  if (size < ETH_HLEN) {
    const rule = `${size} bytes are shorter than an Ethernet header of ${ETH_HLEN}`;
    throw new TestRunError('data_size_in', rule, 'EINVAL');
  }
  if (size > MAX_FRAME)
    throw new TestRunError('data_size_in', `${size} bytes are more than a page of ${MAX_FRAME}`, 'EINVAL');
}

/** @throws {@link TestRunError} EINVAL: any key but `flags` is set; its bits are not looked at. */
function flagsOf(keys: Uint8Array): number {
  const other = keys.findIndex((byte, i) => byte !== 0 && (i < FLAGS_OFFSET || i >= FLAGS_OFFSET + 4));
  if (other >= 0) {
    const rule = `byte ${other} of bpf_flow_keys is set, only flags (${FLAGS_OFFSET} to ${FLAGS_OFFSET + 3}) may be`;
    throw new TestRunError('ctx_in', rule, 'EINVAL');
  }
  return new DataView(keys.buffer).getUint32(FLAGS_OFFSET, true);
}

function receiveFrame(machine: Machine, source: Uint8Array, offset: number, length: number): void {
  const { u8, u32 } = machine;
  claimContext(machine, 'flow_dissector');
  copyIn(u8, SKB_START, source, offset, length);
  u32[(CTX_BASE + SKB_DATA) >> 2] = SKB_START;
  u32[(CTX_BASE + SKB_DATA_END) >> 2] = SKB_START + length;
  // there is no sk_buff: bpf_skb_load_bytes finds nothing at any offset
  u32[(CTX_BASE + SKB_LEN) >> 2] = 0;
  u32[(CTX_BASE + SKB_FLOW_KEYS) >> 2] = KEYS;
  u32[(CTX_BASE + SKB_FLOW_KEYS + 4) >> 2] = 0;
  openPacket(machine, SKB_START, SKB_START + length);
}

/** bpf_flow_dissect: one round from fresh keys. The offsets that come out lie within the frame, nhoff before thoff. */
function dissect(prog: Runnable, length: number, flags: number): number {
  const { u8, view } = prog.machine;
  u8.fill(0, KEYS, KEYS + FLOW_KEYS_SIZE);
  view.setUint16(NHOFF, ETH_HLEN, true);
  view.setUint16(THOFF, ETH_HLEN, true);
  u8.copyWithin(N_PROTO, SKB_START + 12, SKB_START + 14);
  view.setUint32(KEYS + FLAGS_OFFSET, flags, true);
  const retval = prog.run(CTX_BASE, 1);
  const nhoff = Math.min(Math.max(view.getUint16(NHOFF, true), ETH_HLEN), length);
  view.setUint16(NHOFF, nhoff, true);
  view.setUint16(THOFF, Math.min(Math.max(view.getUint16(THOFF, true), nhoff), length), true);
  return retval;
}

/** The keys of many frames: what comes out of each is always as long as the struct. */
class FlowReplay implements Replay {
  readonly #prog: Runnable;
  readonly lengthOut = FLOW_KEYS_SIZE;

  constructor(prog: Runnable) {
    this.#prog = prog;
  }

  run(source: Uint8Array, offset: number, length: number): number {
    refuseSize(length);
    receiveFrame(this.#prog.machine, source, offset, length);
    return dissect(this.#prog, length, 0);
  }

  dataOut(): Uint8Array {
    return this.#prog.machine.u8.subarray(KEYS, KEYS + FLOW_KEYS_SIZE);
  }
}
