/** Keys of array-like maps: 4-byte indexes in ascending order. */
import type { BpfMapHandle } from './handle.ts';

/** Writes the index after the staged one over it; a key past the end starts again at 0. */
export function indexNextKey(map: BpfMapHandle, key: number): number {
  const { view } = map.machine;
  const next = map.staging;
  const last = map.maxEntries - 1;
  const index = key === 0 ? 0xffffffff : view.getUint32(key, true);
  if (index === last) return 0;
  view.setUint32(next, index > last ? 0 : index + 1, true);
  return next;
}
