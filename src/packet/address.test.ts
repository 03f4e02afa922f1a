import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts';

describe('formatIpv6()', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('writes %s as RFC 5952 says', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical);
  });
});

describe('addresses', () => {
  it('come back from their text as the same bytes', () => {
    const bytes = (size: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: size, maxLength: size });
    const zeros = fc
      .array(fc.constantFrom(0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes(6), bytes(4), fc.oneof(bytes(16), zeros), (mac, ipv4, ipv6) => {
        expect(parseMac(formatMac(mac))).toEqual(mac);
        expect(parseIpv4(formatIpv4(ipv4))).toEqual(ipv4);
        expect(parseIpv6(formatIpv6(ipv6))).toEqual(ipv6);
      }),
    );
  });

  it.each(['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '1.2.3.'])('parseIpv4() refuses %j', (text) => {
    expect(() => parseIpv4(text)).toThrow(UsageError);
  });
  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    '1.2.3.4::',
    '1:2:3:4:5:6:7::8',
  ])('parseIpv6() refuses %j', (text) => {
    expect(() => parseIpv6(text)).toThrow(`address: '${text}' is not an IPv6 address`);
  });
  it.each(['', '1:2:3:4:5', '1:2:3:4:5:6:7', '1:2:3:4:5:678', 'g:2:3:4:5:6'])(
    'parseMac() refuses %j',
    (text) => {
      expect(() => parseMac(text)).toThrow(UsageError);
    },
  );
});
