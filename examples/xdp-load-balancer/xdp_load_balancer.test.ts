import { readFile } from 'node:fs/promises';
import { type BpfObject, open } from 'bpfrun';
import { checksum, ethernet, formatIpv4, parseIpv4, parseIpv6, parseMac, readCapture } from 'bpfrun/packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachBackend } from '../../test/backends.ts';

const OBJECT = await readFile(new URL('xdp_load_balancer.bpf.o', import.meta.url));
const CAPTURE = await readFile(new URL('traffic.pcap', import.meta.url));
const XDP_DROP = 1;
const XDP_PASS = 2;
const XDP_TX = 3;
const TCP = 6;

const be32 = (address: string): number => new DataView(parseIpv4(address).slice().buffer).getUint32(0, true);
const be16 = (port: number): number => ((port & 0xff) << 8) | (port >> 8);
const in6 = (address: string) => ({ in6_u: { u6_addr8: parseIpv6(address) } });
const mapped = (address: string) => in6(`::ffff:${address}`);

/** A service at 192.0.2.80:80 and one at [2001:db8:80::1]:80, with four backends 10.0.0.1 to 10.0.0.4. */
function configure(object: BpfObject): void {
  const backends = [0, 1, 2, 3];
  for (const index of backends)
    object.map('backends').set(index, { address: mapped(`10.0.0.${index + 1}`), is_up: 1 });
  for (const address of [mapped('192.0.2.80'), in6('2001:db8:80::1')]) {
    const value = { backend_count: 4, backends: [...backends, ...new Array<number>(12).fill(0)] };
    object.map('services').set({ address, port: be16(80), protocol: TCP, pad: 0 }, value);
  }
}

const syn = (sport: number, payload = ''): Uint8Array =>
  ethernet({ src: '02:00:00:00:00:aa', dst: '02:00:00:00:00:bb' })
    .ipv4({ src: '198.51.100.7', dst: '192.0.2.80', tos: 0x10 })
    .tcp({ sport, dport: 80 })
    .payload(new TextEncoder().encode(payload))
    .bytes();
/** A later packet of the same connection. */
const data = (sport: number): Uint8Array =>
  ethernet()
    .ipv4({ src: '198.51.100.7', dst: '192.0.2.80' })
    .tcp({ sport, dport: 80, flags: ['ack'] })
    .bytes();

onEachBackend((backend) => {
  describe('the load balancer', () => {
    let object: BpfObject;
    const run = (dataIn: Uint8Array) => object.program().testRun({ dataIn });
    /** The backend's address in the outer header. */
    const backendOf = (dataIn: Uint8Array): string => formatIpv4(run(dataIn).dataOut.subarray(30, 34));

    beforeEach(async () => {
      object = await open(OBJECT, { backend, globals: { local_ipv4: be32('10.0.0.254') } });
      configure(object);
      return () => object.close();
    });

    it('puts an IPv4 header with a right checksum around the packet, which stays as it was', () => {
      const packet = syn(40000, 'hello');
      const { retval, dataOut } = run(packet);
      expect(retval).toBe(XDP_TX);
      expect(dataOut).toHaveLength(packet.length + 20);
      expect(dataOut.subarray(34)).toEqual(packet.subarray(14));
      const outer = dataOut.subarray(14, 34);
      expect(checksum(outer)).toBe(0);
      expect(outer[1]).toBe(0x10);
      expect(outer[9]).toBe(4);
      expect(formatIpv4(outer.subarray(12, 16))).toBe('10.0.0.254');
      expect(dataOut.subarray(0, 6)).toEqual(parseMac('02:00:00:00:00:01'));
      expect(dataOut.subarray(6, 12)).toEqual(packet.subarray(0, 6));
    });

    it('carries IPv6 to the same backends', () => {
      const packet = ethernet()
        .ipv6({ src: '2001:db8::7', dst: '2001:db8:80::1' })
        .tcp({ dport: 80 })
        .bytes();
      const { retval, dataOut } = run(packet);
      expect(retval).toBe(XDP_TX);
      expect(dataOut[23]).toBe(41);
      expect(dataOut.subarray(34)).toEqual(packet.subarray(14));
    });

    it('keeps a connection with its backend', () => {
      for (let sport = 40000; sport < 40020; sport++) {
        const chosen = backendOf(syn(sport));
        expect(backendOf(data(sport))).toBe(chosen);
        expect(backendOf(data(sport))).toBe(chosen);
      }
    });

    it('spreads connections over all backends, and counts them', () => {
      const counts = new Map<string, number>();
      for (let sport = 40000; sport < 40400; sport++) {
        const chosen = backendOf(syn(sport));
        counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
      }
      expect([...counts.keys()].sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
      for (const count of counts.values()) expect(count).toBeGreaterThan(60);
      const perCpu = object.map('statistics').get(0) as { new_connections: bigint }[];
      const first = perCpu.reduce((sum, { new_connections }) => sum + new_connections, 0n);
      expect(first).toBe(BigInt(counts.get('10.0.0.1') ?? 0));
    });

    it('moves only the connections of a backend that went down', () => {
      const before = new Map<number, string>();
      for (let sport = 40000; sport < 40100; sport++) before.set(sport, backendOf(syn(sport)));
      object.map('backends').set(1, { address: mapped('10.0.0.2'), is_up: 0 });
      for (const [sport, chosen] of before) {
        const now = backendOf(data(sport));
        if (chosen === '10.0.0.2') expect(now).not.toBe('10.0.0.2');
        else expect(now).toBe(chosen);
      }
    });

    it('drops what no backend can take, and leaves other traffic alone', () => {
      const other = ethernet().ipv4({ dst: '192.0.2.81' }).tcp({ dport: 80 }).bytes();
      expect(run(other).retval).toBe(XDP_PASS);
      expect(run(other).dataOut).toEqual(other);
      for (let index = 0; index < 4; index++)
        object.map('backends').set(index, { address: mapped('10.0.0.1'), is_up: 0 });
      expect(run(syn(40000)).retval).toBe(XDP_DROP);
      expect(object.getVariable('outcomes')).toEqual([0n, 2n, 0n, 0n, 1n, 0n]);
    });
  });
});

describe('the load balancer over its capture', () => {
  it('sends every packet of one connection to one backend', async () => {
    const object = await open(OBJECT);
    configure(object);
    const chosen = new Map<string, Set<string>>();
    let balanced = 0;
    for (const { data: packet } of readCapture(CAPTURE)) {
      const { retval, dataOut } = object.program().testRun({ dataIn: packet });
      if (retval !== XDP_TX) continue;
      balanced++;
      const isIpv6 = dataOut[23] === 41;
      const flow = dataOut.subarray(34 + (isIpv6 ? 8 : 12), 34 + (isIpv6 ? 44 : 24)).join();
      chosen.set(flow, (chosen.get(flow) ?? new Set()).add(formatIpv4(dataOut.subarray(30, 34))));
    }
    expect(balanced).toBeGreaterThan(50);
    expect(chosen.size).toBeGreaterThan(4);
    for (const backends of chosen.values()) expect(backends.size).toBe(1);
  });
});
