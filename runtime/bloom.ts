/** BPF_MAP_TYPE_BLOOM_FILTER: the kernel's bits for seed 0 (BPF_F_ZERO_SEED); other seeds are random there. */
import { BLOOM_BITS, BLOOM_HASHES, BLOOM_MASK, MAP_VALUE_SIZE } from '../src/maps/layout';
import { EINVAL, ENOENT } from './errno';
import { jhash } from './jhash';
import { field } from './map-value';

export function bloom_push(map: u32, value: u32, flags: u64): i32 {
  if (flags != 0) return EINVAL;
  const hashes = field(map, BLOOM_HASHES);
  for (let i: u32 = 0; i < hashes; i++) {
    const at = jhash(value, field(map, MAP_VALUE_SIZE), i) & field(map, BLOOM_MASK);
    const byte = field(map, BLOOM_BITS) + (at >> 3);
    store<u8>(byte, <u8>((<u32>load<u8>(byte)) | (<u32>1 << (at & 7))));
  }
  return 0;
}

export function bloom_peek(map: u32, value: u32): i32 {
  const hashes = field(map, BLOOM_HASHES);
  for (let i: u32 = 0; i < hashes; i++) {
    const at = jhash(value, field(map, MAP_VALUE_SIZE), i) & field(map, BLOOM_MASK);
    if (!((load<u8>(field(map, BLOOM_BITS) + (at >> 3)) >> (at & 7)) & 1)) return ENOENT;
  }
  return 0;
}
