/** Loads and stores of sk_buff bytes by offset: helpers, and the legacy LD_ABS and LD_IND. */
import {
  CHECKSUM_COMPLETE,
  SKB_CSUM,
  SKB_DATA,
  SKB_DATA_END,
  SKB_HASH,
  SKB_HASH_SET,
  SKB_IP_SUMMED,
  SKB_LEN,
  SKB_MAC,
  SKB_NETWORK,
} from '../src/machine/skb-layout';
import { EFAULT, EINVAL, ENOMEM } from './errno';
import { copy } from './memory';
import { csum_add, csum_partial, csum_shift, csum_sub } from './packet';

const BPF_F_RECOMPUTE_CSUM: u64 = 1;
const BPF_F_INVALIDATE_HASH: u64 = 2;
const INT_MAX: u32 = 0x7fffffff;
const BPF_HDR_START_MAC: u32 = 0;
const BPF_HDR_START_NET: u32 = 1;
const SKF_NET_OFF: i32 = -0x100000;
const SKF_LL_OFF: i32 = -0x200000;

/** Fills `to` with zeros when the range is not in the packet. */
export function bpf_skb_load_bytes(ctx: u32, offset: u32, to: u32, size: u32): i32 {
  if (offset > INT_MAX || <u64>offset + size > load<u32>(ctx + SKB_LEN)) {
    memory.fill(to, 0, size);
    return EFAULT;
  }
  copy(to, load<u32>(ctx + SKB_DATA) + offset, size);
  return 0;
}

export function bpf_skb_load_bytes_relative(ctx: u32, offset: u32, to: u32, size: u32, start: u32): i32 {
  let from: u32 = 0;
  if (offset <= 0xffff) {
    if (start == BPF_HDR_START_MAC) from = load<u32>(ctx + SKB_MAC);
    else if (start == BPF_HDR_START_NET) from = load<u32>(ctx + SKB_NETWORK);
  }
  if (from == 0 || <u64>from + offset + size > load<u32>(ctx + SKB_DATA_END)) {
    memory.fill(to, 0, size);
    return EFAULT;
  }
  copy(to, from + offset, size);
  return 0;
}

export function bpf_skb_store_bytes(ctx: u32, offset: u32, from: u32, size: u32, flags: u64): i32 {
  if ((flags & ~(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH)) != 0) return EINVAL;
  if (offset > INT_MAX || <u64>offset + size > load<u32>(ctx + SKB_LEN)) return EFAULT;
  const at = load<u32>(ctx + SKB_DATA) + offset;
  const recompute =
    (flags & BPF_F_RECOMPUTE_CSUM) != 0 && load<u32>(ctx + SKB_IP_SUMMED) == CHECKSUM_COMPLETE;
  if (recompute) {
    const old = csum_shift(csum_partial(at, size, 0), offset);
    store<u32>(ctx + SKB_CSUM, csum_sub(load<u32>(ctx + SKB_CSUM), old));
  }
  copy(at, from, size);
  if (recompute) {
    const now = csum_shift(csum_partial(at, size, 0), offset);
    store<u32>(ctx + SKB_CSUM, csum_add(load<u32>(ctx + SKB_CSUM), now));
  }
  if ((flags & BPF_F_INVALIDATE_HASH) != 0) {
    store<u32>(ctx + SKB_HASH, 0);
    store<u32>(ctx + SKB_HASH_SET, 0);
  }
  return 0;
}

/** The packet is always linear: all of it can be pulled, and no more. */
export function bpf_skb_pull_data(ctx: u32, size: u32): i32 {
  return size > load<u32>(ctx + SKB_LEN) ? ENOMEM : 0;
}

/** LD_ABS and LD_IND: the big endian value of 1, 2 or 4 bytes, or -1 where the kernel ends the program with r0 = 0. */
export function ld_abs(ctx: u32, offset: i32, size: u32): i64 {
  const data = load<u32>(ctx + SKB_DATA);
  let at: i64 = <i64>data + offset;
  if (offset < 0) {
    if (offset >= SKF_NET_OFF) at = <i64>load<u32>(ctx + SKB_NETWORK) + (offset - SKF_NET_OFF);
    else if (offset >= SKF_LL_OFF) at = <i64>load<u32>(ctx + SKB_MAC) + (offset - SKF_LL_OFF);
    else return -1;
  }
  if (at + size > load<u32>(ctx + SKB_DATA_END)) return -1;
  const from = <u32>at;
  if (size == 1) return load<u8>(from);
  if (size == 2) return bswap<u16>(load<u16>(from));
  return bswap<u32>(load<u32>(from));
}
