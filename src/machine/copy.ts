/** Copying bytes into the linear memory. */

/** Copies without a subarray (an allocation) for short packets, where the loop is as fast. */
export function copyIn(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  offset: number,
  size: number,
): void {
  if (size > 96) target.set(source.subarray(offset, offset + size), at);
  else for (let i = 0; i < size; i++) target[at + i] = source[offset + i] ?? 0;
}
