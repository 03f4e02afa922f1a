/** BPF_MAP_TYPE_RINGBUF: reserve, commit, query by the program; one consumer on the user side. */
import { FAULT_HELPER, KIND_MAP, KIND_RINGBUF, SHADOW_READ, SHADOW_WRITE } from '../src/machine/layout';
import {
  MAP_MAX_ENTRIES,
  MAP_OPS,
  OPS_RINGBUF,
  RING_CONSUMER,
  RING_DATA,
  RING_HDR_MAP,
  RING_HDR_SIZE,
  RING_PENDING,
  RING_PRODUCER,
} from '../src/maps/layout';
import { EAGAIN, EINVAL } from './errno';
import { fault } from './fault';
import { field } from './map-value';
import { copy, setShadow, shadowOf } from './memory';

/** Flags in a record's length (uapi/linux/bpf.h). */
// @ts-ignore: decorator
@inline
const BUSY: u32 = 0x80000000;
// @ts-ignore: decorator
@inline
const DISCARD: u32 = 0x40000000;
/** BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP: accepted, there is nobody to wake. */
// @ts-ignore: decorator
@inline
const WAKEUP_FLAGS: u64 = 3;
/** Longest record: a quarter of 4 GiB. */
// @ts-ignore: decorator
@inline
const MAX_RECORD: u64 = 0x3fffffff;
/** Marks the header of a record that is reserved and not yet committed, so that commit knows a real sample. */
// @ts-ignore: decorator
@inline
const RESERVED: u32 = KIND_RINGBUF << 4;

// @ts-ignore: decorator
@inline
function recordAt(map: u32, position: u64): u32 {
  return field(map, RING_DATA) + (<u32>position & (field(map, MAP_MAX_ENTRIES) - 1));
}

// @ts-ignore: decorator
@inline
function spanOf(length: u32): u64 {
  return (<u64>(length & ~(BUSY | DISCARD)) + RING_HDR_SIZE + 7) & ~7;
}

/** Address of `size` writable bytes, or 0: flags given, too long, or no room. */
export function ringbuf_reserve(map: u32, size: u64, flags: u64): u32 {
  if (flags != 0 || size > MAX_RECORD) return 0;
  const total = <u64>field(map, MAP_MAX_ENTRIES);
  const span = spanOf(<u32>size);
  if (span > total) return 0;
  const producer = load<u64>(map, RING_PRODUCER);
  const next = producer + span;
  // records committed since the last time free nothing by themselves, but bound how far a reserved one may lie back
  let pending = load<u64>(map, RING_PENDING);
  while (pending < producer) {
    const length = load<u32>(recordAt(map, pending));
    if (length & BUSY) break;
    pending += spanOf(length);
  }
  store<u64>(map, pending, RING_PENDING);
  if (next - load<u64>(map, RING_CONSUMER) > total - 1 || next - pending > total - 1) return 0;
  const record = recordAt(map, producer);
  store<u32>(record, <u32>size | BUSY);
  store<u32>(record, map, RING_HDR_MAP);
  setShadow(record, 1, RESERVED);
  setShadow(record + RING_HDR_SIZE, <u32>size, SHADOW_READ | SHADOW_WRITE | (KIND_RINGBUF << 4));
  store<u64>(map, next, RING_PRODUCER);
  return record + RING_HDR_SIZE;
}

function commit(sample: u32, discard: u32): void {
  const record = sample - RING_HDR_SIZE;
  if (shadowOf(record) != RESERVED) {
    fault(FAULT_HELPER, sample, 0, 0);
    return;
  }
  const size = load<u32>(record) & ~BUSY;
  store<u32>(record, size | discard);
  setShadow(record, RING_HDR_SIZE + size, 0);
}

export function ringbuf_submit(sample: u32, flags: u64): void {
  commit(sample, 0);
}

export function ringbuf_discard(sample: u32, flags: u64): void {
  commit(sample, DISCARD);
}

export function ringbuf_output(map: u32, data: u32, size: u64, flags: u64): i32 {
  if (flags & ~WAKEUP_FLAGS) return EINVAL;
  const sample = ringbuf_reserve(map, size, 0);
  if (sample == 0) return EAGAIN;
  copy(sample, data, <u32>size);
  commit(sample, 0);
  return 0;
}

/** BPF_RB_AVAIL_DATA 0, RING_SIZE 1, CONS_POS 2, PROD_POS 3; 0 for any other question. */
export function ringbuf_query(map: u32, what: u64): u64 {
  if (what == 0) return load<u64>(map, RING_PRODUCER) - load<u64>(map, RING_CONSUMER);
  if (what == 1) return field(map, MAP_MAX_ENTRIES);
  if (what == 2) return load<u64>(map, RING_CONSUMER);
  if (what == 3) return load<u64>(map, RING_PRODUCER);
  return 0;
}

/**
 * The user side takes the next committed record: address of its header, or 0 when there is none or the next one is
 * still reserved. The bytes stay as they are until the next reservation.
 */
export function ringbuf_consume(map: u32): u32 {
  let position = load<u64>(map, RING_CONSUMER);
  while (position != load<u64>(map, RING_PRODUCER)) {
    const record = recordAt(map, position);
    const length = load<u32>(record);
    if (length & BUSY) break;
    position += spanOf(length);
    store<u64>(map, position, RING_CONSUMER);
    if (!(length & DISCARD)) return record;
  }
  return 0;
}

/** Map of a reserved record's sample, 0 when it is none. */
export function ringbuf_map_of(sample: u32): u32 {
  const record = sample - RING_HDR_SIZE;
  if (shadowOf(record) != RESERVED) return 0;
  const map = load<u32>(record, RING_HDR_MAP);
  return shadowOf(map) == KIND_MAP << 4 && field(map, MAP_OPS) == OPS_RINGBUF ? map : 0;
}
