/** Captures in every form that a user may bring: both byte orders, both clocks, several interfaces, snapped packets. */
import type { Seed } from './seeds.ts';

const PACKETS: readonly Uint8Array[] = [60, 74, 98].map((length, index) =>
  Uint8Array.from({ length }, (_, at) => {
    if (at === 12) return index === 2 ? 0x86 : 8;
    if (at === 13) return index === 2 ? 0xdd : 0;
    if (at === 14) return index === 2 ? 0x60 : 0x45;
    return at === 23 ? 17 : (at * 7 + index) & 0xff;
  }),
);
const PCAP_MICROSECONDS = 0xa1b2c3d4;
const PCAP_NANOSECONDS = 0xa1b23c4d;

/** A file written field by field in one byte order. */
class Writer {
  readonly #bytes: number[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) {
      const bytes = [value & 0xff, value >> 8];
      this.#bytes.push(...(this.#little ? bytes : bytes.reverse()));
    }
    return this;
  }

  u32(...values: readonly number[]): this {
    for (const value of values) {
      const halves = [value & 0xffff, value >>> 16];
      this.u16(...(this.#little ? halves : halves.reverse()));
    }
    return this;
  }

  raw(bytes: Iterable<number>, align = 1): this {
    this.#bytes.push(...bytes);
    while (this.#bytes.length % align !== 0) this.#bytes.push(0);
    return this;
  }

  /** A pcapng block: the length stands before and after the body. */
  block(type: number, write: (body: Writer) => void): this {
    const body = new Writer(this.#little);
    write(body);
    const size = body.finish().length + 12;
    return this.u32(type, size).raw(body.finish()).u32(size);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** `snap`: bytes kept of each packet. */
function pcap(little: boolean, magic: number, snap: number): Uint8Array {
  const file = new Writer(little).u32(magic).u16(2, 4).u32(0, 0, snap, 1);
  for (const [index, packet] of PACKETS.entries()) {
    const kept = packet.subarray(0, snap);
    file.u32(1_700_000_000 + index, 999_999 - index, kept.length, packet.length).raw(kept);
  }
  return file.finish();
}

const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

/** Two interfaces with clocks of their own, a comment block between, and each kind of packet block. */
function pcapng(little: boolean): Uint8Array {
  const file = new Writer(little);
  file.block(0x0a0d0d0a, (body) => body.u32(0x1a2b3c4d).u16(1, 0).u32(0xffffffff, 0xffffffff));
  file.block(1, (body) => body.u16(1, 0).u32(0).u16(IF_TSRESOL, 1).raw([9], 4).u16(0, 0));
  file.block(1, (body) =>
    body.u16(1, 0).u32(64).u16(IF_TSRESOL, 1).raw([0x8a], 4).u16(IF_TSOFFSET, 8).u32(0, 5),
  );
  file.block(0x0bad, (body) => body.raw([1, 2, 3], 4));
  for (const [index, packet] of PACKETS.entries()) {
    file.block(6, (body) =>
      body.u32(index & 1, 0x60000, index * 1000, packet.length, packet.length).raw(packet, 4),
    );
  }
  file.block(3, (body) => body.u32(PACKETS[0]?.length ?? 0).raw(PACKETS[0] ?? [], 4));
  file.block(2, (body) =>
    body
      .u16(0, 0)
      .u32(0, 7, 20, 74)
      .raw(PACKETS[1]?.subarray(0, 20) ?? [], 4),
  );
  return file.finish();
}

export const BUILT_CAPTURES: readonly Seed[] = [
  { name: 'pcap, little endian, microseconds', bytes: pcap(true, PCAP_MICROSECONDS, 65535) },
  { name: 'pcap, big endian, microseconds', bytes: pcap(false, PCAP_MICROSECONDS, 65535) },
  { name: 'pcap, big endian, nanoseconds', bytes: pcap(false, PCAP_NANOSECONDS, 65535) },
  { name: 'pcap, little endian, snapped', bytes: pcap(true, PCAP_NANOSECONDS, 64) },
  { name: 'pcapng, little endian, two interfaces', bytes: pcapng(true) },
  { name: 'pcapng, big endian, two interfaces', bytes: pcapng(false) },
].map((seed) => ({ ...seed, kind: 'capture' }));
