/** Number formats, dominators and loops of the wasm writer against slow, plain definitions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { analyze } from './flow.ts';

function readSigned(bytes: Uint8Array): bigint {
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  });
  return BigInt.asIntN(7 * bytes.length, value);
}

describe('ByteWriter', () => {
  it('writes any 64-bit number as the shortest signed LEB128', () => {
    const check = (value: bigint): void => {
      const writer = new ByteWriter(1);
      writer.s64(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      expect(readSigned(writer.bytes)).toBe(value);
      const bits = (value < 0n ? ~value : value).toString(2).replace(/^0$/, '').length + 1;
      expect(writer.length).toBe(Math.ceil(bits / 7));
    };
    for (const value of [0n, 63n, 64n, -64n, -65n, 127n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x80000000n])
      check(value);
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), check));
  });

  it('writes an s32 as the same bytes as the s64 of that value', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const [narrow, wide] = [new ByteWriter(), new ByteWriter()];
        narrow.s32(value);
        wide.s64(value, value >> 31);
        expect([...narrow.bytes]).toEqual([...wide.bytes]);
      }),
    );
  });

  it('patches a padded u32 in place', () => {
    const writer = new ByteWriter(1);
    const place = writer.paddedU32();
    writer.u8(0x55);
    writer.patch(place, 0xdeadbeef);
    const value = [...writer.bytes.subarray(0, 5)].reduce(
      (sum, byte, i) => sum + (byte & 0x7f) * 2 ** (7 * i),
      0,
    );
    expect([value, writer.bytes[5]]).toEqual([0xdeadbeef, 0x55]);
  });
});

/** Nodes that cannot be reached from node 0 without `removed`. */
function cutOff(succs: readonly (readonly number[])[], removed: number): Set<number> {
  const seen = new Set<number>(removed === 0 ? [] : [0]);
  const work = [...seen];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    for (const succ of succs[node] ?? []) {
      if (succ === removed || seen.has(succ)) continue;
      seen.add(succ);
      work.push(succ);
    }
  }
  return new Set(succs.map((_, i) => i).filter((i) => !seen.has(i)));
}

const graphs = fc
  .integer({ min: 1, max: 14 })
  .chain((count) =>
    fc.array(fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }), { minLength: count, maxLength: count }),
  );

describe('analyze()', () => {
  it('finds the nearest node that every path from the entry passes', () => {
    fc.assert(
      fc.property(graphs, (succs) => {
        const { idom, order, rank } = analyze(succs, 0);
        const dominators = (node: number): number[] => order.filter((by) => cutOff(succs, by).has(node));
        for (const node of order) {
          const strict = dominators(node).filter((by) => by !== node);
          const nearest = strict.find((by) => dominators(by).length === strict.length) ?? -1;
          expect(idom[node]).toBe(nearest);
        }
        expect(order.every((node, i) => rank[node] === i)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('calls a graph reducible when every retreating edge leads to a dominator, and nests its loops', () => {
    fc.assert(
      fc.property(graphs, (succs) => {
        const { order, rank, loop, isHeader, reducible } = analyze(succs, 0);
        const retreating = order.flatMap((from) =>
          (succs[from] ?? [])
            .filter((to) => (rank[to] ?? 0) <= (rank[from] ?? 0))
            .map((to) => [from, to] as const),
        );
        expect(reducible).toBe(retreating.every(([from, to]) => cutOff(succs, to).has(from)));
        if (!reducible) return;
        for (const node of order) {
          const header = loop[node] ?? -1;
          if (header < 0) continue;
          expect(isHeader[header]).toBe(1);
          expect(cutOff(succs, header).has(node)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
