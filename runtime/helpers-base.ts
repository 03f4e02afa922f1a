/** Helpers of the common base that programs call often: clock, random numbers, CPU, bpf_loop, spin locks, ring buffers. */
import {
  CELL_BOOT_OFFSET,
  CELL_CPU,
  CELL_KTIME,
  CELL_KTIME_STEP,
  CELL_RANDOM,
  CELL_TAI_OFFSET,
  FAULT_ARG_WRITE,
  FAULT_DEPTH,
  FAULT_HELPER,
  FRAME_STRIDE,
  JIFFIES_AT_BOOT,
  LAST_FP,
  SHADOW_READ,
  SHADOW_WRITE,
  TICK_NS,
} from '../src/machine/layout';
import { MAP_OPS, OPS_RINGBUF } from '../src/maps/layout';
import { E2BIG, EINVAL } from './errno';
import { fault } from './fault';
import { field } from './map-value';
import { check_range } from './memory';
import { ringbuf_output, ringbuf_query, ringbuf_reserve } from './ringbuf';

/** The clock as a reader sees it; it then moves on by its step. */
// @ts-ignore: decorator
@inline
function readClock(): u64 {
  const now = load<u64>(CELL_KTIME);
  store<u64>(CELL_KTIME, now + load<u64>(CELL_KTIME_STEP));
  return now;
}

export function ktime_get_ns(): u64 {
  return readClock();
}

export function ktime_get_boot_ns(): u64 {
  return readClock() + load<u64>(CELL_BOOT_OFFSET);
}

export function ktime_get_tai_ns(): u64 {
  return readClock() + load<u64>(CELL_TAI_OFFSET);
}

/** The clock as of the last timer tick. */
export function ktime_get_coarse_ns(): u64 {
  return (readClock() / TICK_NS) * TICK_NS;
}

/** Ticks: the counter starts five minutes before it passes 32 bits, so that programs meet that early. */
export function jiffies64(): u64 {
  return <u64>JIFFIES_AT_BOOT + readClock() / TICK_NS;
}

/** xorshift128 (Marsaglia 2003) over four words. */
export function get_prandom_u32(): u64 {
  let t = load<u32>(CELL_RANDOM);
  const w = load<u32>(CELL_RANDOM + 12);
  store<u64>(CELL_RANDOM, load<u64>(CELL_RANDOM + 4));
  store<u32>(CELL_RANDOM + 8, w);
  t ^= t << 11;
  t ^= t >>> 8;
  t ^= w ^ (w >>> 19);
  store<u32>(CELL_RANDOM + 12, t);
  return <u64>t;
}

export function get_smp_processor_id(): i32 {
  return load<i32>(CELL_CPU);
}

/** All CPUs are on node 0. */
export function get_numa_node_id(): i32 {
  return 0;
}

const MAX_LOOPS: u64 = 8 * 1024 * 1024;

/**
 * Calls callback(i, ctx) until it returns something else than 0; the number of calls made. `fp` is the caller's r10.
 * All 64 bits of nrLoops count, as in the code that the kernel's verifier puts in place of the call when flags is 0.
 */
export function bpf_loop(nrLoops: u64, callback: u32, ctx: i64, flags: u64, fp: u32): i32 {
  if (flags != 0) return EINVAL;
  if (nrLoops > MAX_LOOPS) return E2BIG;
  const frame = fp + FRAME_STRIDE;
  if (frame > <u32>LAST_FP) fault(FAULT_DEPTH, frame, 0, 0);
  for (let i: u64 = 0; i < nrLoops; i++) {
    if (call_indirect<i64>(callback, i, ctx, <i64>0, <i64>0, <i64>0, frame) != 0) return <i32>i + 1;
  }
  return <i32>nrLoops;
}

/** Stores 1 in the lock's word, as an uncontended lock of the kernel holds while it is taken. */
export function spin_lock(lock: u32): void {
  if (!check_range(lock, 0, 4, SHADOW_READ | SHADOW_WRITE)) fault(FAULT_ARG_WRITE, lock, 0, 4);
  if (load<u32>(lock) != 0) fault(FAULT_HELPER, lock, 0, 4);
  store<u32>(lock, 1);
}

export function spin_unlock(lock: u32): void {
  if (!check_range(lock, 0, 4, SHADOW_READ | SHADOW_WRITE)) fault(FAULT_ARG_WRITE, lock, 0, 4);
  if (load<u32>(lock) != 1) fault(FAULT_HELPER, lock, 0, 4);
  store<u32>(lock, 0);
}

/** No verifier has seen the program, so that any map may come here. */
// @ts-ignore: decorator
@inline
function requireRingbuf(map: u32): void {
  if (field(map, MAP_OPS) != OPS_RINGBUF) fault(FAULT_HELPER, map, 0, 0);
}

export function bpf_ringbuf_output(map: u32, data: u32, size: u32, flags: u64): i32 {
  requireRingbuf(map);
  return ringbuf_output(map, data, size, flags);
}

export function bpf_ringbuf_reserve(map: u32, size: u64, flags: u64): u32 {
  requireRingbuf(map);
  return ringbuf_reserve(map, size, flags);
}

export function bpf_ringbuf_query(map: u32, what: u64): u64 {
  requireRingbuf(map);
  return ringbuf_query(map, what);
}
