/** BPF_PROG_TYPE_XDP: the packet at offset 256 of a page, described to the program by an xdp_md. */
import { TestRunError } from '../errors.ts';
import type { Runnable } from '../load/runnable.ts';
import {
  CTX_BASE,
  fillXdp,
  type Machine,
  XDP_MAX_FRAGS,
  XDP_MAX_LINEAR,
  xdpDataEnd,
  xdpDataMeta,
  xdpFragAddress,
  xdpFragCount,
  xdpFragLength,
  xdpFragsSize,
} from '../machine/index.ts';
import { XDP_MD_SIZE } from '../prog-types/index.ts';
import { TEST_RUN_FLAG } from '../uapi/bpf.ts';
import type { Replay } from './backend.ts';
import { claimContext } from './ctx-access.ts';
import { type NetOutput, netTestFinish } from './net-finish.ts';
import { receiveCtx, receiveData } from './receive.ts';
import { testRun } from './run.ts';
import type { Runner } from './runner.ts';
import type { Piece } from './send.ts';
import type { UserAttr } from './user-attr.ts';
import { runXdpLive, XDP_PAGE_HEAD } from './xdp-live.ts';
import { applyMdDevice, checkMdSizes, mdFromBuff } from './xdp-md.ts';

const ETH_HLEN = 14;
const LIVE_FRAMES = TEST_RUN_FLAG.BPF_F_TEST_XDP_LIVE_FRAMES;
const TEST_XDP_MAX_BATCH = 256;

export const xdpRunner: Runner = {
  run(prog, attr) {
    refuseAttr(prog, attr);
    const live = (attr.flags & LIVE_FRAMES) !== 0;
    const md = receiveCtx(attr, XDP_MD_SIZE); // before the data: a bad ctx wins over a bad packet
    const sizes = md ? checkMdSizes(md, attr.dataSizeIn) : { metaSize: 0, linear: attr.dataSizeIn };
    if (live && md && (attr.dataOut !== null || attr.ctxOut !== null))
      throw new TestRunError(
        'flags',
        'live frames with a context take no data_out (NULL) and no ctx_out',
        'EINVAL',
      );
    const room = XDP_MAX_LINEAR + sizes.metaSize - (live ? XDP_PAGE_HEAD : 0);
    const linear = Math.min(sizes.linear, room);
    if (live && attr.dataSizeIn > linear) {
      const rule = `${attr.dataSizeIn} bytes, a live frame has ${linear} linear bytes and no fragments`;
      throw new TestRunError('data_size_in', rule, 'EINVAL');
    }
    refuseShort(attr.dataSizeIn - sizes.metaSize);
    const data = receiveData(attr);
    const { machine } = prog;
    claimContext(machine, 'xdp');
    applyMdDevice(machine, md);
    if (!fillXdp(machine, data, 0, data.length, linear, sizes.metaSize))
      throw tooManyFragments(data.length, linear);
    if (live) return runXdpLive(prog, attr, data, sizes.metaSize);
    const timed = testRun(prog, CTX_BASE, attr.repeat, attr.signal);
    // adjust_head and adjust_tail moved the ends: the output is what the buffer holds now
    return netTestFinish(attr, xdpOutput(machine), md && mdFromBuff(machine, md), timed);
  },

  createReplay(prog) {
    return new XdpReplay(prog);
  },
};

function refuseAttr(prog: Runnable, { flags, batchSize }: UserAttr): void {
  const { attachType } = prog.spec;
  if (attachType === 'xdp_devmap' || attachType === 'xdp_cpumap')
    throw new TestRunError('prog', `programs of attach type ${attachType} have no test run`, 'EINVAL');
  if (flags & ~LIVE_FRAMES)
    throw new TestRunError('flags', `0x${flags.toString(16)}, xdp knows ${LIVE_FRAMES} only`, 'EINVAL');
  if (flags & LIVE_FRAMES) {
    if (batchSize > TEST_XDP_MAX_BATCH)
      throw new TestRunError('batch_size', `${batchSize} is more than ${TEST_XDP_MAX_BATCH}`, 'E2BIG');
  } else if (batchSize !== 0)
    throw new TestRunError('batch_size', `is ${batchSize}, only live frames have batches`, 'EINVAL');
}

function refuseShort(size: number): void {
  if (size < ETH_HLEN) {
    const rule = `${size} bytes of packet are shorter than an Ethernet header of ${ETH_HLEN}`;
    throw new TestRunError('data_size_in', rule, 'EINVAL');
  }
}

function tooManyFragments(size: number, linear: number): TestRunError {
  const rule = `${size} bytes need more than ${XDP_MAX_FRAGS} fragments of a page behind ${linear} linear bytes`;
  return new TestRunError('data_size_in', rule, 'ENOMEM');
}

function xdpFrags(machine: Machine): readonly Piece[] {
  const count = xdpFragCount(machine);
  if (count === 0) return NO_FRAGS;
  return Array.from({ length: count }, (_, i) => ({
    address: xdpFragAddress(i),
    size: xdpFragLength(machine, i),
  }));
}

const NO_FRAGS: readonly Piece[] = [];

function xdpOutput(machine: Machine): NetOutput {
  const address = xdpDataMeta(machine);
  return {
    memory: machine.u8,
    linear: { address, size: xdpDataEnd(machine) - address },
    frags: xdpFrags(machine),
  };
}

class XdpReplay implements Replay {
  readonly #prog: Runnable;
  #lengthOut = 0;
  /** Where fragments are put together; made when the first packet has some. */
  #joined: Uint8Array | undefined;

  constructor(prog: Runnable) {
    this.#prog = prog;
    refuseAttr(prog, { flags: 0, batchSize: 0 } as UserAttr);
  }

  get lengthOut(): number {
    return this.#lengthOut;
  }

  run(source: Uint8Array, offset: number, length: number): number {
    const prog = this.#prog;
    const { machine } = prog;
    refuseShort(length);
    claimContext(machine, 'xdp');
    applyMdDevice(machine, undefined);
    const linear = Math.min(length, XDP_MAX_LINEAR);
    if (!fillXdp(machine, source, offset, length, linear, 0)) throw tooManyFragments(length, linear);
    machine.events.redirect = undefined;
    const retval = prog.run(CTX_BASE, 1);
    this.#lengthOut = xdpDataEnd(machine) - xdpDataMeta(machine) + xdpFragsSize(machine);
    return retval;
  }

  dataOut(): Uint8Array {
    const { machine } = this.#prog;
    const start = xdpDataMeta(machine);
    if (xdpFragCount(machine) === 0) return machine.u8.subarray(start, start + this.#lengthOut);
    if (!this.#joined || this.#joined.length < this.#lengthOut)
      this.#joined = new Uint8Array(this.#lengthOut);
    const linear = xdpDataEnd(machine) - start;
    this.#joined.set(machine.u8.subarray(start, start + linear));
    let at = linear;
    for (const { address, size } of xdpFrags(machine)) {
      this.#joined.set(machine.u8.subarray(address, address + size), at);
      at += size;
    }
    return this.#joined.subarray(0, this.#lengthOut);
  }
}
