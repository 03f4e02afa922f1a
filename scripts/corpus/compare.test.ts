import { describe, expect, it } from 'vitest';
import { differences, type Mask, type Outcome } from './compare.ts';

const compare = (expected: Outcome, got: Outcome, ...masks: Mask[]) => {
  const used = new Set<Mask>();
  return { found: differences(expected, got, masks, used), used: [...used] };
};
const mask = (field: string, bytes?: readonly [number, number]): Mask => ({
  field,
  reason: 'holds a part of an address',
  ...(bytes ? { bytes } : {}),
});

describe('differences()', () => {
  it('finds none between equal outcomes, and uses no mask', () => {
    const outcome = { errno: 'none', retval: '2', data_out: '0011' };
    expect(compare(outcome, { ...outcome }, mask('retval'))).toEqual({ found: [], used: [] });
  });

  it('names each field with both values, fields that only one side has included', () => {
    const { found } = compare(
      { errno: 'EINVAL', 'map a 00': '01' },
      { errno: 'none', retval: '2', 'map b 00': '02' },
    );
    expect(found).toEqual([
      { field: 'errno', expected: 'EINVAL', got: 'none' },
      { field: 'map a 00', expected: '01', got: 'nothing' },
      { field: 'retval', expected: 'nothing', got: '2' },
      { field: 'map b 00', expected: 'nothing', got: '02' },
    ]);
  });

  it('leaves the bytes of a mask out and compares those around them', () => {
    const byte1 = mask('data_out', [1, 2]);
    const expected = { data_out: '00112233' };
    expect(compare(expected, { data_out: '00ff2233' }, byte1)).toEqual({ found: [], used: [byte1] });
    expect(compare(expected, { data_out: '00ff22ff' }, byte1).found).toHaveLength(1);
    expect(compare(expected, { data_out: 'ff112233' }, byte1).used).toEqual([]);
  });

  it('does not let a mask hide a difference in length, also where it reaches past the end', () => {
    const tail = mask('data_out', [1, 8]);
    expect(compare({ data_out: '0011' }, { data_out: '001122' }, tail).found).toHaveLength(1);
    expect(compare({ data_out: '0011' }, { data_out: '0022' }, tail).found).toEqual([]);
    expect(compare({ data_out: '0011' }, { data_out: '00' }, tail).found).toHaveLength(1);
  });

  it('takes a mask without bytes for the whole field', () => {
    const all = mask('retval');
    expect(compare({ retval: '7' }, { retval: '123' }, all)).toEqual({ found: [], used: [all] });
    expect(compare({ errno: 'EIO' }, { errno: 'none' }, all).found).toHaveLength(1);
  });

  it('applies the mask of a map to all of its entries and to no other map', () => {
    const counters = mask('map counters');
    const entry = (map: string, value: string): Outcome => ({ [`map ${map} 00000000`]: value });
    expect(compare(entry('counters', '01'), entry('counters', '02'), counters).found).toEqual([]);
    expect(compare(entry('counters2', '01'), entry('counters2', '02'), counters).found).toHaveLength(1);
  });
});
