/**
 * XDP live frames (BPF_F_TEST_XDP_LIVE_FRAMES): every repetition is a frame of its own that goes where the verdict
 * sends it. There is no stack behind: what left is in the events.
 */
import { hostNowMs } from '../host.ts';
import type { Runnable } from '../load/runnable.ts';
import {
  CTX_BASE,
  fillXdp,
  LOOPBACK_IFINDEX,
  type Machine,
  setXdpEnds,
  setXdpHardEnd,
  XDP_BASE,
  XDP_FRAME_SIZE,
  XDP_HARD_END,
  XDP_INGRESS_IFINDEX,
  XDP_PACKET_HEADROOM,
  xdpData,
  xdpDataEnd,
} from '../machine/index.ts';
import { XDP_ACTION } from '../uapi/bpf.ts';
import { netTestFinish } from './net-finish.ts';
import { refuseInterrupted } from './run.ts';
import type { Outcome } from './send.ts';
import type { UserAttr } from './user-attr.ts';

const NAPI_POLL_WEIGHT = 64;
/** Bytes of struct xdp_page_head, which make the page shorter by as much. */
export const XDP_PAGE_HEAD = 112;

/**
 * Ends and context are reset for each frame, the bytes of a page are not: a page that comes back from a frame carries
 * the program's edits to the next one ([K] test-run.md 4.5). A dropped frame's page is the next one to be used.
 */
export function runXdpLive(prog: Runnable, attr: UserAttr, data: Uint8Array, metaSize: number): Outcome {
  const { machine } = prog;
  const total = attr.repeat === 0 ? 1 : attr.repeat;
  const batch = attr.batchSize === 0 ? NAPI_POLL_WEIGHT : attr.batchSize;
  const free: Uint8Array[] = [];
  let inFlight: Uint8Array[] = [];
  const start = hostNowMs();
  try {
    for (let frame = 0; frame < total; frame++) {
      if (frame % batch === 0) {
        if (frame > 0) refuseInterrupted(attr.signal, frame, total);
        free.push(...inFlight);
        inFlight = [];
      }
      const page = free.pop();
      prepareFrame(machine, data, metaSize, page);
      const verdict = prog.run(CTX_BASE, 1);
      const used = page ?? new Uint8Array(XDP_FRAME_SIZE);
      used.set(machine.u8.subarray(XDP_BASE, XDP_BASE + XDP_FRAME_SIZE));
      (deliver(machine, verdict) ? inFlight : free).push(used);
    }
  } finally {
    setXdpHardEnd(machine, XDP_HARD_END);
  }
  const ns = (hostNowMs() - start) * 1e6;
  const timed = { retval: 0, duration: Math.min(Math.floor(ns / total), 0xffffffff) };
  const output = { memory: data, linear: { address: 0, size: data.length }, frags: [] };
  return netTestFinish(attr, output, undefined, timed);
}

function prepareFrame(
  machine: Machine,
  data: Uint8Array,
  metaSize: number,
  page: Uint8Array | undefined,
): void {
  fillXdp(machine, data, 0, data.length, data.length, metaSize);
  if (page) machine.u8.set(page, XDP_BASE);
  const packet = XDP_BASE + XDP_PACKET_HEADROOM;
  setXdpEnds(machine, packet - metaSize, packet, packet - metaSize + data.length);
  setXdpHardEnd(machine, XDP_HARD_END - XDP_PAGE_HEAD);
}

/** Whether the frame left. Unknown verdicts drop it, as XDP_ABORTED does. */
function deliver(machine: Machine, verdict: number): boolean {
  const { events } = machine;
  const receiver = machine.u32[(CTX_BASE + XDP_INGRESS_IFINDEX) >> 2] ?? LOOPBACK_IFINDEX;
  const record = (by: string, ifindex: number, direction: 'egress' | 'ingress'): boolean => {
    const data = machine.u8.slice(xdpData(machine), xdpDataEnd(machine));
    events.transmitted.push({ by, ifindex, direction, data });
    return true;
  };
  switch (verdict) {
    case XDP_ACTION.XDP_PASS:
      return record('XDP_PASS', receiver, 'ingress');
    case XDP_ACTION.XDP_TX:
      return record('XDP_TX', receiver, 'egress');
    case XDP_ACTION.XDP_REDIRECT: {
      const target = events.redirect?.ifindex;
      return target !== undefined && machine.devices.find(target)
        ? record('XDP_REDIRECT', target, 'egress')
        : false;
    }
    default:
      return false;
  }
}
