/** Which bytes of packet and context a program may touch: the shadow, kept up to date by the difference. */
import { CTX_BASE } from './layout.ts';
import type { Machine } from './machine.ts';
import { PACKET_OPEN_END, PACKET_OPEN_START, PACKET_SHADOW } from './packet-layout.ts';

const OPEN_START = (CTX_BASE + PACKET_OPEN_START) >> 2;
const OPEN_END = (CTX_BASE + PACKET_OPEN_END) >> 2;
const SHADOW = (CTX_BASE + PACKET_SHADOW) >> 2;

/** Makes exactly [start, end) accessible packet bytes. Costs as much as the range differs from the one before. */
export function openPacket(machine: Machine, start: number, end: number): void {
  const { u32, u8, limit } = machine;
  const byte = u32[SHADOW] ?? 0;
  const oldStart = u32[OPEN_START] ?? 0;
  const oldEnd = u32[OPEN_END] ?? 0;
  if (byte === 0 || (start === oldStart && end === oldEnd)) return;
  if (start >= oldEnd || end <= oldStart) {
    u8.fill(0, limit + oldStart, limit + oldEnd);
    u8.fill(byte, limit + start, limit + end);
  } else {
    if (start < oldStart) u8.fill(byte, limit + start, limit + oldStart);
    else if (start > oldStart) u8.fill(0, limit + oldStart, limit + start);
    if (end > oldEnd) u8.fill(byte, limit + oldEnd, limit + end);
    else if (end < oldEnd) u8.fill(0, limit + end, limit + oldEnd);
  }
  u32[OPEN_START] = start;
  u32[OPEN_END] = end;
}

/** Forbids all packet bytes and sets what the next `openPacket` makes accessible (SHADOW_* and kind; 0 for nothing). */
export function closePacket(machine: Machine, shadowByte: number): void {
  const { u32, u8, limit } = machine;
  u8.fill(0, limit + (u32[OPEN_START] ?? 0), limit + (u32[OPEN_END] ?? 0));
  u32[OPEN_START] = 0;
  u32[OPEN_END] = 0;
  u32[SHADOW] = shadowByte;
}
