import { describe, expect, it } from 'vitest';
import { Machine, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { MAP_FLAG, MAP_TYPE, type MapTypeName } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { u32Bytes } from './handle.ts';
import { createMaps, type MapTable, mapMemory } from './index.ts';

const { NO_PREALLOC, RDONLY_PROG } = { NO_PREALLOC: 1, RDONLY_PROG: MAP_FLAG.BPF_F_RDONLY_PROG };

function attrOf(type: MapTypeName, more: Partial<MapAttr> = {}): MapAttr {
  return { name: 'm', type: MAP_TYPE[type], keySize: 4, valueSize: 8, maxEntries: 4, flags: 0, ...more };
}

function tableOf(machine: Machine, ...attrs: MapAttr[]): MapTable {
  return createMaps(machine, attrs);
}

const value = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0);

/** One map of every type with something in it, and a way to change and to read it. */
const FILLED: readonly { attr: MapAttr; inner?: true }[] = [
  { attr: attrOf('array') },
  { attr: attrOf('percpu_array') },
  { attr: attrOf('hash') },
  { attr: attrOf('percpu_hash') },
  { attr: attrOf('lru_hash') },
  { attr: attrOf('lru_percpu_hash') },
  { attr: attrOf('lpm_trie', { keySize: 8, flags: NO_PREALLOC }) },
  { attr: attrOf('queue', { keySize: 0 }) },
  { attr: attrOf('stack', { keySize: 0 }) },
  { attr: attrOf('devmap', { valueSize: 4 }) },
  { attr: attrOf('devmap_hash', { valueSize: 4 }) },
  { attr: attrOf('cpumap', { valueSize: 4 }) },
  { attr: attrOf('array_of_maps', { valueSize: 4, inner: attrOf('array') }), inner: true },
  { attr: attrOf('hash_of_maps', { valueSize: 4, inner: attrOf('array') }), inner: true },
];

/** Key number `n`. */
function keyOf({ type, keySize }: MapAttr, n: number): Uint8Array {
  if (type === MAP_TYPE.lpm_trie) return Uint8Array.of(8 + n, 0, 0, 0, 10, 0, 0, 0);
  return u32Bytes(n).subarray(0, keySize);
}

describe('snapshot() and restore() of the machine', () => {
  for (const { attr, inner } of FILLED) {
    const [type] = Object.entries(MAP_TYPE).find(([, number]) => number === attr.type)!;
    it(`put back everything of a ${type} map`, () => {
      const machine = new Machine({ cpus: 2 });
      const map = tableOf(machine, attr, attrOf('array'), attrOf('array')).byIndex(0)!;
      const put = (n: number, to: number): void => {
        const bytes = new Uint8Array(map.userValueSize);
        bytes[0] = inner ? 1 + (to & 1) : to;
        map.update(keyOf(attr, n), bytes);
      };
      const dump = (): unknown => {
        if (attr.keySize === 0) return map.lookup(new Uint8Array(0));
        const all: unknown[] = [];
        for (let key = map.nextKey(undefined); key && all.length < 10; key = map.nextKey(key)) {
          try {
            all.push([key, map.lookup(key)]);
          } catch {
            all.push([key, 'absent']);
          }
        }
        return all;
      };
      put(0, 10);
      const before = dump();
      const snapshot = machine.snapshot();
      const shadow = machine.u8.slice(machine.limit);
      for (let round = 0; round < 2; round++) {
        put(1, 21);
        if (attr.keySize > 0) put(0, 31);
        if (type === 'queue') map.lookupAndDelete(new Uint8Array(0));
        expect(dump()).not.toEqual(before);
        machine.restore(snapshot);
        expect(dump()).toEqual(before);
        expect(Buffer.compare(machine.u8.subarray(machine.limit), shadow)).toBe(0);
      }
    });
  }

  it('keep only the used part of a large map', () => {
    const attr = attrOf('hash', { maxEntries: 100_000, flags: NO_PREALLOC });
    const machine = new Machine({ memory: mapMemory([attr]) + (1 << 20) });
    const map = tableOf(machine, attr).byIndex(0)!;
    map.update(u32Bytes(1), value(1));
    const { saved } = machine.snapshot();
    const bytes = saved.reduce((sum, block) => sum + block.bytes.length, 0);
    expect(bytes).toBeLessThan(131072 * 4 + 1000);
  });
});

describe('createMaps()', () => {
  it('opens values to programs by the flags, and nothing around them', () => {
    const machine = new Machine();
    const [open, closed, write] = [0, RDONLY_PROG, MAP_FLAG.BPF_F_WRONLY_PROG].map(
      (flags) => tableOf(machine, attrOf('array', { flags, valueSize: 12 })).byIndex(0)!,
    );
    const check = (address: number, size: number, mask: number): number =>
      machine.runtime['check_range']!(address, 0, size, mask);
    const [at, closedAt, writeAt] = [open, closed, write].map((map) =>
      map!.call('array_lookup', map!.staging),
    );
    expect(check(at!, 12, SHADOW_READ | SHADOW_WRITE)).toBe(1);
    expect(check(at!, 13, SHADOW_READ)).toBe(0);
    expect(check(at! - 1, 1, SHADOW_READ)).toBe(0);
    expect(check(closedAt!, 12, SHADOW_READ)).toBe(1);
    expect(check(closedAt!, 1, SHADOW_WRITE)).toBe(0);
    expect(check(writeAt!, 12, SHADOW_WRITE)).toBe(1);
    expect(check(writeAt!, 1, SHADOW_READ)).toBe(0);
    expect(check(open!.address, 1, SHADOW_READ)).toBe(0);
  });

  it('fills a data section, freezes constants and gives the engine its address', () => {
    const machine = new Machine();
    const data = Uint8Array.of(1, 2, 3);
    const table = tableOf(
      machine,
      attrOf('array', { name: '.rodata', valueSize: 3, maxEntries: 1, flags: RDONLY_PROG, data }),
      attrOf('array', { name: '.bss', valueSize: 5, maxEntries: 1, data: new Uint8Array(5) }),
    );
    const rodata = table.byName('.rodata')!;
    expect(rodata.lookup(u32Bytes(0))).toEqual(data);
    expect(() => rodata.update(u32Bytes(0), data)).toThrow(expect.objectContaining({ errno: 'EPERM' }));
    const { valueAddress } = rodata.engineInfo();
    expect(machine.u8.slice(valueAddress, valueAddress! + 3)).toEqual(data);
    table.byName('.bss')!.update(u32Bytes(0), Uint8Array.of(5, 4, 3, 2, 1));
    expect(table.byAddress(rodata.address)).toBe(rodata);
  });

  it('answers ENOMEM, naming the map, when the machine is too small, and takes nothing', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const blocks = machine.heap.blocks.length;
    expect(() => tableOf(machine, attrOf('hash', { name: 'big', maxEntries: 1_000_000 }))).toThrow(
      /map 'big'.*\(ENOMEM\)/,
    );
    expect(machine.heap.blocks).toHaveLength(blocks);
  });

  it('refuses by name a type that the kernel has and we lack', () => {
    expect(() => tableOf(new Machine(), attrOf('sockmap'))).toThrow(/map type sockmap: not available/);
  });

  it('mapMemory() is enough for what it was asked about', () => {
    const attrs = FILLED.map(({ attr }) => ({ ...attr, maxEntries: 500 }));
    const memory = 0x90000 + mapMemory(attrs, 2) + 64;
    const machine = new Machine({ memory, cpus: 2 });
    expect(tableOf(machine, ...attrs).size).toBe(attrs.length);
  });
});
