import { describe, expect, it } from 'vitest';
import { ownBytes } from './own-bytes.ts';

describe('ownBytes()', () => {
  it('gives zeroed bytes that no two results share', () => {
    const results = Array.from({ length: 100 }, (_, i) => ownBytes(1000 + i).fill(i));
    for (const [i, bytes] of results.entries()) {
      expect(bytes).toHaveLength(1000 + i);
      expect(bytes.every((byte) => byte === i)).toBe(true);
    }
    expect(ownBytes(1514).every((byte) => byte === 0)).toBe(true);
  });

  it('gives large ones a buffer of their own', () => {
    expect(ownBytes(5000).buffer.byteLength).toBe(5000);
  });

  it('goes on after a user transferred a result away', () => {
    const bytes = ownBytes(16);
    structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] });
    expect(ownBytes(16)).toEqual(new Uint8Array(16));
  });
});
