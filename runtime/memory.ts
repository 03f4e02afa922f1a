/** Bytes of the shared memory: copying, comparing, and the shadow that says what a program may touch. */
import { SHADOW_READ, SHADOW_WRITE } from '../src/machine/layout';

/** machine.limit: the shadow of address a is at a + limit. */
let limit: u32 = 0;

/** Called once after instantiation. */
export function init(machineLimit: u32): void {
  limit = machineLimit;
}

/** Sets the shadow byte of [address, address + size). */
// @ts-ignore: decorator
@inline
export function setShadow(address: u32, size: u32, shadow: u32): void {
  memory.fill(limit + address, <u8>shadow, size);
}

/** Shadow byte of an address; 0 past the machine's end. */
// @ts-ignore: decorator
@inline
export function shadowOf(address: u32): u32 {
  return address < limit ? load<u8>(limit + address) : 0;
}

/** 1 when the 64-bit address high:low lies in the machine and each byte of [address, address + size) has all bits of `mask`. */
export function check_range(low: u32, high: u32, size: u32, mask: u32): i32 {
  if (high != 0 || <u64>low + size > limit) return 0;
  let at = limit + low;
  const end = at + size;
  const wide = mask * 0x01010101;
  while (at + 4 <= end) {
    if ((load<u32>(at) & wide) != wide) return 0;
    at += 4;
  }
  while (at < end) {
    if ((load<u8>(at) & mask) != mask) return 0;
    at++;
  }
  return 1;
}

/** Length of the NUL-terminated readable string at the address, without the NUL; -1 when it leaves readable memory. */
export function check_string(low: u32, high: u32, max: u32): i32 {
  if (high != 0) return -1;
  for (let i: u32 = 0; i < max; i++) {
    const at = low + i;
    if (at >= limit || at < low || !(load<u8>(limit + at) & SHADOW_READ)) return -1;
    if (load<u8>(at) == 0) return i;
  }
  return -1;
}

/** Copies `size` bytes; short ones by words, since memory.copy calls out of the compiled code. */
// @ts-ignore: decorator
@inline
export function copy(to: u32, from: u32, size: u32): void {
  if (size > 64) {
    memory.copy(to, from, size);
    return;
  }
  const words = size & ~3;
  let i: u32 = 0;
  while (i < words) {
    store<u32>(to + i, load<u32>(from + i));
    i += 4;
  }
  while (i < size) {
    store<u8>(to + i, load<u8>(from + i));
    i++;
  }
}

// @ts-ignore: decorator
@inline
export function equal(a: u32, b: u32, size: u32): bool {
  const words = size & ~3;
  let i: u32 = 0;
  // 4-byte loads: programs build keys with 4-byte stores, and a wider load stalls on store forwarding
  while (i < words) {
    if (load<u32>(a + i) != load<u32>(b + i)) return false;
    i += 4;
  }
  while (i < size) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
    i++;
  }
  return true;
}

/** Both access bits. */
// @ts-ignore: decorator
@inline
export const READ_WRITE: u32 = SHADOW_READ | SHADOW_WRITE;
