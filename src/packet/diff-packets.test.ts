import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffPackets } from './diff-packets.ts';
import { ethernet, type PacketBuilder } from './packet-builder.ts';

const texts = (before: PacketBuilder | Uint8Array, after: PacketBuilder | Uint8Array): string[] => {
  const bytes = (packet: PacketBuilder | Uint8Array): Uint8Array =>
    packet instanceof Uint8Array ? packet : packet.bytes();
  return diffPackets(bytes(before), bytes(after)).map(({ text }) => text);
};
const e = ethernet();
const syn = e.ipv4().tcp({ dport: 22 });

describe('diffPackets()', () => {
  it('says nothing of equal packets', () => {
    expect(texts(syn, syn)).toEqual([]);
  });

  it('names the fields of a translated address and port, checksums included', () => {
    expect(texts(syn, e.ipv4({ dst: '192.0.2.9' }).tcp({ dport: 2222 }))).toEqual([
      'ipv4.checksum 0x66ce -> 0xaec6',
      'ipv4.dst 10.0.0.2 -> 192.0.2.9',
      'tcp.dport 22 -> 2222',
      'tcp.checksum 0xff89 -> 0x3eea',
    ]);
  });

  it('names parts of a byte: flags, VLAN id', () => {
    const vlan = (id: number): PacketBuilder => e.vlan({ id, pcp: 5 }).ipv4().tcp({ checksum: 0 });
    expect(texts(vlan(10), vlan(20))).toEqual(['vlan.id 10 -> 20']);
    const tcp = (...flags: ('syn' | 'ack' | 'rst')[]): PacketBuilder => e.ipv4().tcp({ flags, checksum: 0 });
    expect(texts(tcp('syn'), tcp('rst', 'ack'))).toEqual(['tcp.flags syn -> rst+ack']);
  });

  it('sees an encapsulation as a header that was inserted', () => {
    const inner = e.ipv4({ ttl: 7 }).udp().payload('hello');
    const outer = ethernet({ dst: '02:00:00:00:00:09' })
      .ipv4({ src: '1.1.1.1', dst: '2.2.2.2' })
      .ipv4({ ttl: 6 });
    expect(texts(inner, outer.udp().payload('hello'))).toEqual([
      'ethernet.dst 02:00:00:00:00:02 -> 02:00:00:00:00:09',
      '20 bytes (ipv4 header 1.1.1.1 > 2.2.2.2) inserted at 14',
      'ipv4.ttl 7 -> 6',
      'ipv4.checksum 0x9fca -> 0xa0ca',
    ]);
  });

  it('sees a VLAN tag come and go', () => {
    const tagged = e.vlan({ id: 7 }).ipv4().udp();
    expect(texts(e.ipv4().udp(), tagged)).toEqual([
      'ethernet.type 0x0800 -> 0x8100',
      '4 bytes (vlan tag 7) inserted at 14',
    ]);
    expect(texts(tagged, e.ipv4().udp())).toEqual([
      'ethernet.type 0x8100 -> 0x0800',
      '4 bytes (vlan tag 7) removed at 14',
    ]);
  });

  it('sees ends that grew or were cut', () => {
    const packet = syn.payload('0123456789').bytes();
    expect(texts(packet, packet.subarray(0, packet.length - 8))).toEqual(['tail cut by 8']);
    expect(texts(packet, Uint8Array.from([...packet, 0, 0]))).toEqual(['tail grew by 2']);
    expect(texts(packet, Uint8Array.from([...new Uint8Array(20), ...packet]))).toEqual(['head grew by 20']);
    expect(texts(packet, packet.subarray(14))).toEqual(['head cut by 14']);
    expect(diffPackets(packet, packet.subarray(14))).toMatchObject([
      { kind: 'head', offsetBefore: 0, before: packet.subarray(0, 14), after: new Uint8Array(0) },
    ]);
  });

  it('sees a cut tail and changed fields at once', () => {
    const long = e
      .ipv4({ checksum: 0, totalLength: 1000 })
      .udp({ checksum: 0, length: 8 })
      .payload('abcdefgh');
    const short = e.ipv4({ checksum: 0, totalLength: 900 }).udp({ checksum: 0, length: 8 }).payload('abcd');
    expect(texts(long, short)).toEqual(['ipv4.total_length 1000 -> 900', 'tail cut by 4']);
  });

  it('falls back to bytes where no header is known', () => {
    const packet = (data: string): PacketBuilder => ethernet({ type: 0x88b5 }).payload(data);
    expect(texts(packet('abcdef'), packet('abXYef'))).toEqual(['payload[2..4] 6364 -> 5859']);
    expect(diffPackets(packet('abcdef').bytes(), packet('abXYef').bytes())).toMatchObject([
      { kind: 'bytes', name: 'payload', offsetBefore: 16, offsetAfter: 16 },
    ]);
    expect(texts(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9, 3))).toEqual(['payload[1..2] 02 -> 09']);
  });

  it('turns the packet before into the packet after, for any two', () => {
    const packets = [
      syn,
      e.ipv6().udp(),
      e.vlan().ipv4().icmp().payload('x'),
      e.ipv4().gre().ipv6().tcp(),
      e.arp(),
    ];
    const edits = fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 5 });
    const packet = fc
      .tuple(fc.constantFrom(...packets), edits, fc.integer({ min: 0, max: 200 }))
      .map(([start, changes, size]) => {
        const bytes = start.bytes().slice(0, size);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(packet, packet, (before, after) => {
        expect(applied(before, after)).toEqual(after);
      }),
      { numRuns: 1000 },
    );
  });
});

/** `before` with every change applied by its offsets and bytes alone. */
function applied(before: Uint8Array, after: Uint8Array): Uint8Array {
  const result: number[] = [];
  let at = 0;
  // Fields that share bytes are two changes of the same bytes: one of them is enough.
  for (const change of diffPackets(before, after)) {
    if (change.offsetBefore < at) continue;
    result.push(...before.subarray(at, change.offsetBefore), ...change.after);
    at = change.offsetBefore + change.before.length;
  }
  return Uint8Array.from([...result, ...before.subarray(at)]);
}
