/** Which header of the packet before is which of the packet after: the cheapest way to turn one row into the other. */
import type { Layer } from './parse-layers.ts';

/** A pair that is the same header, or one that came (`before` undefined) or went (`after` undefined). */
export interface LayerPair {
  readonly before: Layer | undefined;
  readonly after: Layer | undefined;
}

/**
 * Edit distance over headers: keeping one costs its bytes that differ, inserting or removing one costs its bytes. So an
 * encapsulated packet keeps its inner header, and a rewritten address is a change and not a new header.
 */
export function alignLayers(
  before: Uint8Array,
  after: Uint8Array,
  from: readonly Layer[],
  to: readonly Layer[],
): readonly LayerPair[] {
  const width = to.length + 1;
  const cost = new Array<number>((from.length + 1) * width).fill(0);
  for (let i = from.length; i >= 0; i--) {
    for (let j = to.length; j >= 0; j--) {
      if (i === from.length && j === to.length) continue;
      const [a, b] = [from[i], to[j]];
      const removed = a ? a.length + 1 + cost[(i + 1) * width + j]! : Number.POSITIVE_INFINITY;
      const inserted = b ? b.length + 1 + cost[i * width + j + 1]! : Number.POSITIVE_INFINITY;
      const kept =
        a && b ? keepCost(before, after, a, b) + cost[(i + 1) * width + j + 1]! : Number.POSITIVE_INFINITY;
      cost[i * width + j] = Math.min(removed, inserted, kept);
    }
  }
  const pairs: LayerPair[] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [a, b] = [from[i], to[j]];
    const best = cost[i * width + j]!;
    if (a && b && best === keepCost(before, after, a, b) + cost[(i + 1) * width + j + 1]!) {
      pairs.push({ before: a, after: b });
      i++;
      j++;
    } else if (b && best === b.length + 1 + cost[i * width + j + 1]!) {
      pairs.push({ before: undefined, after: b });
      j++;
    } else {
      pairs.push({ before: a, after: undefined });
      i++;
    }
  }
  return pairs;
}

function keepCost(before: Uint8Array, after: Uint8Array, a: Layer, b: Layer): number {
  if (a.kind !== b.kind) return Number.POSITIVE_INFINITY;
  const common = Math.min(a.length, b.length);
  let differ = Math.max(a.length, b.length) - common;
  for (let i = 0; i < common; i++) if (before[a.offset + i] !== after[b.offset + i]) differ++;
  return differ;
}
