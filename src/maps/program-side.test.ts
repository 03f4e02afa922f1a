import { describe, expect, it } from 'vitest';
import { WebAssembly } from '../host.ts';
import { FIRST_FP, LAST_FP, Machine, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { MAP_FLAG, MAP_TYPE, type MapTypeName } from '../uapi/bpf.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { MapAttr } from './attr.ts';
import { type BpfMapHandle, u32Bytes } from './handle.ts';
import { createMaps, MapTable, progArrayCompatible } from './index.ts';
import { HASH_BUCKETS, HASH_MASK } from './layout.ts';

function attrOf(type: MapTypeName, more: Partial<MapAttr> = {}): MapAttr {
  return { name: 'm', type: MAP_TYPE[type], keySize: 4, valueSize: 8, maxEntries: 4, flags: 0, ...more };
}

function ring(maxEntries: number): BpfMapHandle {
  const attr = attrOf('ringbuf', { keySize: 0, valueSize: 0, maxEntries });
  return createMaps(new Machine({ memory: 1 << 20 }), [attr]).byIndex(0)!;
}

type Callback = (map: bigint, key: bigint, value: bigint, ctx: bigint, zero: bigint, fp: number) => bigint;

/** Puts a JavaScript function into the machine's table, through a module that imports and exports it. */
function inTable(machine: Machine, callback: Callback): number {
  // (type (func (param i64 i64 i64 i64 i64 i32) (result i64))) (import "e" "f" (func 0)) (export "f" (func 0))
  const type = [1, 11, 1, 0x60, 6, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7f, 1, 0x7e];
  const bytes = [
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...type,
    2,
    7,
    1,
    1,
    0x65,
    1,
    0x66,
    0,
    0,
    7,
    5,
    1,
    1,
    0x66,
    0,
    0,
  ];
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  const { exports } = new WebAssembly.Instance(module, { e: { f: callback } });
  const index = machine.reserveTable(1);
  machine.table.set(index, exports['f']);
  return index;
}

describe('ringbuf_reserve() and its commit', () => {
  const reserve = (map: BpfMapHandle, size: number, flags = 0): number =>
    map.call('ringbuf_reserve', BigInt(size), BigInt(flags));
  const submit = (map: BpfMapHandle, at: number): number => map.machine.runtime['ringbuf_submit']!(at, 0n);
  const discard = (map: BpfMapHandle, at: number): number => map.machine.runtime['ringbuf_discard']!(at, 0n);

  it('hands out writable bytes that the consumer sees once they are committed, in order of reservation', () => {
    const map = ring(4096);
    const { machine } = map;
    const [a, b, c] = [reserve(map, 5), reserve(map, 3), reserve(map, 4)];
    machine.u8.set([1, 2, 3, 4, 5], a);
    machine.u8.set([9, 9, 9, 9], c);
    expect(machine.runtime['check_range']!(a!, 0, 5, SHADOW_READ | SHADOW_WRITE)).toBe(1);
    expect(machine.runtime['check_range']!(a!, 0, 6, SHADOW_READ)).toBe(0);
    submit(map, c!);
    expect(map.consume()).toEqual([]);
    submit(map, a!);
    expect(machine.runtime['check_range']!(a!, 0, 1, SHADOW_READ)).toBe(0);
    expect(map.consume()).toEqual([Uint8Array.of(1, 2, 3, 4, 5)]);
    discard(map, b!);
    expect(map.consume()).toEqual([Uint8Array.of(9, 9, 9, 9)]);
    expect(map.consume()).toEqual([]);
  });

  it('answers NULL when flags are given, the record is too long or the buffer is full, and frees by consumption', () => {
    const map = ring(4096);
    expect(reserve(map, 8, 1)).toBe(0);
    expect(reserve(map, 4096)).toBe(0);
    expect(reserve(map, 4088)).toBe(0);
    // producer and consumer may be at most size - 1 apart
    const first = reserve(map, 2040);
    const second = reserve(map, 2032);
    expect(first).not.toBe(0);
    expect(second).not.toBe(0);
    expect(reserve(map, 0)).toBe(0);
    submit(map, first);
    submit(map, second);
    expect(reserve(map, 8)).toBe(0);
    expect(map.consume()).toHaveLength(2);
    expect(reserve(map, 8)).not.toBe(0);
  });

  it('keeps a record that passes the end of the buffer whole, for many rounds', () => {
    const map = ring(4096);
    for (let round = 0; round < 50; round++) {
      const at = reserve(map, 1500);
      map.machine.u8.fill(round, at, at + 1500);
      submit(map, at);
      expect(map.consume()).toEqual([new Uint8Array(1500).fill(round)]);
    }
  });

  it('counts positions as the kernel does', () => {
    const map = ring(4096);
    const query = (what: number): unknown => map.machine.runtime['ringbuf_query']!(map.address, BigInt(what));
    submit(map, reserve(map, 9));
    expect([0, 1, 2, 3, 4].map(query)).toEqual([24n, 4096n, 0n, 24n, 0n]);
    map.consume();
    expect([0, 1, 2, 3].map(query)).toEqual([0n, 4096n, 24n, 24n]);
  });

  it("is emptied into the machine's events by collectRings()", () => {
    const attr = attrOf('ringbuf', { name: 'events', keySize: 0, valueSize: 0, maxEntries: 4096 });
    const table = createMaps(new Machine({ memory: 1 << 20 }), [attr]);
    const map = table.byIndex(0)!;
    table.collectRings();
    expect(table.machine.events.empty).toBe(true);
    const at = reserve(map, 2);
    table.collectRings();
    expect(table.machine.events.empty).toBe(true);
    map.machine.u8.set([3, 4], at);
    submit(map, at);
    table.collectRings();
    expect(table.machine.events.ring).toEqual([{ map: 'events', data: Uint8Array.of(3, 4) }]);
    expect(map.consume()).toEqual([]);
  });

  it('ends the run when what is committed is no reserved sample', () => {
    const map = ring(4096);
    const at = reserve(map, 16);
    expect(() => submit(map, at + 8)).toThrow(/fault 2/);
    submit(map, at);
    expect(() => submit(map, at)).toThrow(/fault 2/);
  });

  it('ringbuf_output() copies a record, refuses unknown flags with EINVAL and a full buffer with EAGAIN', () => {
    const map = ring(4096);
    const from = FIRST_FP - 8;
    map.machine.u8.set([7, 6, 5], from);
    const output = (size: number, flags: number): number =>
      map.call('ringbuf_output', from, BigInt(size), BigInt(flags));
    expect(output(3, 0)).toBe(0);
    expect(output(3, 3)).toBe(0);
    expect(output(3, 4)).toBe(-ERRNO.EINVAL);
    expect(output(5000, 0)).toBe(-ERRNO.EAGAIN);
    expect(map.consume()).toEqual([Uint8Array.of(7, 6, 5), Uint8Array.of(7, 6, 5)]);
  });
});

describe('map_for_each()', () => {
  const each = (map: BpfMapHandle, callback: Callback, flags = 0n): number =>
    map.call('map_for_each', inTable(map.machine, callback), 77n, flags, FIRST_FP);

  it('visits an array by index, with key, value, context and a frame of its own', () => {
    const map = createMaps(new Machine({ cpus: 2 }), [attrOf('array', { maxEntries: 3 })]).byIndex(0)!;
    map.update(u32Bytes(2), new Uint8Array(8).fill(5));
    const seen: unknown[] = [];
    const visited = each(map, (at, key, value, ctx, _zero, fp) => {
      const { u32 } = map.machine;
      expect([Number(at), ctx, fp]).toEqual([map.address, 77n, FIRST_FP + 576]);
      expect(map.machine.runtime['check_range']!(Number(key), 0, 4, SHADOW_READ)).toBe(1);
      seen.push([u32[Number(key) >> 2], u32[Number(value) >> 2]]);
      return 0n;
    });
    expect(visited).toBe(3);
    expect(seen).toEqual([
      [0, 0],
      [1, 0],
      [2, 0x05050505],
    ]);
  });

  it('stops after the callback that returns 1, counts it, and takes no flags', () => {
    const map = createMaps(new Machine(), [attrOf('percpu_array')]).byIndex(0)!;
    let calls = 0;
    expect(each(map, () => (++calls === 2 ? 1n : 0n))).toBe(2);
    expect(each(map, () => 0n, 1n)).toBe(-ERRNO.EINVAL);
  });

  it('visits every element of a hash map once although the callback deletes each', () => {
    for (const type of ['hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash'] as const) {
      const map = createMaps(new Machine(), [attrOf(type, { maxEntries: 100 })]).byIndex(0)!;
      for (let n = 0; n < 100; n++) map.update(u32Bytes(n), new Uint8Array(8));
      const seen = new Set<number>();
      const visited = each(map, (_map, key) => {
        seen.add(map.machine.u32[Number(key) >> 2]!);
        expect(map.call('map_delete_elem', Number(key))).toBe(0);
        return 0n;
      });
      expect([visited, seen.size, map.call('hash_count')]).toEqual([100, 100, 0]);
    }
  });

  it('faults at the deepest frame in place of calling', () => {
    const map = createMaps(new Machine(), [attrOf('array')]).byIndex(0)!;
    const index = inTable(map.machine, () => 0n);
    expect(() => map.call('map_for_each', index, 0n, 0n, LAST_FP)).toThrow(/fault 4/);
  });
});

describe('lookups of a program', () => {
  it('see the value of their CPU, and of a CPU by number', () => {
    for (const type of ['percpu_array', 'percpu_hash', 'lru_percpu_hash'] as const) {
      const machine = new Machine({ cpus: 3 });
      const map = createMaps(machine, [attrOf(type)]).byIndex(0)!;
      map.update(
        u32Bytes(1),
        Uint8Array.from({ length: 24 }, (_, i) => (i >> 3) + 1),
      );
      const key = FIRST_FP - 8;
      machine.u32[key >> 2] = 1;
      const { ops } = map.engineInfo();
      machine.setCpu(2);
      expect(machine.u8[map.call(ops.lookup!, key)]).toBe(3);
      expect([0, 1, 2].map((cpu) => machine.u8[map.call('map_lookup_percpu_elem', key, cpu)])).toEqual([
        1, 2, 3,
      ]);
      expect(map.call(ops.lookup_percpu!, key, 3)).toBe(0);
    }
  });

  it('of a new per-CPU element made by a program see zeroes on the other CPUs', () => {
    for (const type of ['percpu_hash', 'lru_percpu_hash'] as const) {
      const machine = new Machine({ cpus: 2 });
      const map = createMaps(machine, [attrOf(type, { maxEntries: 1 })]).byIndex(0)!;
      map.update(u32Bytes(1), new Uint8Array(16).fill(9));
      map.delete(u32Bytes(1));
      machine.u8.fill(4, FIRST_FP - 8, FIRST_FP);
      machine.setCpu(1);
      expect(map.call('map_update_elem', FIRST_FP - 8, FIRST_FP - 8, 0n)).toBe(0);
      expect(map.lookup(new Uint8Array(4).fill(4))).toEqual(new Uint8Array(16).fill(4, 8));
    }
  });

  it('keep the old bytes of an element that is updated meanwhile, as the kernel replaces the element', () => {
    for (const type of ['hash', 'lru_hash', 'lpm_trie'] as const) {
      const flags = type === 'lpm_trie' ? MAP_FLAG.BPF_F_NO_PREALLOC : 0;
      const map = createMaps(new Machine(), [attrOf(type, { keySize: 8, flags })]).byIndex(0)!;
      const key = new Uint8Array(8);
      map.update(key, new Uint8Array(8).fill(1));
      const at = FIRST_FP - 8;
      const old = map.call('map_lookup_elem', at);
      map.update(key, new Uint8Array(8).fill(2));
      expect(map.machine.u8[old]).toBe(1);
      expect(map.machine.u8[map.call('map_lookup_elem', at)]).toBe(2);
    }
  });

  it('give the inner map of a map of maps, and NULL where there is none', () => {
    const inner = attrOf('array', { name: 'inner' });
    const outer = attrOf('array_of_maps', { valueSize: 4, inner, values: new Map([[1, 'inner']]) });
    const table = createMaps(new Machine(), [inner, outer]);
    const [innerMap, outerMap] = table.all;
    const key = FIRST_FP - 8;
    expect(outerMap!.call('map_lookup_elem', key)).toBe(0);
    table.machine.u32[key >> 2] = 1;
    expect(outerMap!.call('map_lookup_elem', key)).toBe(innerMap!.address);
    expect(outerMap!.lookup(u32Bytes(1))).toEqual(u32Bytes(innerMap!.id));
  });

  it('are refused where the verifier would forbid them: NULL and ENOTSUPP', () => {
    const map = createMaps(new Machine(), [attrOf('queue', { keySize: 0 })]).byIndex(0)!;
    expect(map.call('map_lookup_elem', FIRST_FP - 8)).toBe(0);
    expect(map.call('map_update_elem', FIRST_FP - 8, FIRST_FP - 8, 0n)).toBe(-ERRNO.ENOTSUPP);
  });
});

describe('a prog_array', () => {
  const program = { name: 'p', id: 5, func: 3, progType: 'xdp' } as const;

  it('holds the function index and answers with the id', () => {
    const map = new MapTable(new Machine()).create(attrOf('prog_array', { valueSize: 4 }));
    map.setProgram(2, program);
    expect(map.lookup(u32Bytes(2))).toEqual(u32Bytes(5));
    expect(map.machine.u32[map.call('array_lookup', FIRST_FP - 8) >> 2]).toBe(0);
    map.machine.u32[(FIRST_FP - 8) >> 2] = 2;
    expect(map.machine.u32[map.call('array_lookup', FIRST_FP - 8) >> 2]).toBe(3);
    map.delete(u32Bytes(2));
    expect(() => map.delete(u32Bytes(2))).toThrow(expect.objectContaining({ errno: 'ENOENT' }));
    expect(() => map.setProgram(4, program)).toThrow(expect.objectContaining({ errno: 'E2BIG' }));
  });

  it('takes only programs of the type of its first one', () => {
    const map = new MapTable(new Machine()).create(attrOf('prog_array', { valueSize: 4 }));
    map.setProgram(0, program);
    const other = { name: 'q', id: 6, func: 4, progType: 'sched_cls' } as const;
    expect(() => map.setProgram(1, other)).toThrow(expect.objectContaining({ errno: 'EINVAL' }));
    expect(progArrayCompatible(map, { ...program, xdpHasFrags: true })).toBe(false);
    expect(progArrayCompatible(map, program)).toBe(true);
  });
});

describe('BPF_F_LOCK', () => {
  it('leaves the lock alone and needs one', () => {
    const table = new MapTable(new Machine());
    const locked = table.create(attrOf('hash', { spinLockOffset: 4 }));
    locked.update(u32Bytes(0), new Uint8Array(8).fill(3));
    locked.update(u32Bytes(0), new Uint8Array(8).fill(7), 4);
    expect(locked.lookup(u32Bytes(0), 4)).toEqual(Uint8Array.of(7, 7, 7, 7, 0, 0, 0, 0));
    const plain = table.create(attrOf('hash'));
    expect(() => plain.update(u32Bytes(0), new Uint8Array(8), 4)).toThrow(
      expect.objectContaining({ errno: 'EINVAL' }),
    );
  });
});

describe('the hash function', () => {
  it('spreads keys that differ in one byte only, wherever it is', () => {
    for (const keySize of [1, 2, 4, 5, 8, 13, 16, 40]) {
      for (let byte = 0; byte < keySize; byte++) {
        const map = createMaps(new Machine(), [attrOf('hash', { keySize, maxEntries: 256 })]).byIndex(0)!;
        const buckets = new Map<number, number>();
        const { u32 } = map.machine;
        for (let n = 0; n < 256; n++) {
          map.update(new Uint8Array(keySize).fill(n, byte, byte + 1), new Uint8Array(8));
        }
        const [heads, mask] = [map.get(HASH_BUCKETS) >> 2, map.get(HASH_MASK)];
        for (let bucket = 0; bucket <= mask; bucket++) {
          let length = 0;
          for (let node = u32[heads + bucket]!; node !== 0; node = u32[node >> 2]!) length++;
          buckets.set(length, (buckets.get(length) ?? 0) + 1);
        }
        // 256 balls in 256 bins: about 94 stay empty, and the fullest holds 5 or so
        expect(Math.max(...buckets.keys()), `byte ${byte} of ${keySize}`).toBeLessThanOrEqual(9);
        expect(buckets.get(0) ?? 0).toBeLessThan(140);
      }
    }
  });
});
