/** Integers at any bit of little-endian bytes. */

/** `bits` bits from bit `offset` on, unsigned. */
export function readBits(bytes: Uint8Array, offset: number, bits: number): bigint {
  let value = 0n;
  const first = Math.floor(offset / 8);
  const last = Math.ceil((offset + bits) / 8) - 1;
  for (let at = last; at >= first; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return BigInt.asUintN(bits, value >> BigInt(offset % 8));
}

/** Writes the low `bits` bits of `value` from bit `offset` on and keeps the bits around them. */
export function writeBits(bytes: Uint8Array, offset: number, bits: number, value: bigint): void {
  let rest = BigInt.asUintN(bits, value);
  for (let done = 0; done < bits; ) {
    const at = Math.floor((offset + done) / 8);
    const shift = (offset + done) % 8;
    const count = Math.min(8 - shift, bits - done);
    const mask = ((1 << count) - 1) << shift;
    bytes[at] = ((bytes[at] ?? 0) & ~mask) | ((Number(rest & 0xffn) << shift) & mask);
    rest >>= BigInt(count);
    done += count;
  }
}
