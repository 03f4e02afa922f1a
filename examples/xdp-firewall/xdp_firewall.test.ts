import { readFile } from 'node:fs/promises';
import { type BpfObject, open } from 'bpfrun';
import { ethernet, parseIpv4, parseIpv6, readCapture } from 'bpfrun/packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachBackend } from '../../test/backends.ts';

const OBJECT = await readFile(new URL('xdp_firewall.bpf.o', import.meta.url));
const CAPTURE = await readFile(new URL('traffic.pcap', import.meta.url));
const XDP_DROP = 1;
const XDP_PASS = 2;

/** A network-order address as the little endian number that a `__be32` field holds. */
const be32 = (address: string): number => new DataView(parseIpv4(address).slice().buffer).getUint32(0, true);
const in6 = (address: string) => ({ in6_u: { u6_addr8: parseIpv6(address) } });

const ssh = (src: string): Uint8Array => ethernet().ipv4({ src }).tcp({ dport: 22 }).bytes();
const dns6 = (src: string): Uint8Array => ethernet().ipv6({ src }).udp({ dport: 53 }).bytes();

onEachBackend((backend) => {
  describe('the firewall', () => {
    let object: BpfObject;
    const verdict = (dataIn: Uint8Array): number => object.program().testRun({ dataIn }).retval;

    beforeEach(async () => {
      object = await open(OBJECT, { backend });
      return () => object.close();
    });

    it('lets everything pass until something is blocked', () => {
      expect(verdict(ssh('192.0.2.1'))).toBe(XDP_PASS);
      expect(verdict(dns6('2001:db8::1'))).toBe(XDP_PASS);
      expect(verdict(ethernet().arp({}).bytes())).toBe(XDP_PASS);
    });

    it('drops what a blocked prefix covers, and counts it in the entry', () => {
      const blocked = object.map('blocked_ipv4');
      blocked.set({ length: 24, address: be32('192.0.2.0') }, 0n);
      object.map('blocked_ipv6').set({ length: 32, address: in6('2001:db8::') }, 0n);
      expect(verdict(ssh('192.0.2.200'))).toBe(XDP_DROP);
      expect(verdict(ssh('192.0.3.1'))).toBe(XDP_PASS);
      expect(verdict(dns6('2001:db8:5::1'))).toBe(XDP_DROP);
      expect(verdict(dns6('2001:db9::1'))).toBe(XDP_PASS);
      expect(blocked.get({ length: 24, address: be32('192.0.2.0') })).toBe(1n);
    });

    it('looks behind VLAN tags', () => {
      object.map('blocked_ipv4').set({ length: 8, address: be32('10.0.0.0') }, 0n);
      const tagged = ethernet().vlan({ id: 100 }).ipv4({ src: '10.1.2.3' }).udp({ dport: 53 }).bytes();
      expect(verdict(tagged)).toBe(XDP_DROP);
    });

    it('drops a header that is cut off', () => {
      expect(verdict(ssh('192.0.2.1').subarray(0, 36))).toBe(XDP_DROP);
      expect(object.getVariable('totals')).toEqual([0n, 1n, 0n, 0n, 0n]);
    });

    it('counts packets and bytes of each protocol', () => {
      const packet = ssh('192.0.2.1');
      verdict(packet);
      verdict(packet);
      const perCpu = object.map('protocols').get(6) as { packets: bigint; bytes: bigint }[];
      expect(perCpu.reduce((sum, { packets }) => sum + packets, 0n)).toBe(2n);
      expect(perCpu.reduce((sum, { bytes }) => sum + bytes, 0n)).toBe(2n * BigInt(packet.length));
    });
  });

  describe('the rate limit of the firewall', () => {
    it('holds for each source, and can be set before the program is loaded', async () => {
      const object = await open(OBJECT, { backend, globals: { rate_limit: 3, rate_window_ns: 1n << 60n } });
      const from = (src: string): number => object.program().testRun({ dataIn: ssh(src) }).retval;
      expect([1, 2, 3, 4, 5].map(() => from('192.0.2.1'))).toEqual([2, 2, 2, 1, 1]);
      expect(from('192.0.2.2')).toBe(XDP_PASS);
      const key = in6('::ffff:192.0.2.1');
      expect(object.map('sources').get(key)).toMatchObject({ packets: 3, dropped: 2 });
      object.close();
    });

    it('is off when it is 0', async () => {
      const object = await open(OBJECT, { backend, globals: { rate_limit: 0 } });
      const { retval } = object.program().testRun({ dataIn: ssh('192.0.2.1'), repeat: 10_000 });
      expect(retval).toBe(XDP_PASS);
      object.close();
    });
  });
});

describe('the firewall over its capture', () => {
  it('drops what is over the limit, and reports each drop with its reason', async () => {
    const object = await open(OBJECT);
    let dropped = 0;
    let events = 0;
    for (const { data, seconds, nanoseconds } of readCapture(CAPTURE)) {
      object.setTimeParts(seconds, nanoseconds);
      const { retval, effects } = object.program().testRun({ dataIn: data });
      if (retval === XDP_DROP) dropped++;
      for (const { data: event } of effects.ring) {
        events++;
        expect(event).toHaveLength(40);
        expect(event[33]).toBe(3); // REASON_RATE_LIMIT
      }
    }
    expect(dropped).toBe(66);
    expect(events).toBe(66);
    expect(object.getVariable('totals')).toEqual([290n, 0n, 0n, 66n, 0n]);
  });

  it('starts a new window when the clock says so', async () => {
    const object = await open(OBJECT, { globals: { rate_limit: 1 } });
    const at = (ns: bigint): number => {
      object.setTime(ns);
      return object.program().testRun({ dataIn: ssh('192.0.2.1') }).retval;
    };
    expect([at(10n ** 9n), at(15n * 10n ** 8n), at(20n * 10n ** 8n)]).toEqual([XDP_PASS, XDP_DROP, XDP_PASS]);
  });
});
