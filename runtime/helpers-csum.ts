/** Checksum helpers, as Linux 6.18 computes them. */
import { CHECKSUM_COMPLETE, SKB_CSUM, SKB_DATA, SKB_IP_SUMMED, SKB_LEN } from '../src/machine/skb-layout';
import { EFAULT, EINVAL } from './errno';
import { csum_add, csum_fold, csum_partial, csum_sub, fold16 } from './packet';

const BPF_F_HDR_FIELD_MASK: u64 = 0xf;
const BPF_F_PSEUDO_HDR: u64 = 0x10;
const BPF_F_MARK_MANGLED_0: u64 = 0x20;
const BPF_F_MARK_ENFORCE: u64 = 0x40;
const BPF_F_IPV6: u64 = 0x80;
const CSUM_MANGLED_0: u32 = 0xffff;

/** Since 6.13 folded to 16 bits, whatever the architecture sums with, and of any sizes. */
export function bpf_csum_diff(from: u32, fromSize: u32, to: u32, toSize: u32, seed: u32): i32 {
  if (fromSize != 0 && toSize != 0)
    return fold16(csum_sub(csum_partial(to, toSize, seed), csum_partial(from, fromSize, 0)));
  if (toSize != 0) return fold16(csum_partial(to, toSize, seed));
  if (fromSize != 0) return fold16(~csum_partial(from, fromSize, ~seed));
  return fold16(seed);
}

/** Address of the checksum at `offset`, or a negative errno. */
function place(ctx: u32, offset: u32): i32 {
  if (offset > 0xffff || (offset & 1) != 0) return EFAULT;
  if (offset + 2 > load<u32>(ctx + SKB_LEN)) return EFAULT;
  return load<u32>(ctx + SKB_DATA) + offset;
}

function replaceByDiff(at: u32, diff: u32): void {
  store<u16>(at, csum_fold(csum_add(diff, ~(<u32>load<u16>(at)))));
}

function replace4(at: u32, from: u32, to: u32): void {
  store<u16>(at, csum_fold(csum_add(csum_sub(~(<u32>load<u16>(at)), from), to)));
}

// @ts-ignore: decorator
@inline
function csum16_add(a: u32, b: u32): u32 {
  const sum = (a + b) & 0xffff;
  return (sum + <u32>(sum < b)) & 0xffff;
}

/** Sums in 16 bits, which can give another representation of zero than replace4. */
function replace2(at: u32, from: u32, to: u32): void {
  const sum = csum16_add(~(<u32>load<u16>(at)) & 0xffff, ~from & 0xffff);
  store<u16>(at, ~csum16_add(sum, to & 0xffff) & 0xffff);
}

export function bpf_l3_csum_replace(ctx: u32, offset: u32, from: u64, to: u64, flags: u64): i32 {
  if ((flags & ~BPF_F_HDR_FIELD_MASK) != 0) return EINVAL;
  const at = place(ctx, offset);
  if (at < 0) return at;
  if (flags == 0) {
    if (from != 0) return EINVAL;
    replaceByDiff(at, <u32>to);
  } else if (flags == 2) replace2(at, <u32>from & 0xffff, <u32>to & 0xffff);
  else if (flags == 4) replace4(at, <u32>from, <u32>to);
  else return EINVAL;
  return 0;
}

export function bpf_l4_csum_replace(ctx: u32, offset: u32, from: u64, to: u64, flags: u64): i32 {
  const known = BPF_F_HDR_FIELD_MASK | BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_IPV6;
  if ((flags & ~known) != 0) return EINVAL;
  const at = place(ctx, offset);
  if (at < 0) return at;
  const mangled = (flags & BPF_F_MARK_MANGLED_0) != 0;
  if (mangled && (flags & BPF_F_MARK_ENFORCE) == 0 && load<u16>(at) == 0) return 0;
  // a checksum in a pseudo header changes the sum of the packet as a whole
  const complete = (flags & BPF_F_PSEUDO_HDR) != 0 && load<u32>(ctx + SKB_IP_SUMMED) == CHECKSUM_COMPLETE;
  const sum = load<u32>(ctx + SKB_CSUM);
  const field = flags & BPF_F_HDR_FIELD_MASK;
  if (field == 0) {
    if (from != 0) return EINVAL;
    replaceByDiff(at, <u32>to);
    if (complete && (flags & BPF_F_IPV6) == 0) store<u32>(ctx + SKB_CSUM, ~csum_sub(<u32>to, sum));
  } else if (field == 2 || field == 4) {
    const mask: u32 = field == 2 ? 0xffff : 0xffffffff;
    const before = <u32>from & mask;
    const after = <u32>to & mask;
    replace4(at, before, after);
    if (complete) store<u32>(ctx + SKB_CSUM, ~csum_add(csum_sub(~sum, before), after));
  } else return EINVAL;
  if (mangled && load<u16>(at) == 0) store<u16>(at, CSUM_MANGLED_0);
  return 0;
}
