/** Helpers of xdp: moving the ends of the packet, loads and stores across fragments. */
import { XDP_BASE, XDP_FRAME_SIZE } from '../src/machine/layout';
import {
  XDP_DATA,
  XDP_DATA_END,
  XDP_DATA_HARD_END,
  XDP_DATA_META,
  XDP_DIRTY_START,
  XDP_FRAG_LENGTHS,
  XDP_FRAGS_SIZE,
  XDP_FRAME_STRUCT,
  XDP_NR_FRAGS,
} from '../src/machine/xdp-layout';
import { EACCES, EFAULT, EINVAL } from './errno';
import { copy } from './memory';
import { packet_open } from './packet';

const ETH_HLEN: i64 = 14;
const FIRST_BYTE: u32 = XDP_BASE + XDP_FRAME_STRUCT;
/** Metadata's length must fit in the u8 of struct skb_shared_info. */
const META_MAX: u32 = 255;

/** Moves the ends of metadata and linear packet, in the context and for the access checks. */
export function xdp_set_ends(ctx: u32, meta: u32, data: u32, end: u32): void {
  store<u32>(ctx + XDP_DATA_META, meta);
  store<u32>(ctx + XDP_DATA, data);
  store<u32>(ctx + XDP_DATA_END, end);
  if (meta < load<u32>(ctx + XDP_DIRTY_START)) store<u32>(ctx + XDP_DIRTY_START, meta);
  packet_open(ctx, meta, end);
}

export function bpf_xdp_get_buff_len(ctx: u32): i32 {
  return load<u32>(ctx + XDP_DATA_END) - load<u32>(ctx + XDP_DATA) + load<u32>(ctx + XDP_FRAGS_SIZE);
}

export function bpf_xdp_adjust_head(ctx: u32, offset: i32): i32 {
  const meta = load<u32>(ctx + XDP_DATA_META);
  const old = load<u32>(ctx + XDP_DATA);
  const end = load<u32>(ctx + XDP_DATA_END);
  const metaSize = old - meta;
  const data = <i64>old + offset;
  if (data < <i64>(FIRST_BYTE + metaSize) || data > <i64>end - ETH_HLEN) return EINVAL;
  // the metadata moves along; the bytes it leaves keep their contents
  if (metaSize != 0) memory.copy(meta + offset, meta, metaSize);
  xdp_set_ends(ctx, meta + offset, <u32>data, end);
  return 0;
}

export function bpf_xdp_adjust_meta(ctx: u32, offset: i32): i32 {
  const data = load<u32>(ctx + XDP_DATA);
  const meta = <i64>load<u32>(ctx + XDP_DATA_META) + offset;
  if (meta < <i64>FIRST_BYTE || meta > <i64>data) return EINVAL;
  const size = data - <u32>meta;
  if ((size & 3) != 0 || size > META_MAX) return EACCES;
  xdp_set_ends(ctx, <u32>meta, data, load<u32>(ctx + XDP_DATA_END));
  return 0;
}

export function bpf_xdp_adjust_tail(ctx: u32, offset: i32): i32 {
  if (load<u32>(ctx + XDP_NR_FRAGS) != 0) return offset < 0 ? shrinkFrags(ctx, -offset) : growFrag(ctx, offset);
  const data = load<u32>(ctx + XDP_DATA);
  const old = load<u32>(ctx + XDP_DATA_END);
  const end = <i64>old + offset;
  if (end > <i64>load<u32>(ctx + XDP_DATA_HARD_END) || end < <i64>data + ETH_HLEN) return EINVAL;
  if (offset > 0) memory.fill(old, 0, offset);
  xdp_set_ends(ctx, load<u32>(ctx + XDP_DATA_META), data, <u32>end);
  return 0;
}

function growFrag(ctx: u32, offset: i32): i32 {
  const last = load<u32>(ctx + XDP_NR_FRAGS) - 1;
  const length = ctx + XDP_FRAG_LENGTHS + (last << 2);
  const size = load<u32>(length);
  if (<u32>offset > <u32>XDP_FRAME_SIZE - size) return EINVAL;
  memory.fill(fragment(last) + size, 0, offset);
  store<u32>(length, size + offset);
  store<u32>(ctx + XDP_FRAGS_SIZE, load<u32>(ctx + XDP_FRAGS_SIZE) + offset);
  return 0;
}

/** Eats fragments from the last one on, then the linear part. */
function shrinkFrags(ctx: u32, by: i32): i32 {
  if (by > bpf_xdp_get_buff_len(ctx) - <i32>ETH_HLEN) return EINVAL;
  let rest = by;
  let count = load<u32>(ctx + XDP_NR_FRAGS);
  let freed = 0;
  while (count > 0 && rest > 0) {
    const length = ctx + XDP_FRAG_LENGTHS + ((count - 1) << 2);
    const size = load<i32>(length);
    const cut = min(rest, size);
    freed += cut;
    rest -= cut;
    store<u32>(length, size - cut);
    if (cut < size) break;
    count--;
  }
  store<u32>(ctx + XDP_NR_FRAGS, count);
  store<u32>(ctx + XDP_FRAGS_SIZE, load<u32>(ctx + XDP_FRAGS_SIZE) - freed);
  if (count == 0) {
    const end = load<u32>(ctx + XDP_DATA_END) - rest;
    xdp_set_ends(ctx, load<u32>(ctx + XDP_DATA_META), load<u32>(ctx + XDP_DATA), end);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function fragment(index: u32): u32 {
  return XDP_BASE + (index + 1) * XDP_FRAME_SIZE;
}

export function bpf_xdp_load_bytes(ctx: u32, offset: u32, buffer: u32, size: u32): i32 {
  return move(ctx, offset, buffer, size, false);
}

export function bpf_xdp_store_bytes(ctx: u32, offset: u32, buffer: u32, size: u32): i32 {
  return move(ctx, offset, buffer, size, true);
}

function move(ctx: u32, offset: u32, buffer: u32, size: u32, store: bool): i32 {
  if (offset > 0xffff || size > 0xffff) return EFAULT;
  if (offset + size > <u32>bpf_xdp_get_buff_len(ctx)) return EINVAL;
  let at = load<u32>(ctx + XDP_DATA);
  let room = load<u32>(ctx + XDP_DATA_END) - at;
  let index: u32 = 0;
  let skip = offset;
  let rest = size;
  while (true) {
    if (skip < room) {
      const length = min(rest, room - skip);
      if (store) copy(at + skip, buffer, length);
      else copy(buffer, at + skip, length);
      buffer += length;
      rest -= length;
      skip = 0;
    } else skip -= room;
    if (rest == 0) return 0;
    at = fragment(index);
    room = load<u32>(ctx + XDP_FRAG_LENGTHS + (index << 2));
    index++;
  }
  return 0;
}
