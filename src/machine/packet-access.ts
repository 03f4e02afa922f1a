/** Which bytes of packet and context a program may touch: the shadow, kept up to date by the difference. */
import { CTX_BASE } from './layout.ts';
import type { Machine } from './machine.ts';
import { PACKET_OPEN_END, PACKET_OPEN_START, PACKET_SHADOW } from './packet-layout.ts';
import type { RuntimeFunction } from './runtime.ts';

const OPEN_START = (CTX_BASE + PACKET_OPEN_START) >> 2;
const OPEN_END = (CTX_BASE + PACKET_OPEN_END) >> 2;
const SHADOW = (CTX_BASE + PACKET_SHADOW) >> 2;

/** Makes exactly [start, end) accessible packet bytes. Costs as much as the range differs from the one before. */
export function openPacket(machine: Machine, start: number, end: number): void {
  (machine.runtime['packet_open'] as RuntimeFunction)(CTX_BASE, start, end);
}

/** Forbids all packet bytes and sets what the next `openPacket` makes accessible (SHADOW_* and kind; 0 for nothing). */
export function closePacket(machine: Machine, shadowByte: number): void {
  const { u32, u8, limit } = machine;
  u8.fill(0, limit + (u32[OPEN_START] ?? 0), limit + (u32[OPEN_END] ?? 0));
  u32[OPEN_START] = 0;
  u32[OPEN_END] = 0;
  u32[SHADOW] = shadowByte;
}
