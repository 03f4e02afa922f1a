/** Output bytes that are ours to allocate. */

/** A buffer of its own costs V8 some 500 ns, a view of a shared one some 50: small outputs share, large ones do not. */
const SLAB_SIZE = 32 * 1024;
const LARGEST_SHARED = 4096;

let slab = new Uint8Array(0);
let used = 0;

/**
 * `size` zero bytes that nobody else has. Up to 4 KiB they are a view of a buffer that other results share, so to
 * transfer them to a worker copy them first.
 */
export function ownBytes(size: number): Uint8Array {
  if (size > LARGEST_SHARED || size === 0) return new Uint8Array(size);
  // a user who transferred a result's buffer took the slab with it
  if (used + size > slab.length) {
    slab = new Uint8Array(SLAB_SIZE);
    used = 0;
  }
  const bytes = slab.subarray(used, used + size);
  used += (size + 7) & ~7;
  return bytes;
}
