/** Packet memory: which bytes a program may touch, one's complement sums. */
import {
  PACKET_OPEN_END,
  PACKET_OPEN_START,
  PACKET_SHADOW,
} from '../src/machine/packet-layout';
import { setShadow } from './memory';

/** Makes exactly [start, end) accessible packet bytes. Costs as much as the range differs from the one before. */
export function packet_open(ctx: u32, start: u32, end: u32): void {
  const byte = load<u32>(ctx + PACKET_SHADOW);
  const oldStart = load<u32>(ctx + PACKET_OPEN_START);
  const oldEnd = load<u32>(ctx + PACKET_OPEN_END);
  if (byte == 0 || (start == oldStart && end == oldEnd)) return;
  if (start >= oldEnd || end <= oldStart) {
    setShadow(oldStart, oldEnd - oldStart, 0);
    setShadow(start, end - start, byte);
  } else {
    if (start < oldStart) setShadow(start, oldStart - start, byte);
    else setShadow(oldStart, start - oldStart, 0);
    if (end > oldEnd) setShadow(oldEnd, end - oldEnd, byte);
    else setShadow(end, oldEnd - end, 0);
  }
  store<u32>(ctx + PACKET_OPEN_START, start);
  store<u32>(ctx + PACKET_OPEN_END, end);
}

// @ts-ignore: decorator
@inline
function fold64(sum: u64): u32 {
  let rest = (sum & 0xffffffff) + (sum >> 32);
  rest = (rest & 0xffffffff) + (rest >> 32);
  return <u32>rest;
}

/** Sum of the bytes as little endian words, an odd tail padded with zeros, plus `seed`; bit for bit as on x86-64. */
export function csum_partial(address: u32, size: u32, seed: u32): u32 {
  let sum: u64 = seed;
  let at = address;
  const end = address + size;
  while (at + 16 <= end) {
    sum += <u64>load<u32>(at) + load<u32>(at, 4) + load<u32>(at, 8) + load<u32>(at, 12);
    at += 16;
  }
  while (at + 4 <= end) {
    sum += load<u32>(at);
    at += 4;
  }
  if (at + 2 <= end) {
    const low = load<u16>(at);
    sum += at + 3 == end ? <u64>low | ((<u64>load<u8>(at, 2)) << 16) : low;
  } else if (at < end) sum += load<u8>(at);
  return fold64(sum);
}

// @ts-ignore: decorator
@inline
export function csum_add(a: u32, b: u32): u32 {
  const sum = a + b;
  return sum + <u32>(sum < b);
}

// @ts-ignore: decorator
@inline
export function csum_sub(a: u32, b: u32): u32 {
  return csum_add(a, ~b);
}

/** The 32-bit sum in 16 bits (csum_from32to16). */
// @ts-ignore: decorator
@inline
export function fold16(sum: u32): u32 {
  let rest = (sum & 0xffff) + (sum >> 16);
  rest = (rest & 0xffff) + (rest >> 16);
  return rest;
}

/** Its complement, as it stands in a header (csum_fold). */
export function csum_fold(sum: u32): u32 {
  return ~fold16(sum) & 0xffff;
}

/** A block's sum as part of a whole in which it starts at `offset`. */
// @ts-ignore: decorator
@inline
export function csum_shift(sum: u32, offset: u32): u32 {
  return offset & 1 ? rotr<u32>(sum, 8) : sum;
}
