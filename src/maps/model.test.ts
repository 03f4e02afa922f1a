import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBpfError } from '../errors.ts';
import { Machine } from '../machine/index.ts';
import { MAP_TYPE, type MapTypeName } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import type { BpfMapHandle } from './handle.ts';
import { createMaps } from './index.ts';

const CAPACITY = 5;

function mapOf(type: MapTypeName, more: Partial<MapAttr> = {}): BpfMapHandle {
  const attr = {
    name: 'm',
    type: MAP_TYPE[type],
    keySize: 4,
    valueSize: 4,
    maxEntries: CAPACITY,
    flags: 0,
    ...more,
  };
  return createMaps(new Machine({ memory: 1 << 20, cpus: 2 }), [attr]).byIndex(0)!;
}

function errnoOf(run: () => void): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (isBpfError(error)) return error.errno ?? 'none';
    throw error;
  }
}

const step = fc.record({
  op: fc.constantFrom('update', 'update', 'delete', 'lookup', 'take', 'read'),
  key: fc.integer({ min: 0, max: 8 }),
  value: fc.integer({ min: 0, max: 255 }),
  flags: fc.constantFrom(0, 0, 0, 1, 2),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs on one key what `step` says; `read` is a program's lookup. */
function apply(map: BpfMapHandle, { op, key: n, value, flags }: Step): string {
  const key = new Uint8Array(map.keySize).fill(n);
  const bytes = new Uint8Array(map.userValueSize).fill(value);
  if (op === 'update') return errnoOf(() => map.update(key, bytes, flags));
  if (op === 'delete') return errnoOf(() => map.delete(key));
  if (op === 'take') return errnoOf(() => map.lookupAndDelete(key));
  if (op === 'lookup') return errnoOf(() => map.lookup(key));
  map.machine.u8.set(key, map.staging - 64);
  return map.call(map.engineInfo().ops.lookup!, map.staging - 64) === 0 ? 'ENOENT' : 'ok';
}

/** Keys (first byte) with values (first byte), by walking the map. */
function contents(map: BpfMapHandle): Map<number, number> {
  const all = new Map<number, number>();
  for (let key = map.nextKey(undefined); key; key = map.nextKey(key)) {
    expect(all.has(key[0]!)).toBe(false);
    all.set(key[0]!, map.lookup(key)[0]!);
  }
  return all;
}

describe('hash maps against a Map of JavaScript', () => {
  const variants: [MapTypeName, Partial<MapAttr>][] = [
    ['hash', {}],
    ['hash', { flags: 1, keySize: 1 }],
    ['hash', { keySize: 7, valueSize: 13 }],
    ['hash', { keySize: 16, flags: 64 }],
    ['percpu_hash', { keySize: 12 }],
    ['lru_hash', { keySize: 8 }],
    ['lru_percpu_hash', {}],
  ];
  for (const [type, more] of variants) {
    it(`${type} ${JSON.stringify(more)} keeps keys, values, errno and (LRU) the order of use`, () => {
      const lru = type.startsWith('lru');
      const check = (steps: Step[]): void => {
        const map = mapOf(type, more);
        // insertion order is order of use
        const model = new Map<number, number>();
        for (const one of steps) {
          const { op, key, value, flags } = one;
          const present = model.has(key);
          let expected = present ? 'ok' : 'ENOENT';
          if (op === 'update') {
            expected = 'ok';
            if (present && flags === 1) expected = 'EEXIST';
            else if (!present && flags === 2) expected = 'ENOENT';
            else if (!present && model.size === CAPACITY && !lru) expected = 'E2BIG';
            else {
              if (!present && model.size === CAPACITY) model.delete(model.keys().next().value!);
              model.delete(key);
              model.set(key, value);
            }
          } else if (op === 'delete' || op === 'take') model.delete(key);
          else if (op === 'read' && lru && present) {
            const old = model.get(key)!;
            model.delete(key);
            model.set(key, old);
          }
          expect(apply(map, one), JSON.stringify(one)).toBe(expected);
          expect(map.call('hash_count')).toBe(model.size);
        }
        expect(new Map([...contents(map)].sort())).toEqual(new Map([...model].sort()));
      };
      fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: 150, seed: 3 });
    });
  }
});

describe('lpm_trie against a list of prefixes', () => {
  const BITS = 12;
  const prefix = fc.record({
    length: fc.integer({ min: 0, max: 16 }),
    bits: fc.integer({ min: 0, max: 0xffff }),
  });
  const change = fc.record({ prefix, value: fc.integer({ min: 1, max: 255 }), remove: fc.boolean() });
  const keyBytes = (length: number, bits: number): Uint8Array =>
    Uint8Array.of(length, 0, 0, 0, bits >> 8, bits);
  const top = (bits: number, length: number): number => (length === 0 ? 0 : bits >>> (16 - length));

  it('finds the longest prefix, deletes, counts, and walks longer prefixes before the shorter one they lie in', () => {
    const check = (
      changes: { prefix: { length: number; bits: number }; value: number; remove: boolean }[],
      probes: number[],
    ): void => {
      const map = mapOf('lpm_trie', { keySize: 6, valueSize: 1, maxEntries: BITS, flags: 1 });
      const model = new Map<string, { length: number; bits: number; value: number }>();
      for (const {
        prefix: { length, bits: raw },
        value,
        remove,
      } of changes) {
        // few different bits, so that prefixes collide
        const bits = raw & 0xc0c0;
        const name = `${length}/${top(bits, length)}`;
        const key = keyBytes(length, bits);
        if (remove) {
          expect(errnoOf(() => map.delete(key))).toBe(model.delete(name) ? 'ok' : 'ENOENT');
          continue;
        }
        const full = model.size === BITS && !model.has(name);
        expect(errnoOf(() => map.update(key, Uint8Array.of(value)))).toBe(full ? 'ENOSPC' : 'ok');
        if (!full) model.set(name, { length, bits, value });
      }
      for (const raw of probes) {
        const bits = raw & 0xc1c3;
        const best = [...model.values()]
          .filter((one) => top(one.bits, one.length) === top(bits, one.length))
          .sort((a, b) => b.length - a.length)[0];
        const key = keyBytes(16, bits);
        if (best) expect(map.lookup(key)).toEqual(Uint8Array.of(best.value));
        else expect(errnoOf(() => map.lookup(key))).toBe('ENOENT');
      }
      const walked: { length: number; bits: number }[] = [];
      for (let key = map.nextKey(undefined); key; key = map.nextKey(key)) {
        const now = { length: key[0]!, bits: (key[4]! << 8) | key[5]! };
        for (const before of walked) {
          const within =
            before.length <= now.length && top(now.bits, before.length) === top(before.bits, before.length);
          expect(within).toBe(false);
        }
        walked.push(now);
      }
      expect(walked).toHaveLength(model.size);
    };
    const probes = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 20 });
    fc.assert(fc.property(fc.array(change, { maxLength: 50 }), probes, check), { numRuns: 300, seed: 5 });
  });
});
