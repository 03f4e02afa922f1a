/**
 * The simulated sk_buff: a linear packet with head and tail room on demand, its header positions and checksum state.
 * All state lies in linear memory behind the program's __sk_buff (skb-layout.ts). Fragments never occur: 6.18 makes
 * none in a test run.
 */
import { CTX_BASE, SKB_BASE, SKB_SIZE } from './layout.ts';
import type { Machine } from './machine.ts';
import { openPacket } from './packet-access.ts';
import {
  CHECKSUM_COMPLETE,
  SKB_CSUM,
  SKB_DATA,
  SKB_DATA_END,
  SKB_DATA_META,
  SKB_IP_SUMMED,
  SKB_LEN,
  SKB_MAC,
  SKB_NETWORK,
  SKB_PROTOCOL,
  SKB_TRANSPORT,
} from './skb-layout.ts';
import { csumPartial } from './wsum.ts';

const LEN = (CTX_BASE + SKB_LEN) >> 2;
const DATA = (CTX_BASE + SKB_DATA) >> 2;
const DATA_END = (CTX_BASE + SKB_DATA_END) >> 2;
const DATA_META = (CTX_BASE + SKB_DATA_META) >> 2;
const MAC = (CTX_BASE + SKB_MAC) >> 2;
const NETWORK = (CTX_BASE + SKB_NETWORK) >> 2;
const TRANSPORT = (CTX_BASE + SKB_TRANSPORT) >> 2;

/** Where a new packet's Ethernet header goes: 32 KiB of head room before, 96 KiB for packet and tail room. */
export const SKB_START = SKB_BASE + 0x8000;
/** Most bytes that change_head, change_tail and adjust_room make (SKB_MAX_ALLOC). */
export const SKB_MAX_LEN = 16064;
const ROOM_END = SKB_BASE + SKB_SIZE;

/** One u32 of the context or its hidden part (skb-layout.ts). */
export const skbField = (machine: Machine, offset: number): number =>
  machine.u32[(CTX_BASE + offset) >> 2] ?? 0;
export function setSkbField(machine: Machine, offset: number, value: number): void {
  machine.u32[(CTX_BASE + offset) >> 2] = value;
}

export const skbData = (machine: Machine): number => machine.u32[DATA] ?? 0;
export const skbDataEnd = (machine: Machine): number => machine.u32[DATA_END] ?? 0;
export const skbLength = (machine: Machine): number => machine.u32[LEN] ?? 0;
/** skb_network_offset: negative for a program that sees the packet from beyond its network header. */
export const skbNetworkOffset = (machine: Machine): number => (machine.u32[NETWORK] ?? 0) - skbData(machine);
/** skb_mac_header_len. */
export const skbMacLength = (machine: Machine): number =>
  (machine.u32[NETWORK] ?? 0) - (machine.u32[MAC] ?? 0);

/** Moves the packet's ends, in the context and for the access checks. */
export function setSkbEnds(machine: Machine, data: number, end: number): void {
  const { u32 } = machine;
  u32[DATA] = data;
  u32[DATA_META] = data;
  u32[DATA_END] = end;
  u32[LEN] = end - data;
  openPacket(machine, data, end);
}

/**
 * Makes `head` bytes before and `tail` bytes after the packet usable, moving it where there is no room. The kernel
 * reallocates until memory is used up; here false (ENOMEM) comes at 128 KiB.
 */
export function reserveSkb(machine: Machine, head: number, tail: number): boolean {
  const { u8, u32 } = machine;
  const data = skbData(machine);
  const end = skbDataEnd(machine);
  if (data - head >= SKB_BASE && end + tail <= ROOM_END) return true;
  const length = end - data;
  const spare = SKB_SIZE - length - head - tail;
  // the MAC header of an L3 packet moves along
  const before = Math.max(0, data - (u32[MAC] ?? data));
  if (spare < before) return false;
  const target = SKB_BASE + head + Math.max(before, (spare >> 1) & ~3);
  u8.copyWithin(target - before, data - before, end);
  const moved = target - data;
  u32[MAC] = (u32[MAC] ?? 0) + moved;
  u32[NETWORK] = (u32[NETWORK] ?? 0) + moved;
  if (u32[TRANSPORT] !== 0) u32[TRANSPORT] = (u32[TRANSPORT] ?? 0) + moved;
  setSkbEnds(machine, target, target + length);
  return true;
}

/**
 * Inserts `size` zero bytes at `offset` by moving what is before it down (bpf_skb_net_hdr_push): MAC and network
 * header move along. False when there is no memory.
 */
export function insertSkb(machine: Machine, offset: number, size: number): boolean {
  if (!reserveSkb(machine, size, 0)) return false;
  const { u8 } = machine;
  const data = skbData(machine) - size;
  u8.copyWithin(data, data + size, data + size + offset);
  u8.fill(0, data + offset, data + offset + size);
  moveHeaders(machine, -size);
  setSkbEnds(machine, data, skbDataEnd(machine));
  return true;
}

/** Removes `size` bytes at `offset` by moving what is before it up (bpf_skb_net_hdr_pop). */
export function removeSkb(machine: Machine, offset: number, size: number): void {
  const data = skbData(machine);
  pullChecksum(machine, data + offset, size);
  machine.u8.copyWithin(data + size, data, data + offset);
  moveHeaders(machine, size);
  setSkbEnds(machine, data + size, skbDataEnd(machine));
}

function moveHeaders({ u32 }: Machine, by: number): void {
  const network = u32[NETWORK] ?? 0;
  const same = u32[TRANSPORT] === network;
  u32[MAC] = (u32[MAC] ?? 0) + by;
  u32[NETWORK] = network + by;
  if (same) u32[TRANSPORT] = network + by;
}

/** skb_postpull_rcsum: takes bytes out of the running sum, where there is one. */
export function pullChecksum(machine: Machine, address: number, size: number): void {
  if (skbField(machine, SKB_IP_SUMMED) !== CHECKSUM_COMPLETE) return;
  const rest = csumPartial(machine, address, size, -skbField(machine, SKB_CSUM) >>> 0);
  setSkbField(machine, SKB_CSUM, -rest >>> 0);
}

/** skb_postpush_rcsum: adds bytes to the running sum, where there is one. */
export function pushChecksum(machine: Machine, address: number, size: number): void {
  if (skbField(machine, SKB_IP_SUMMED) !== CHECKSUM_COMPLETE) return;
  setSkbField(machine, SKB_CSUM, csumPartial(machine, address, size, skbField(machine, SKB_CSUM)));
}

/** skb->protocol: the Ethertype, network order, as programs read it. */
export const skbProtocol = (machine: Machine): number => skbField(machine, SKB_PROTOCOL) & 0xffff;

/** Ethertypes as a little endian load of the header's bytes gives them. */
export const PROTOCOL_IP = 0x0008;
export const PROTOCOL_IPV6 = 0xdd86;
export const PROTOCOL_8021Q = 0x0081;
export const PROTOCOL_8021AD = 0xa888;
