/** Spin locks inside of map values: the lock is no part of what user space reads and writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes/index.ts';
import { parseObject } from '../src/object/index.ts';
import { onEachBackend } from './backends.ts';

const OBJECT = parseObject(readFileSync(new URL('../src/object/testdata/spin-lock.bpf.o', import.meta.url)));
const KEY = new Uint8Array(4);

onEachBackend((backend) => {
  describe('bpf_spin_lock in a map value', () => {
    it('is not written by an update and reads as zeros, and programs can take it afterwards', () => {
      const object = backend.load(OBJECT);
      object.map('counters').update(KEY, fromHex('0100000005000000'));
      object.map('records').update(KEY, fromHex('11111111111111110100000007000000'));
      object.map('records').update(KEY, fromHex('22222222222222220200000008000000'));
      const { retval } = object.program('count').testRun({ dataIn: new Uint8Array(64) });
      expect(retval).toBe(6 + 9);
      expect(toHex(object.map('counters').lookup(KEY))).toBe('0000000006000000');
      expect(toHex(object.map('records').lookup(KEY))).toBe('22222222222222220000000009000000');
      object.close();
    });

    it('is what makes a map one that cannot be frozen', () => {
      const object = backend.load(OBJECT);
      const refusal = expect.objectContaining({ errno: 'ENOTSUPP' });
      expect(() => object.map('counters').freeze()).toThrow(refusal);
      object.close();
    });

    it('may stand among global variables', () => {
      const object = backend.load(OBJECT);
      const data = object.map('.data.locked');
      object.map('records').update(KEY, new Uint8Array(16));
      data.update(KEY, fromHex('2900000001000000'));
      expect(object.program('count').testRun({ dataIn: new Uint8Array(64) }).retval).toBe(2);
      expect(toHex(data.lookup(KEY))).toBe('2a00000000000000');
      object.close();
    });
  });
});
