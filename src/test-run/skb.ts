/** The skb family (socket_filter, tc, cgroup_skb, lwt): the packet as an sk_buff that a device just received. */
import { TestRunError } from '../errors.ts';
import type { Runnable } from '../load/runnable.ts';
import {
  addressSkbSocket,
  CTX_BASE,
  completeSkbChecksum,
  csumFold,
  type Device,
  type Machine,
  networkHeaderSize,
  networkSum,
  receiveSkb,
  reserveSkb,
  SKB_CSUM,
  setSkbEnds,
  skbData,
  skbDataEnd,
  skbField,
  skbLength,
  skbProtocol,
} from '../machine/index.ts';
import { progTypeFacts, SK_BUFF_SIZE } from '../prog-types/index.ts';
import { TEST_RUN_FLAG } from '../uapi/bpf.ts';
import type { Replay } from './backend.ts';
import { claimContext } from './ctx-access.ts';
import { netTestFinish } from './net-finish.ts';
import { receiveCtx, receiveData } from './receive.ts';
import { testRun } from './run.ts';
import type { Runner } from './runner.ts';
import { applySkbCtx, ctxFromSkb, ctxIfindex } from './skb-ctx.ts';
import type { UserAttr } from './user-attr.ts';

const ETH_HLEN = 14;
/** PAGE_SIZE - NET_SKB_PAD - NET_IP_ALIGN - sizeof(struct skb_shared_info), as on x86-64. */
const MAX_SKB_DATA = 4096 - 64 - 320;
const CHECKSUM_FLAG = TEST_RUN_FLAG.BPF_F_TEST_SKB_CHECKSUM_COMPLETE;

export const skbRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    refuseSize(attr.dataSizeIn);
    const data = receiveData(attr);
    const ctx = receiveCtx(attr, SK_BUFF_SIZE); // after the data, unlike xdp
    const { machine } = prog;
    const isL2 = progTypeFacts(prog.progType)?.layer === 'l2';
    claimContext(machine, prog.progType);
    receive(machine, data, 0, data.length, deviceOf(machine, ctx), isL2);
    if (ctx) applySkbCtx(machine, ctx);
    const checked = (attr.flags & CHECKSUM_FLAG) !== 0;
    if (checked) completeSkbChecksum(machine);
    const timed = testRun(prog, CTX_BASE, attr.repeat, attr.signal);
    if (!isL2) pushZeroMac(machine);
    if (checked) verifyChecksum(machine);
    const output = {
      memory: machine.u8,
      linear: { address: skbData(machine), size: skbLength(machine) },
      frags: [],
    };
    return netTestFinish(attr, output, ctx && ctxFromSkb(machine, ctx), timed);
  },

  createReplay(prog) {
    return new SkbReplay(prog);
  },
};

function refuseAttr({ flags, cpu, batchSize }: UserAttr): void {
  if (flags & ~CHECKSUM_FLAG)
    throw new TestRunError(
      'flags',
      `0x${flags.toString(16)}, skb types know ${CHECKSUM_FLAG} only`,
      'EINVAL',
    );
  if (cpu !== 0) throw new TestRunError('cpu', `is ${cpu}, must be 0 for skb types`, 'EINVAL');
  if (batchSize !== 0)
    throw new TestRunError('batch_size', `is ${batchSize}, must be 0 for skb types`, 'EINVAL');
}

function refuseSize(size: number): void {
  if (size < ETH_HLEN) {
    const rule = `${size} bytes are shorter than an Ethernet header of ${ETH_HLEN}`;
    throw new TestRunError('data_size_in', rule, 'EINVAL');
  }
  if (size > MAX_SKB_DATA)
    throw new TestRunError('data_size_in', `${size} bytes are more than ${MAX_SKB_DATA}`, 'EINVAL');
}

function deviceOf(machine: Machine, ctx: Uint8Array | undefined): Device {
  const ifindex = ctxIfindex(ctx);
  const device = machine.devices.find(ifindex);
  if (!device) throw new TestRunError('ctx_in.ifindex', `there is no device ${ifindex}`, 'ENODEV');
  return device;
}

/** @throws {@link TestRunError} EINVAL: an IP Ethertype without room for the header (since the 2026 stable kernels). */
function receive(
  machine: Machine,
  source: Uint8Array,
  offset: number,
  length: number,
  device: Device,
  isL2: boolean,
): void {
  receiveSkb(machine, source, offset, length, device);
  const need = networkHeaderSize(skbProtocol(machine));
  if (length - ETH_HLEN < need) {
    const version = need === 20 ? 'IPv4' : 'IPv6';
    const rule = `${length} bytes, an ${version} frame has at least ${ETH_HLEN + need}`;
    throw new TestRunError('data_size_in', rule, 'EINVAL');
  }
  addressSkbSocket(machine);
  if (isL2) setSkbEnds(machine, skbData(machine) - ETH_HLEN, skbDataEnd(machine));
}

/** The output of an L3 type starts with 14 zero bytes; the Ethernet header that came in is not restored. */
function pushZeroMac(machine: Machine): void {
  if (!reserveSkb(machine, ETH_HLEN, 0))
    throw new TestRunError(
      'data',
      `no room for an Ethernet header before ${skbLength(machine)} bytes`,
      'ENOMEM',
    );
  const data = skbData(machine) - ETH_HLEN;
  machine.u8.fill(0, data, data + ETH_HLEN);
  setSkbEnds(machine, data, skbDataEnd(machine));
}

function verifyChecksum(machine: Machine): void {
  const running = csumFold(machine, skbField(machine, SKB_CSUM));
  const real = csumFold(machine, networkSum(machine));
  if (running !== real) {
    const hex = (sum: number): string => `0x${sum.toString(16).padStart(4, '0')}`;
    const rule = `the packet's sum is ${hex(real)}, the running CHECKSUM_COMPLETE sum ${hex(running)}`;
    throw new TestRunError('flags', rule, 'EBADMSG');
  }
}

class SkbReplay implements Replay {
  readonly #prog: Runnable;
  readonly #isL2: boolean;

  constructor(prog: Runnable) {
    this.#prog = prog;
    this.#isL2 = progTypeFacts(prog.progType)?.layer === 'l2';
  }

  get lengthOut(): number {
    return skbLength(this.#prog.machine);
  }

  run(source: Uint8Array, offset: number, length: number): number {
    const prog = this.#prog;
    const { machine } = prog;
    refuseSize(length);
    claimContext(machine, prog.progType);
    receive(machine, source, offset, length, machine.devices.loopback, this.#isL2);
    machine.events.redirect = undefined;
    const retval = prog.run(CTX_BASE, 1);
    if (!this.#isL2) pushZeroMac(machine);
    return retval;
  }

  dataOut(): Uint8Array {
    const { machine } = this.#prog;
    return machine.u8.subarray(skbData(machine), skbDataEnd(machine));
  }
}
