/**
 * The simulated xdp_buff: one page that holds head room, metadata, the linear packet and tail room, and up to 17 pages
 * of fragments. All state lies in linear memory behind the program's xdp_md (xdp-layout.ts).
 */
import { copyIn } from './copy.ts';
import { CTX_BASE, XDP_BASE, XDP_FRAME_SIZE, XDP_MAX_FRAGS } from './layout.ts';
import type { Machine } from './machine.ts';
import type { RuntimeFunction } from './runtime.ts';
import {
  XDP_DATA,
  XDP_DATA_END,
  XDP_DATA_HARD_END,
  XDP_DATA_META,
  XDP_DIRTY_START,
  XDP_FRAG_LENGTHS,
  XDP_FRAGS_SIZE,
  XDP_FRAME_STRUCT,
  XDP_NR_FRAGS,
  XDP_PACKET_HEADROOM,
  XDP_TAILROOM,
} from './xdp-layout.ts';

const DATA = (CTX_BASE + XDP_DATA) >> 2;
const DATA_END = (CTX_BASE + XDP_DATA_END) >> 2;
const DATA_META = (CTX_BASE + XDP_DATA_META) >> 2;
const NR_FRAGS = (CTX_BASE + XDP_NR_FRAGS) >> 2;
const FRAGS_SIZE = (CTX_BASE + XDP_FRAGS_SIZE) >> 2;
const FRAG_LENGTHS = (CTX_BASE + XDP_FRAG_LENGTHS) >> 2;
const HARD_END = (CTX_BASE + XDP_DATA_HARD_END) >> 2;
const DIRTY_START = (CTX_BASE + XDP_DIRTY_START) >> 2;

/** First address that the linear packet may not reach, but for live frames. */
export const XDP_HARD_END = XDP_BASE + XDP_FRAME_SIZE - XDP_TAILROOM;
/** Most bytes of packet (without metadata) in the page: 3520. */
export const XDP_MAX_LINEAR = XDP_FRAME_SIZE - XDP_PACKET_HEADROOM - XDP_TAILROOM;
/** Most bytes of metadata: 216. */
export const XDP_MAX_META = XDP_PACKET_HEADROOM - XDP_FRAME_STRUCT;

export const xdpData = (machine: Machine): number => machine.u32[DATA] ?? 0;
export const xdpDataEnd = (machine: Machine): number => machine.u32[DATA_END] ?? 0;
export const xdpDataMeta = (machine: Machine): number => machine.u32[DATA_META] ?? 0;
export function setXdpHardEnd(machine: Machine, address: number): void {
  machine.u32[HARD_END] = address;
}
export const xdpFragCount = (machine: Machine): number => machine.u32[NR_FRAGS] ?? 0;
export const xdpFragsSize = (machine: Machine): number => machine.u32[FRAGS_SIZE] ?? 0;
export const xdpFragLength = (machine: Machine, index: number): number =>
  machine.u32[FRAG_LENGTHS + index] ?? 0;
export const xdpFragAddress = (index: number): number => XDP_BASE + (index + 1) * XDP_FRAME_SIZE;

/** Linear and fragment bytes, without metadata (xdp_get_buff_len). */
export function xdpLength(machine: Machine): number {
  return xdpDataEnd(machine) - xdpData(machine) + xdpFragsSize(machine);
}

/** Moves the ends of metadata and linear packet, in the context and for the access checks. */
export function setXdpEnds(machine: Machine, meta: number, data: number, end: number): void {
  (machine.runtime['xdp_set_ends'] as RuntimeFunction)(CTX_BASE, meta, data, end);
}

/**
 * Fills the buffer with source[offset, offset + length): `metaSize` bytes of metadata, `linear` bytes (metadata
 * included) in the page, the rest in fragments. The head room is zero, as the kernel allocates it; what lies past the
 * end need not be, since adjust_tail clears what it adds. Returns false when it takes more than 17 fragments.
 */
export function fillXdp(
  machine: Machine,
  source: Uint8Array,
  offset: number,
  length: number,
  linear: number,
  metaSize: number,
): boolean {
  const { u8, u32 } = machine;
  const data = XDP_BASE + XDP_PACKET_HEADROOM;
  const start = data - metaSize;
  const dirty = u32[DIRTY_START] ?? 0;
  // 0 on a fresh machine, whose memory is all zero
  if (dirty !== 0 && dirty < start) u8.fill(0, dirty, start);
  u32[DIRTY_START] = start;
  u32[HARD_END] = XDP_HARD_END;
  copyIn(u8, start, source, offset, linear);
  const frags = Math.ceil((length - linear) / XDP_FRAME_SIZE);
  u32[NR_FRAGS] = Math.min(frags, XDP_MAX_FRAGS);
  u32[FRAGS_SIZE] = length - linear;
  if (frags > XDP_MAX_FRAGS) return false;
  for (let i = 0, at = linear; i < frags; i++, at += XDP_FRAME_SIZE) {
    const size = Math.min(length - at, XDP_FRAME_SIZE);
    copyIn(u8, xdpFragAddress(i), source, offset + at, size);
    u32[FRAG_LENGTHS + i] = size;
  }
  setXdpEnds(machine, start, data, start + linear);
  return true;
}
