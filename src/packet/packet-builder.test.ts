import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes/index.ts';
import { checksum, updateChecksum } from './checksum.ts';
import { ethernet, ipv4, type PacketBuilder } from './packet-builder.ts';
import { writePcap } from './pcap-writer.ts';

describe('ethernet()', () => {
  it('builds a SYN with plain defaults, lengths and checksums', () => {
    expect(toHex(ethernet().ipv4().tcp({ dport: 22 }).bytes())).toBe(
      '0200000000020200000000010800' +
        '4500002800000000400666ce0a0000010a000002' +
        '9c400016000000000000000050 02ffffff890000'.replace(' ', ''),
    );
  });

  it('announces each header by the one before', () => {
    const packet = ethernet()
      .vlan({ tpid: 0x88a8 })
      .vlan({ id: 5 })
      .ipv6()
      .ipv6Extension({ type: 'destination' })
      .udp()
      .bytes();
    expect(toHex(packet.subarray(12, 22))).toBe('88a80001810000058 6dd'.replace(' ', ''));
    expect([packet[22 + 6], packet[22 + 40]]).toEqual([60, 17]);
  });

  it('lets every computed field be overridden', () => {
    const packet = ipv4({ totalLength: 7, checksum: 0xabcd, protocol: 99, ihl: 15 })
      .udp({ length: 3, checksum: 0 })
      .bytes();
    expect(toHex(packet)).toBe(
      '4f00000700000000 4063abcd 0a0000010a000002 9c40003500030000'.replaceAll(' ', ''),
    );
  });

  it('is not changed by what is built on it', () => {
    const base = ethernet().ipv4();
    const before = base.bytes();
    base.tcp().payload('x').bytes();
    expect(base.bytes()).toEqual(before);
    expect(base.udp({ dport: 1 }).bytes()).not.toEqual(base.udp({ dport: 2 }).bytes());
  });

  it('pads to a size outside of the lengths', () => {
    const packet = ethernet().ipv4().udp().padTo(60).bytes();
    expect(packet).toHaveLength(60);
    expect([packet[16], packet[17]]).toEqual([0, 28]);
    expect(ethernet().ipv4().udp().padTo(10).bytes()).toHaveLength(42);
  });

  it.each([
    ['tcp.dport: 65536 does not fit 16 bits', () => ethernet().ipv4().tcp({ dport: 65536 })],
    ['vlan.id: 4096 does not fit 12 bits', () => ethernet().vlan({ id: 4096 })],
    ['ipv4.ttl: -1 does not fit 8 bits', () => ethernet().ipv4({ ttl: -1 })],
    ['ipv4.fragmentOffset: 9 is not a multiple of 8 bytes', () => ethernet().ipv4({ fragmentOffset: 9 })],
    ["address: '10.0.0' is not an IPv4 address", () => ethernet().ipv4({ src: '10.0.0' })],
  ] as [string, () => PacketBuilder][])('refuses: %s', (message, build) => {
    expect(() => build().bytes()).toThrow(message);
  });
});

describe('updateChecksum()', () => {
  it('agrees with the checksum over all bytes', () => {
    const words = fc.uint8Array({ minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(words, words, words, (rest, before, after) => {
        const old = checksum(Uint8Array.from([...rest, ...before]));
        const now = checksum(Uint8Array.from([...rest, ...after]));
        const updated = updateChecksum(old, before, after);
        // 0 and 0xffff are the same sum; RFC 1624 may give either.
        expect(updated % 0xffff).toBe(now % 0xffff);
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

describe.skipIf(!hasTcpdump())('checksums of built packets, judged by tcpdump', () => {
  const e = ethernet();
  it.each([
    [
      'TCP over IPv4',
      e
        .ipv4({ options: Uint8Array.of(0x94, 4, 0, 0) })
        .tcp()
        .payload('odd'),
      /cksum 0x\w+ \(correct\)/,
    ],
    ['UDP over IPv4', e.ipv4().udp({ dport: 9 }).payload('odd'), /\[udp sum ok\]/],
    [
      'UDP over IPv6 with an extension',
      e.ipv6().ipv6Extension({ type: 'destination' }).udp({ dport: 9 }),
      /\[udp sum ok\]/,
    ],
    ['ICMPv6', e.ipv6().icmpv6().payload('odd'), /\[icmp6 sum ok\]/],
    [
      'TCP in GRE with a checksum',
      e.ipv4().gre({ checksum: true, key: 1 }).ipv6().tcp(),
      /cksum 0x\w+ \(correct\)/,
    ],
    ['TCP in IP in IP', e.ipv4().ipv4({ src: '1.2.3.4' }).tcp(), /cksum 0x\w+ \(correct\)/],
  ])('%s', (_, packet, expected) => {
    const input = writePcap([{ seconds: 0, nanoseconds: 0, data: packet.bytes() }]);
    const text = execFileSync('tcpdump', ['-nn', '-vv', '-r', '-'], {
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    }).toString();
    expect(text).toMatch(expected);
    expect(text).not.toMatch(/bad|incorrect|wrong/);
  });
});
