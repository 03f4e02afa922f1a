import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CELL_NR_CPUS, CELL_RANDOM, Heap, KIND_MEM, Machine, SHADOW_READ } from './index.ts';

describe('Machine', () => {
  it('setTimeParts() sets the same clock as setTime(), for every date', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const check = (seconds: number, nanoseconds: number): void => {
      machine.setTimeParts(seconds, nanoseconds);
      expect(machine.timeNs).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    };
    fc.assert(fc.property(fc.nat({ max: 0xffffffff }), fc.nat({ max: 999_999_999 }), check), { seed: 1 });
  });

  it('gives equal seeds equal random state and never an all-zero one', () => {
    const state = (seed: number): number[] => {
      const machine = new Machine({ memory: 1 << 20, seed });
      return [...machine.u32.subarray(CELL_RANDOM >> 2, (CELL_RANDOM >> 2) + 4)];
    };
    expect(state(7)).toEqual(state(7));
    expect(state(7)).not.toEqual(state(8));
    expect(state(0).some((word) => word !== 0)).toBe(true);
  });

  it('refuses options outside their range, naming them', () => {
    for (const options of [{ cpus: 0 }, { cpus: 1.5 }, { memory: 0 }, { memory: 2 ** 31 }, { insnLimit: 0 }])
      expect(() => new Machine(options)).toThrow(new RegExp(`^${Object.keys(options)[0]}: `));
    expect(() => new Machine({ cpus: 2 }).setCpu(2)).toThrow(/^cpu: 2/);
  });

  it('alloc() hands out zeroed inaccessible bytes, also where others were before', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const first = machine.alloc(100, 'first');
    machine.u8.fill(9, first, first + 100);
    machine.allow(first, 100, SHADOW_READ, KIND_MEM);
    machine.free(first);
    const second = machine.alloc(50, 'second');
    expect(second).toBe(first);
    expect(machine.u8.slice(second, second + 50)).toEqual(new Uint8Array(50));
    expect(machine.runtime['check_range']!(second, 0, 1, SHADOW_READ)).toBe(0);
  });

  it('restore() brings back memory, access, cells and what was allocated, whatever happened since', () => {
    const machine = new Machine({ memory: 1 << 20, cpus: 2 });
    const kept = machine.alloc(64, 'kept');
    machine.u8.fill(1, kept, kept + 64);
    machine.allow(kept, 8, SHADOW_READ, KIND_MEM);
    const snapshot = machine.snapshot();
    for (let round = 0; round < 2; round++) {
      machine.u8.fill(2, kept, kept + 64);
      machine.allow(kept, 64, SHADOW_READ, KIND_MEM);
      machine.setTime(5n);
      const later = machine.alloc(64, 'later');
      machine.allow(later, 64, SHADOW_READ, KIND_MEM);
      machine.restore(snapshot);
      expect(machine.u8.slice(kept, kept + 64)).toEqual(new Uint8Array(64).fill(1));
      expect(machine.runtime['check_range']!(kept, 0, 8, SHADOW_READ)).toBe(1);
      expect(machine.runtime['check_range']!(kept, 0, 9, SHADOW_READ)).toBe(0);
      expect(machine.runtime['check_range']!(later, 0, 1, SHADOW_READ)).toBe(0);
      expect(machine.timeNs).toBe(1_000_000_000n);
      expect(machine.u32[CELL_NR_CPUS >> 2]).toBe(2);
      expect(machine.heap.blocks.map(({ label }) => label)).toEqual(['kept']);
    }
  });
});

describe('Heap', () => {
  it('keeps blocks apart, inside its bounds and aligned, over random allocations and frees', () => {
    const request = fc.record({
      size: fc.integer({ min: 1, max: 400 }),
      align: fc.constantFrom(8, 16, 64),
      free: fc.nat(),
    });
    const check = (requests: { size: number; align: number; free: number }[]): void => {
      const heap = new Heap(0x1000, 0x3000);
      for (const { size, align, free } of requests) {
        try {
          expect(heap.alloc(size, 'block', align) % align).toBe(0);
        } catch (error) {
          expect(error).toMatchObject({ errno: 'ENOMEM' });
          const block = heap.blocks[free % heap.blocks.length];
          if (block) heap.free(block.address);
        }
        let end = 0x1000;
        for (const { address, size } of heap.blocks) {
          expect(address).toBeGreaterThanOrEqual(end + 32);
          end = address + size;
        }
        expect(end).toBeLessThanOrEqual(0x3000 - 32);
      }
    };
    fc.assert(fc.property(fc.array(request, { maxLength: 60 }), check), { seed: 2 });
  });

  it('find() names the block at an address, or its neighbours', () => {
    const heap = new Heap(0x1000, 0x3000);
    const a = heap.alloc(100, 'a');
    const b = heap.alloc(100, 'b');
    expect(heap.find(a + 99).inside?.label).toBe('a');
    const { inside, below, above } = heap.find(a + 100);
    expect([inside, below?.label, above?.label]).toEqual([undefined, 'a', 'b']);
    expect(heap.find(b + 100).below?.label).toBe('b');
  });
});
