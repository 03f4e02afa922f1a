import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapError } from '../errors.ts';
import { type CapturePacket, CaptureReader, readCapture, timeNs } from './capture-reader.ts';
import { writePcap } from './pcap-writer.ts';

type Order = 'little' | 'big';

/** Words of 32 bits, strings of hex bytes, and `h:` words of 16 bits, in one byte order. */
function words(order: Order, ...parts: (number | string | { half: number })[]): Uint8Array {
  const bytes: number[] = [];
  const push = (value: number, size: number): void => {
    const digits = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
    bytes.push(...(order === 'little' ? digits : digits.reverse()));
  };
  for (const part of parts) {
    if (typeof part === 'number') push(part, 4);
    else if (typeof part === 'string') bytes.push(...Buffer.from(part, 'hex'));
    else push(part.half, 2);
  }
  return Uint8Array.from(bytes);
}
const half = (value: number): { half: number } => ({ half: value });

function pcap(order: Order, magic: number, ...records: (number | string)[]): Uint8Array {
  return words(order, magic, half(2), half(4), 0, 0, 65535, 1, ...records);
}

function section(order: Order): Uint8Array {
  return words(order, 0x0a0d0d0a, 28, 0x1a2b3c4d, half(1), half(0), 0xffffffff, 0xffffffff, 28);
}
function block(order: Order, type: number, ...parts: (number | string | { half: number })[]): Uint8Array {
  const body = words(order, ...parts);
  const padded = new Uint8Array((body.length + 3) & ~3);
  padded.set(body);
  return words(order, type, 12 + padded.length, Buffer.from(padded).toString('hex'), 12 + padded.length);
}
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

function read(bytes: Uint8Array, options = {}): { packets: CapturePacket[]; error: PcapError | undefined } {
  const packets: CapturePacket[] = [];
  try {
    for (const packet of readCapture(bytes, options)) packets.push(packet);
  } catch (error) {
    if (error instanceof PcapError) return { packets, error };
    throw error;
  }
  return { packets, error: undefined };
}

