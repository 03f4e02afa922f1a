import { readFile } from 'node:fs/promises';
import { type BpfObject, open } from 'bpfrun';
import { diffPackets, ethernet, formatIpv4, parseLayers, readCapture } from 'bpfrun/packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachBackend } from '../../test/backends.ts';

const OBJECT = await readFile(new URL('tc_nat_gateway.bpf.o', import.meta.url));
const CAPTURE = await readFile(new URL('traffic.pcap', import.meta.url));
const TC_ACT_OK = 0;
const TC_ACT_SHOT = 2;
const PUBLIC = '198.51.100.1';

const query = (payload = 'question'): Uint8Array =>
  ethernet()
    .ipv4({ src: '192.168.1.10', dst: '203.0.113.5' })
    .udp({ sport: 5353, dport: 53 })
    .payload(new TextEncoder().encode(payload))
    .bytes();
const sourceOf = (packet: Uint8Array): string => formatIpv4(packet.subarray(26, 30));
const destinationOf = (packet: Uint8Array): string => formatIpv4(packet.subarray(30, 34));
const port = (packet: Uint8Array, offset: number): number =>
  ((packet[offset] ?? 0) << 8) | (packet[offset + 1] ?? 0);

/** The packet built anew from its fields: equal only when every checksum is right. */
const rebuilt = (src: string, dst: string, sport: number, dport: number, payload: string): Uint8Array =>
  ethernet().ipv4({ src, dst }).udp({ sport, dport }).payload(new TextEncoder().encode(payload)).bytes();

onEachBackend((backend) => {
  describe('the gateway', () => {
    let object: BpfObject;
    const run = (dataIn: Uint8Array) => object.program().testRun({ dataIn });

    beforeEach(async () => {
      object = await open(OBJECT, { backend });
      return () => object.close();
    });

    it('gives what leaves the public address and a port of its own, with right checksums', () => {
      const { retval, dataOut } = run(query());
      const sport = port(dataOut, 34);
      expect(retval).toBe(TC_ACT_OK);
      expect(sport).toBeGreaterThanOrEqual(20000);
      expect(sport).toBeLessThan(60000);
      expect(dataOut).toEqual(rebuilt(PUBLIC, '203.0.113.5', sport, 53, 'question'));
    });

    it('gives the answer back to the host that asked', () => {
      const sport = port(run(query()).dataOut, 34);
      const { retval, dataOut } = run(rebuilt('203.0.113.5', PUBLIC, 53, sport, 'answer'));
      expect(retval).toBe(TC_ACT_OK);
      expect(dataOut).toEqual(rebuilt('203.0.113.5', '192.168.1.10', 53, 5353, 'answer'));
    });

    it('keeps the port of a flow, and gives two hosts different ones', () => {
      const first = port(run(query()).dataOut, 34);
      expect(port(run(query()).dataOut, 34)).toBe(first);
      const other = ethernet()
        .ipv4({ src: '192.168.1.11', dst: '203.0.113.5' })
        .udp({ sport: 5353, dport: 53 });
      expect(port(run(other.bytes()).dataOut, 34)).not.toBe(first);
      expect(object.getVariable('events')).toEqual([3n, 0n, 2n, 0n, 0n, 0n, 0n]);
    });

    it('translates pings by their identifier', () => {
      const ping = ethernet()
        .ipv4({ src: '192.168.1.10', dst: '203.0.113.5' })
        .icmp({ id: 77, seq: 1 })
        .bytes();
      const { dataOut } = run(ping);
      expect(sourceOf(dataOut)).toBe(PUBLIC);
      const reply = ethernet()
        .ipv4({ src: '203.0.113.5', dst: PUBLIC })
        .icmp({ type: 0, id: port(dataOut, 38), seq: 1 })
        .bytes();
      const back = run(reply).dataOut;
      expect(destinationOf(back)).toBe('192.168.1.10');
      expect(port(back, 38)).toBe(77);
    });

    it('leaves a UDP checksum of 0 as it is', () => {
      const packet = ethernet()
        .ipv4({ src: '192.168.1.10', dst: '203.0.113.5' })
        .udp({ checksum: 0 })
        .bytes();
      expect(port(run(packet).dataOut, 40)).toBe(0);
    });

    it('drops what nobody asked for, and fragments', () => {
      expect(run(rebuilt('203.0.113.5', PUBLIC, 53, 20000, 'spam')).retval).toBe(TC_ACT_SHOT);
      const fragment = ethernet().ipv4({ src: '192.168.1.10', dst: '203.0.113.5', mf: true }).udp({}).bytes();
      expect(run(fragment).retval).toBe(TC_ACT_SHOT);
      expect(object.getVariable('events')).toEqual([0n, 0n, 0n, 0n, 1n, 1n, 0n]);
    });

    it('lets other traffic pass untouched', () => {
      const arp = ethernet().arp({}).bytes();
      expect(run(arp)).toMatchObject({ retval: TC_ACT_OK, dataOut: arp });
      const inside = ethernet().ipv4({ src: '192.168.1.10', dst: '192.168.1.11' }).tcp({}).bytes();
      expect(run(inside)).toMatchObject({ retval: TC_ACT_OK, dataOut: inside });
    });
  });
});

describe('the gateway over its capture', () => {
  it('changes addresses, ports and checksums of what it translates, and nothing else', async () => {
    const object = await open(OBJECT);
    const changed = new Set<string>();
    let translated = 0;
    for (const { data } of readCapture(CAPTURE)) {
      const { retval, dataOut } = object.program().testRun({ dataIn: data });
      if (retval !== TC_ACT_OK) continue;
      expect(dataOut).toHaveLength(data.length);
      const changes = diffPackets(data, dataOut);
      if (changes.length > 0) translated++;
      for (const change of changes) changed.add(change.text);
      // what was right on the wire is right afterwards
      expect(parseLayers(dataOut).map(({ kind }) => kind)).toEqual(parseLayers(data).map(({ kind }) => kind));
    }
    expect(translated).toBeGreaterThan(50);
    expect([...changed].filter((text) => !/src|dst|source|destination|port|id|checksum/i.test(text))).toEqual(
      [],
    );
  });
});
