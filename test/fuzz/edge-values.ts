/** Numbers at which arithmetic changes its mind. */
import type { Random } from './random.ts';

const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 15n, 16n, 31n, 32n, 33n, 63n, 64n, 65n, 127n, 128n, 255n, 256n],
  ...[0x7fffn, 0x8000n, 0xffffn, 0x10000n, 0x7fffffffn, 0x80000000n, 0x80000001n, 0xfffffffen, 0xffffffffn],
  ...[0x100000000n, 0x7fffffffffffffffn, 0x8000000000000000n, 0x8000000000000001n, 0xffffffff00000000n],
  ...[0xffffffff7fffffffn, 0xffffffff80000000n, 0xfffffffffffffffen, 0xffffffffffffffffn],
];

/** Half of them edges, the others any bits. */
export function edgeValue(rng: Random): bigint {
  if (rng.below(2) === 0) return rng.pick(EDGES);
  return (BigInt(rng.below(0x100000000)) << 32n) | BigInt(rng.below(0x100000000));
}

/** As an immediate: signed 32 bit. */
export function edgeImmediate(rng: Random): number {
  return Number(BigInt.asIntN(32, edgeValue(rng)));
}