describe('readCapture() of a pcap', () => {
  const RECORDS = [100, 500, 3, 3, 'aabbcc', 101, 999999, 2, 2, 'ddee'];
  it.each([
    ['little', 0xa1b2c3d4, 500_000, 999_999_000],
    ['big', 0xa1b2c3d4, 500_000, 999_999_000],
    ['little', 0xa1b23c4d, 500, 999_999],
    ['big', 0xa1b23c4d, 500, 999_999],
  ] as const)('reads %s endian with magic %i', (order, magic, first, second) => {
    const { packets, error } = read(pcap(order, magic, ...RECORDS));
    expect(error).toBeUndefined();
    expect(packets.map(({ number, seconds, nanoseconds }) => [number, seconds, nanoseconds])).toEqual([
      [1, 100, first],
      [2, 101, second],
    ]);
    expect(packets.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(['aabbcc', 'ddee']);
    expect(timeNs(packets[1]!)).toBe(101_000_000_000n + BigInt(second));
  });

  it('delivers the packets before a cut, then says where the file ends', () => {
    const whole = pcap('little', 0xa1b2c3d4, ...RECORDS);
    const { packets, error } = read(whole.subarray(0, whole.length - 1));
    expect(packets).toHaveLength(1);
    expect(error).toMatchObject({ packet: 2, offset: 43 });
    expect(error?.message).toBe(
      'capture packet 2, offset 43: the file ends in mid-packet: 17 of 18 bytes are there',
    );
  });

  it('refuses an absurd length without waiting for its bytes', () => {
    const { packets, error } = read(
      pcap('little', 0xa1b2c3d4, 1, 1, 1, 1, 'aa', 1, 1, 0x7fffffff, 0x7fffffff),
    );
    expect(packets).toHaveLength(1);
    expect(error?.message).toBe(
      'capture packet 2, offset 49: captured length 2147483647 is over 262144: a damaged header',
    );
  });

  it('refuses a snapped packet, and keeps it when asked', () => {
    const snapped = pcap('little', 0xa1b2c3d4, 1, 1, 2, 1500, 'aabb');
    expect(read(snapped).error?.message).toBe(
      'capture packet 1, offset 40: snapped: only 2 of 1500 bytes were recorded; record with tcpdump -s 0',
    );
    expect(read(snapped, { snapped: 'keep' }).packets).toMatchObject([{ originalLength: 1500 }]);
  });

  it('names a link type that is not the one asked for', () => {
    const raw = words('little', 0xa1b2c3d4, half(2), half(4), 0, 0, 65535, 101, 1, 1, 1, 1, 'aa');
    expect(read(raw, { linkType: 1 }).error?.message).toMatch('the link type is RAW (101), not ETHERNET (1)');
    expect(read(raw).packets).toMatchObject([{ linkType: 101 }]);
  });

  it.each([
    ['', 'capture offset 0: the capture is empty'],
    ['d4c3', 'capture offset 0: the file header is cut: 2 bytes are there'],
    ['d4c3b2a1020004', 'capture offset 0: the file header is cut: 7 bytes are there'],
    ['1f8b0800000000', 'capture offset 0: this is gzip, not a capture: unpack it first'],
    ['7f454c46', 'capture offset 0: magic 0x464c457f is neither pcap nor pcapng'],
  ])('refuses the file header %j', (hex, message) => {
    expect(read(Uint8Array.from(Buffer.from(hex, 'hex'))).error?.message).toBe(message);
  });
});

describe('readCapture() of a pcapng', () => {
  it.each(['little', 'big'] as const)(
    'reads several interfaces with clocks of their own, %s endian',
    (order) => {
      const time = 1_700_000_000_123_456_789n;
      const nano = [Number(time >> 32n), Number(time & 0xffffffffn)];
      const bytes = joined(
        section(order),
        block(
          order,
          1,
          half(1),
          half(0),
          0,
          half(2),
          half(4),
          '65746830',
          half(9),
          half(1),
          '09000000',
          half(0),
          half(0),
        ),
        block(order, 1, half(113), half(0), 0, half(9), half(1), '8a000000'),
        block(order, 1, half(1), half(0), 2),
        block(order, 0x0bad, 'ffffffff'),
        block(order, 6, 0, nano[0]!, nano[1]!, 3, 3, 'aabbcc00'),
        block(order, 6, 1, 0, 1536, 1, 1, 'dd'),
        block(order, 2, half(2), half(7), 0, 2_000_001, 1, 1, 'ee'),
      );
      const { packets, error } = read(bytes);
      expect(error).toBeUndefined();
      expect(packets.map((p) => [p.interfaceId, p.linkType, p.seconds, p.nanoseconds, p.data[0]])).toEqual([
        [0, 1, 1_700_000_000, 123_456_789, 0xaa],
        [1, 113, 1, 500_000_000, 0xdd],
        [2, 1, 2, 1000, 0xee],
      ]);
    },
  );

  it('takes the length of a simple packet from the first interface, and forgets interfaces at a new section', () => {
    const bytes = joined(
      section('little'),
      block('little', 1, half(1), half(0), 2),
      block('little', 3, 5, 'aabb0000'),
      section('big'),
      block('big', 6, 0, 0, 0, 1, 1, 'aa'),
    );
    const { packets, error } = read(bytes, { snapped: 'keep' });
    expect(packets.map(({ data, originalLength }) => [data.length, originalLength])).toEqual([[2, 5]]);
    expect(error?.message).toBe(
      'capture packet 2, offset 104: interface 0 is not described: the section has 0',
    );
  });

  it.each([
    [
      'a length that is no multiple of 4',
      words('little', 6, 33, 0),
      'block length 33 is absurd: a damaged file',
    ],
    ['two lengths that differ', words('little', 99, 12, 16), 'block length 12 at its start, 16 at its end'],
    [
      'data past the block',
      block('little', 6, 0, 0, 0, 9, 9, 'aa'),
      'captured length 9 runs past its block of 36 bytes',
    ],
    ['a short packet block', block('little', 6, 0), 'enhanced packet block of 16 bytes: 32 is the least'],
    ['a cut block', words('little', 6, 32, 0, 0), 'the file ends in mid-block: 16 of 32 bytes are there'],
  ])('refuses %s', (_, bad, rule) => {
    const { error } = read(joined(section('little'), block('little', 1, half(1), half(0), 0), bad));
    expect(error?.message).toContain(rule);
  });
});

describe('CaptureReader', () => {
  const packets = Array.from({ length: 20 }, (_, i) => ({
    seconds: i,
    nanoseconds: 7 * i,
    data: Uint8Array.from({ length: 5 * i }, (_unused, j) => i + j),
  }));
  const whole = writePcap(packets);

  it('gives the same packets however the file is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 40 }), (sizes) => {
        const reader = new CaptureReader();
        const seen: CapturePacket[] = [];
        let at = 0;
        for (const size of [...sizes, whole.length]) {
          reader.push(whole.slice(at, at + size));
          at += size;
          while (reader.next()) seen.push(reader.packet());
        }
        reader.finish();
        expect(reader.next()).toBe(false);
        expect(seen.map(({ seconds, nanoseconds, data }) => ({ seconds, nanoseconds, data }))).toEqual(
          packets,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('gives views into the pushed bytes when a packet lies in one chunk', () => {
    const reader = new CaptureReader();
    reader.push(whole);
    while (reader.number < 3) expect(reader.next()).toBe(true);
    expect(reader.bytes).toBe(whole);
    expect(reader.data.buffer).toBe(whole.buffer);
    expect(reader.format).toBe('pcap');
    expect(reader.interfaces).toMatchObject([{ linkType: 1, snaplen: 262144 }]);
  });

  it('ends in packets or a PcapError on any bytes', () => {
    const mutated = fc.tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(whole.length),
    );
    fc.assert(
      fc.property(mutated, ([edits, length]) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of edits) if (at < length) bytes[at] = value;
        read(bytes);
      }),
    );
  });
});

function hasTcpdump(): boolean {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasTcpdump())('writePcap() read by tcpdump', () => {
  it('keeps nanoseconds', () => {
    const file = writePcap([{ seconds: 5, nanoseconds: 123456789, data: new Uint8Array(60) }]);
    const text = execFileSync('tcpdump', ['-nn', '-tt', '--nano', '-r', '-'], {
      input: file,
      stdio: 'pipe',
    }).toString();
    expect(text).toMatch(/^5\.123456789 /);
  });
});
