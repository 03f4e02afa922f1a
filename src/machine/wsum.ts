/** The kernel's 32-bit one's complement sums (__wsum), bit for bit as csum_partial of x86-64 gives them. */

function fold32(sum: number): number {
  const LOW = 0x100000000;
  let rest = sum;
  while (rest >= LOW) rest = (rest % LOW) + Math.floor(rest / LOW);
  return rest;
}

/** Sum with end-around carry. */
export function csumAdd(a: number, b: number): number {
  return fold32((a >>> 0) + (b >>> 0));
}

export function csumSub(a: number, b: number): number {
  return csumAdd(a, ~b >>> 0);
}

/** Sum of [address, address + length) as little endian words, an odd tail padded with zeros, plus `seed`. */
export function csumPartial(u8: Uint8Array, address: number, length: number, seed: number): number {
  let sum = seed >>> 0;
  const end = address + length;
  let at = address;
  for (; at + 4 <= end; at += 4) {
    sum +=
      (u8[at] ?? 0) + (u8[at + 1] ?? 0) * 0x100 + (u8[at + 2] ?? 0) * 0x10000 + (u8[at + 3] ?? 0) * 0x1000000;
  }
  for (let weight = 1; at < end; at++, weight *= 0x100) sum += (u8[at] ?? 0) * weight;
  return fold32(sum);
}

/** 16-bit one's complement of the folded sum, as it stands in a header (csum_fold). */
export function csumFold(sum: number): number {
  let rest = sum >>> 0;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return ~rest & 0xffff;
}

/** The sum of a block that starts at an odd offset, as part of the whole. */
export function csumShift(sum: number, offset: number): number {
  return (offset & 1) === 0 ? sum : ((sum >>> 8) | (sum << 24)) >>> 0;
}
