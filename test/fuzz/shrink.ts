/** Makes what fails small: leaves out pieces, large ones first, as long as it still fails. */

/**
 * @param attempts how often `fails` may be asked.
 * @returns the pieces that are needed; removing any one of them, tried alone, mends it (unless `attempts` ran out).
 */
export function shrinkList<T>(
  pieces: readonly T[],
  fails: (pieces: readonly T[]) => boolean,
  attempts = 1000,
): readonly T[] {
  let kept = pieces;
  let left = attempts;
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 0; ) {
    let removed = false;
    for (let at = 0; at < kept.length && left > 0; ) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      left--;
      if (fails(fewer)) {
        kept = fewer;
        removed = true;
      } else at += size;
    }
    if (left === 0) break;
    if (size > 1) size = Math.ceil(size / 2);
    else if (!removed) break;
  }
  return kept;
}

/** The fewest bytes of `damaged` that, put into `sound`, still fail. Files of different lengths only lose their end. */
export function shrinkBytes(
  sound: Uint8Array,
  damaged: Uint8Array,
  fails: (bytes: Uint8Array) => boolean,
  attempts: number,
): Uint8Array {
  if (sound.length !== damaged.length) return damaged;
  const different = [...damaged.keys()].filter((at) => sound[at] !== damaged[at]);
  const build = (places: readonly number[]): Uint8Array => {
    const bytes = sound.slice();
    for (const at of places) bytes[at] = damaged[at] ?? 0;
    return bytes;
  };
  return build(shrinkList(different, (places) => fails(build(places)), attempts));
}
