/** The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words. */

/** Folds a sum of 16-bit words to 16 bits, end-around carry included. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** Sum of the big-endian 16-bit words of `bytes`, not folded; an odd last byte counts as the upper half. */
export function sumWords(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) sum += bytes[at]! << 8;
  return sum;
}

/**
 * The checksum to be stored, big endian, over `bytes`, plus the words that `sum` already holds. Over bytes that
 * include a right checksum it is 0.
 */
export function checksum(bytes: Uint8Array, sum = 0): number {
  return ~foldSum(sum + sumWords(bytes)) & 0xffff;
}

/**
 * The checksum after 16-bit words changed (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')). `before` and `after` have
 * the same even length and begin at an even offset of the data summed.
 */
export function updateChecksum(old: number, before: Uint8Array, after: Uint8Array): number {
  let sum = ~old & 0xffff;
  for (let at = 0; at < before.length; at += 2) sum += ~((before[at]! << 8) | (before[at + 1] ?? 0)) & 0xffff;
  return ~foldSum(sum + sumWords(after)) & 0xffff;
}
