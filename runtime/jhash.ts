/** Bob Jenkins' lookup3 hash as the kernel's hash maps use it with seed 0 (BPF_F_ZERO_SEED) and Bloom filters with seed i. */

// @ts-ignore: decorator
@inline
const INIT: u32 = 0xdeadbeef;

/** Hash of `size` bytes; the same for whole words as the kernel's jhash2. */
export function jhash(key: u32, size: u32, seed: u32): u32 {
  let a: u32 = INIT + size + seed;
  let b = a;
  let c = a;
  let left = size;
  while (left > 12) {
    a += load<u32>(key);
    b += load<u32>(key, 4);
    c += load<u32>(key, 8);
    a -= c; a ^= rotl<u32>(c, 4); c += b;
    b -= a; b ^= rotl<u32>(a, 6); a += c;
    c -= b; c ^= rotl<u32>(b, 8); b += a;
    a -= c; a ^= rotl<u32>(c, 16); c += b;
    b -= a; b ^= rotl<u32>(a, 19); a += c;
    c -= b; c ^= rotl<u32>(b, 4); b += a;
    key += 12;
    left -= 12;
  }
  if (left == 0) return c;
  a += word(key, left);
  if (left > 4) b += word(key + 4, left - 4);
  if (left > 8) c += word(key + 8, left - 8);
  c ^= b; c -= rotl<u32>(b, 14);
  a ^= c; a -= rotl<u32>(c, 11);
  b ^= a; b -= rotl<u32>(a, 25);
  c ^= b; c -= rotl<u32>(b, 16);
  a ^= c; a -= rotl<u32>(c, 4);
  b ^= a; b -= rotl<u32>(a, 14);
  c ^= b; c -= rotl<u32>(b, 24);
  return c;
}

/** Up to four bytes, little endian, zero-extended. */
function word(at: u32, left: u32): u32 {
  if (left >= 4) return load<u32>(at);
  let value: u32 = 0;
  for (let i: u32 = 0; i < left; i++) value |= <u32>load<u8>(at + i) << (i << 3);
  return value;
}
