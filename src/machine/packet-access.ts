/** Which bytes of packet and context a program may touch: the shadow, kept up to date by the difference. */
import { CTX_BASE, STAGING_BASE, XDP_BASE } from './layout.ts';
import type { Machine } from './machine.ts';
import { PACKET_OPEN_END, PACKET_OPEN_START, PACKET_SHADOW } from './packet-layout.ts';
import type { RuntimeFunction } from './runtime.ts';
import { BPF_SOCK_SIZE, FLOW_KEYS, FLOW_KEYS_SIZE, SKB_SOCK } from './skb-layout.ts';

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

/** What lies at an address between the contexts and the heap, in words, for a fault message. */
export function describePacket({ u32 }: Machine, address: number): string {
  if (address < STAGING_BASE) {
    const offset = address - CTX_BASE;
    if (offset >= FLOW_KEYS && offset < FLOW_KEYS + FLOW_KEYS_SIZE)
      return `the flow keys + ${offset - FLOW_KEYS}`;
    if (offset >= SKB_SOCK)
      return offset < SKB_SOCK + BPF_SOCK_SIZE
        ? `the packet's socket + ${offset - SKB_SOCK}`
        : 'past the context';
    return `the context + ${offset}`;
  }
  const start = u32[OPEN_START] ?? 0;
  const end = u32[OPEN_END] ?? 0;
  if (end === 0 || address < XDP_BASE) return 'no memory of this machine';
  const packet = `the packet, which has ${end - start} bytes here`;
  if (address >= end) return `${address - end} bytes past the end of ${packet}`;
  if (address < start) return `${start - address} bytes before the start of ${packet}`;
  return `the packet + ${address - start}`;
}
