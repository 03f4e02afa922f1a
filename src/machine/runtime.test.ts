import { describe, expect, it } from 'vitest';
import { decodeBase64 } from './base64.ts';
import { FIRST_FP, KIND_PACKET, Machine, SHADOW_READ, SHADOW_WRITE, SKB_BASE } from './index.ts';
import { runtimeModule } from './runtime.ts';

describe('decodeBase64()', () => {
  it('gives the bytes that Buffer encoded, for every remainder of 3', () => {
    for (let length = 0; length < 40; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + length * 31) & 255);
      expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
    }
  });

  it('refuses a character outside the alphabet', () => {
    expect(() => decodeBase64('AA-A')).toThrow('character 2');
  });
});

describe('the wasm runtime', () => {
  it('is compiled once for all machines', () => {
    const first = runtimeModule();
    new Machine();
    expect(runtimeModule()).toBe(first);
  });

  it('check_range() accepts exactly the ranges whose every byte has all asked-for bits', () => {
    const machine = new Machine();
    const check = machine.runtime['check_range']!;
    machine.allow(SKB_BASE + 3, 10, SHADOW_READ, KIND_PACKET);
    for (let start = 0; start < 16; start++) {
      for (let size = 0; size < 16; size++) {
        const inside = size === 0 || (start >= 3 && start + size <= 13);
        expect(check(SKB_BASE + start, 0, size, SHADOW_READ)).toBe(inside ? 1 : 0);
        expect(check(SKB_BASE + start, 0, size, SHADOW_READ | SHADOW_WRITE)).toBe(size === 0 ? 1 : 0);
      }
    }
    expect(check(FIRST_FP - 8, 0, 8, SHADOW_READ | SHADOW_WRITE)).toBe(1);
    expect(check(FIRST_FP - 8, 0, 9, SHADOW_READ)).toBe(0);
  });

  it('check_range() never wraps: the upper address half and sizes past the end count', () => {
    const machine = new Machine();
    const check = machine.runtime['check_range']!;
    expect(check(FIRST_FP - 8, 1, 8, SHADOW_READ)).toBe(0);
    expect(check(FIRST_FP - 8, 0, -1, SHADOW_READ)).toBe(0);
    expect(check(-8, 0, 16, SHADOW_READ)).toBe(0);
    expect(check(machine.limit - 4, 0, 8, SHADOW_READ)).toBe(0);
  });

  it('check_string() finds the length of a readable string and stops where memory does', () => {
    const machine = new Machine();
    const length = machine.runtime['check_string']!;
    const fp = FIRST_FP;
    machine.u8.set([104, 105, 0], fp - 8);
    expect(length(fp - 8, 0, 512)).toBe(2);
    expect(length(fp - 8, 0, 2)).toBe(-1);
    expect(length(fp - 8, 1, 512)).toBe(-1);
    machine.u8.fill(65, fp - 8, fp);
    expect(length(fp - 8, 0, 512)).toBe(-1);
  });
});
