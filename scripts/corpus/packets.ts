/** The packets that the corpus runs on: parts of the examples' captures, built ones of each kind, and odd ones. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ethernet, ipv4, ipv6, type PacketBuilder, readCapture } from '../../src/packet/index.ts';

export interface NamedPacket {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Addresses of the load balancer's capture, which the programs' tables name too. */
export const VIP4 = '192.0.2.80';
export const VIP6 = '2001:db8:80::1';
/** Port of the GUE packets for test_cls_redirect.c; the captures' DNS queries go there too. */
export const GUE_PORT = 53;

const CAPTURES = ['xdp-firewall', 'xdp-load-balancer', 'tc-nat-gateway'];
const PACKETS_PER_CAPTURE = 50;

function captured(): NamedPacket[] {
  return CAPTURES.flatMap((example) => {
    const path = fileURLToPath(new URL(`../../../examples/${example}/traffic.pcap`, import.meta.url));
    const all = [...readCapture(readFileSync(path))].map(({ data }) => data.slice());
    const count = Math.min(PACKETS_PER_CAPTURE, all.length);
    return Array.from({ length: count }, (_, index) => {
      const at = Math.floor((index * all.length) / count);
      return { name: `${example} packet ${at + 1}`, data: all[at] ?? new Uint8Array() };
    });
  });
}

const text = (length: number): string => 'bpfrun '.repeat(Math.ceil(length / 7)).slice(0, length);
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** Generic UDP encapsulation with a chain of next hops, as test_cls_redirect.c takes it. */
function gue(
  inner: PacketBuilder,
  hops: readonly number[],
  next: number,
  change: readonly number[] = [],
): PacketBuilder {
  const isV6 = (inner.bytes()[0] ?? 0) >> 4 === 6;
  const header = bytes(1 + hops.length, isV6 ? 41 : 4, 0, 0, 0, 0, next, hops.length);
  change.forEach((value, index) => {
    header[index] = (header[index] ?? 0) | value;
  });
  const addresses = hops.flatMap((hop) => [10, 0, 0, hop]);
  return ethernet()
    .ipv4({ dst: VIP4 })
    .udp({ dport: GUE_PORT })
    .payload(bytes(...header, ...addresses, ...inner.bytes()));
}

const tcp4 = ipv4({ dst: VIP4 })
  .tcp({ dport: 80, flags: ['ack'] })
  .payload(text(40));
const udp4 = ipv4({ dst: VIP4 }).udp({ dport: 53 }).payload(text(20));
const tcp6 = ipv6({ dst: VIP6 })
  .tcp({ dport: 80, flags: ['ack'] })
  .payload(text(40));
const tunnelled = ipv4().tcp({ dport: 8000 }).payload(text(30)).bytes();

const BUILT: Readonly<Record<string, PacketBuilder>> = {
  'TCP SYN to the VIP': ethernet()
    .ipv4({ dst: VIP4 })
    .tcp({ dport: 80, flags: ['syn'] }),
  'TCP ACK to the VIP': ethernet()
    .ipv4({ dst: VIP4 })
    .tcp({ dport: 443, flags: ['ack'] })
    .payload(text(100)),
  'UDP to the VIP': ethernet().ipv4({ dst: VIP4 }).udp({ dport: 53 }).payload(text(33)),
  'TCP SYN to the IPv6 VIP': ethernet()
    .ipv6({ dst: VIP6 })
    .tcp({ dport: 80, flags: ['syn'] }),
  'UDP to the IPv6 VIP': ethernet().ipv6({ dst: VIP6 }).udp({ dport: 53 }).payload(text(33)),
  'too big, of the VIP': ethernet()
    .ipv4({ dst: VIP4 })
    .icmp({ type: 3, code: 4, rest: 1400 })
    .payload(ipv4({ src: VIP4 }).tcp({ sport: 80 }).bytes()),
  'too big, of the IPv6 VIP': ethernet()
    .ipv6({ dst: VIP6 })
    .icmpv6({ type: 2, rest: 1280 })
    .payload(ipv6({ src: VIP6 }).tcp({ sport: 80 }).bytes()),
  'TCP over IPv4 to port 8000': ethernet().ipv4().tcp({ dport: 8000 }).payload(text(200)),
  'TCP over IPv6 to port 8000': ethernet().ipv6().tcp({ dport: 8000 }).payload(text(200)),
  'long TCP to port 8000': ethernet().ipv4().tcp({ dport: 8000 }).payload(text(1400)),
  'IPv4 in IPv4': ethernet().ipv4().ipv4().tcp({ dport: 8000 }).payload(text(9)),
  'IPv6 in IPv4': ethernet().ipv4().ipv6().tcp({ dport: 8000 }).payload(text(9)),
  'IPv4 in IPv6': ethernet().ipv6().ipv4().tcp({ dport: 8000 }),
  'IPv6 in IPv6': ethernet().ipv6().ipv6().tcp({ dport: 8000 }),
  'IPv6 in IPv6 behind options': ethernet().ipv6().ipv6Extension({ type: 'destination' }).ipv6().tcp(),
  'IPv4 in GRE': ethernet().ipv4().gre().ipv4().tcp({ dport: 8000 }),
  'Ethernet in GRE': ethernet().ipv4().gre().ethernet().ipv4().tcp({ dport: 8000 }),
  'MPLS in GRE': ethernet()
    .ipv4()
    .gre({ protocol: 0x8847 })
    .payload(bytes(0, 0, 0x11, 0xff, ...tunnelled)),
  'IPv6 in GRE over IPv6': ethernet().ipv6().gre().ipv6().tcp({ dport: 8000 }),
  'IPv4 in UDP': ethernet().ipv4().udp({ dport: 5555 }).payload(tunnelled),
  'MPLS in UDP': ethernet()
    .ipv4()
    .udp({ dport: 6635 })
    .payload(bytes(0, 0, 0x11, 0xff, ...tunnelled)),
  'Ethernet in UDP': ethernet().ipv4().udp({ dport: 7777 }).payload(ethernet().ipv4().tcp().bytes()),
  'VXLAN to port 8472': ethernet().ipv4().udp({ dport: 8472 }).vxlan({ vni: 1 }).ethernet().ipv4().tcp(),
  'VXLAN over IPv6': ethernet().ipv6().udp({ dport: 8472 }).vxlan({ vni: 1 }).ethernet().ipv6().tcp(),
  'VLAN 4011': ethernet().vlan({ id: 4011 }).ipv4().tcp(),
  'VLAN 4011 with priority': ethernet().vlan({ id: 4011, pcp: 5 }).ipv6().udp(),
  'two VLAN tags': ethernet().vlan({ id: 4011, tpid: 0x88a8 }).vlan({ id: 100 }).ipv4().udp(),
  'VLAN tag of ARP': ethernet().vlan({ id: 100 }).arp(),
  'GUE, TCP, next hop': gue(tcp4, [1, 2], 0),
  'GUE, TCP, second hop': gue(tcp4, [1, 2, 3], 1),
  'GUE, TCP, last hop': gue(tcp4, [1, 2], 2),
  'GUE, next hop past the end': gue(tcp4, [1], 2),
  'GUE, UDP': gue(udp4, [1], 0),
  'GUE, SYN': gue(ipv4({ dst: VIP4 }).tcp({ flags: ['syn'] }), [1], 0),
  'GUE, forwarded SYN': gue(ipv4({ dst: VIP4 }).tcp({ flags: ['syn'] }), [1], 0, [0, 0, 0, 0, 8]),
  'GUE, last hop by GRE': gue(tcp4, [1], 0, [0, 0, 0, 0, 4]),
  'GUE, IPv6': gue(tcp6, [1, 2], 0),
  'GUE, IPv6, last hop by GRE': gue(tcp6, [1], 0, [0, 0, 0, 0, 4]),
  'GUE, echo request': gue(ipv4({ dst: VIP4 }).icmp({ type: 8 }), [1], 0),
  'GUE, IPv6 echo request': gue(ipv6({ dst: VIP6 }).icmpv6({ type: 128 }), [1], 0),
  'GUE, too big': gue(ipv4({ dst: VIP4 }).icmp({ type: 3, code: 4 }).payload(tcp4.bytes()), [1], 0),
  'GUE, IPv6 too big': gue(ipv6({ dst: VIP6 }).icmpv6({ type: 2 }).payload(tcp6.bytes()), [1], 0),
  'GUE, a fragment': gue(ipv4({ mf: true }).udp(), [1], 0),
  'GUE, an IPv6 fragment': gue(ipv6().fragment({ more: true }).udp(), [1], 0),
  'GUE, a control message': gue(tcp4, [1], 0, [0x20]),
  'GUE, another variant': gue(tcp4, [1], 0, [0x40]),
  'GUE, flags': gue(tcp4, [1], 0, [0, 0, 1]),
  'GUE, another version': gue(tcp4, [1], 0, [0, 0, 0, 0, 0x10]),
  'GUE, cut': gue(ipv4({ dst: VIP4 }), [1], 0),
  'IPv4 options': ethernet()
    .ipv4({ options: bytes(7, 7, 4, 0, 0, 0, 0, 1) })
    .udp({ dport: 53 }),
  'first IPv4 fragment': ethernet().ipv4({ dst: VIP4, mf: true }).udp({ dport: 53 }).payload(text(64)),
  'later IPv4 fragment': ethernet().ipv4({ dst: VIP4, fragmentOffset: 64, protocol: 17 }).payload(text(64)),
  'IPv6 fragment': ethernet()
    .ipv6({ dst: VIP6 })
    .fragment({ more: true })
    .udp({ dport: 53 })
    .payload(text(64)),
  'IPv6 hop-by-hop options': ethernet().ipv6().ipv6Extension({ type: 'hop-by-hop' }).tcp(),
  'time to live 0': ethernet().ipv4({ ttl: 0 }).tcp(),
  'ECN-capable IPv4': ethernet().ipv4({ tos: 2 }).tcp(),
  'ECN-capable IPv6': ethernet().ipv6({ trafficClass: 1 }).tcp(),
  'broadcast ARP': ethernet({ dst: 'ff:ff:ff:ff:ff:ff' }).arp(),
  'to the device itself': ethernet({ dst: '00:00:00:00:00:00' }).ipv4().udp(),
  'padded to 60 bytes': ethernet().ipv4().udp().padTo(60),
  SCTP: ethernet().ipv4({ protocol: 132 }).payload(text(12)),
  'wrong lengths': ethernet().ipv4({ totalLength: 9999 }).udp({ length: 3 }).payload(text(5)),
  'IPv4 header length 0': ethernet().ipv4({ ihl: 0 }).tcp(),
  'IPv4 header length 15': ethernet().ipv4({ ihl: 15 }).tcp(),
  'TCP header length 15': ethernet().ipv4({ dst: VIP4 }).tcp({ dataOffset: 15 }),
  'IPv6 with an IPv4 Ethertype': ethernet({ type: 0x0800 }).ipv6().tcp(),
  'IPv4 with an IPv6 Ethertype': ethernet({ type: 0x86dd }).ipv4().udp().payload(text(40)),
};

/** The longest packets of each type, one byte more, and many times a page. */
const LENGTHS = [3520, 3521, 3712, 3713, 5000, 16000];

function frame(type: number, ...rest: readonly number[]): Uint8Array {
  return bytes(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 0xff, ...rest);
}

function odd(): NamedPacket[] {
  const tcp = ethernet().ipv4({ dst: VIP4 }).tcp({ dport: 80 }).bytes();
  const tcpOver6 = ethernet().ipv6({ dst: VIP6 }).tcp({ dport: 80 }).bytes();
  const long = ethernet().ipv4({ dst: VIP4 }).udp({ dport: 53 }).bytes();
  return [
    { name: 'nothing', data: bytes() },
    { name: '13 bytes', data: frame(0).subarray(0, 13) },
    { name: 'an Ethernet header', data: frame(0x88b5) },
    { name: 'an Ethernet header of IPv4', data: frame(0x0800) },
    { name: 'an Ethernet header of IPv6', data: frame(0x86dd) },
    { name: '802.2', data: frame(40, ...new Array<number>(40).fill(0x42)) },
    { name: '802.3', data: frame(40, ...new Array<number>(40).fill(0xff)) },
    { name: 'a cut VLAN tag', data: frame(0x8100, 0) },
    { name: 'MPLS', data: frame(0x8847, 0, 0, 0x11, 0xff, ...tunnelled) },
    { name: '60 zeros', data: new Uint8Array(60) },
    { name: '64 times 0xff', data: new Uint8Array(64).fill(0xff) },
    ...[33, 34, 35, 38, 47, 53].map((length) => ({
      name: `TCP over IPv4 cut to ${length} bytes`,
      data: tcp.subarray(0, length),
    })),
    ...[53, 54, 55, 58, 73].map((length) => ({
      name: `TCP over IPv6 cut to ${length} bytes`,
      data: tcpOver6.subarray(0, length),
    })),
    ...LENGTHS.map((length) => {
      const data = new Uint8Array(length);
      data.set(long);
      return { name: `${length} bytes`, data };
    }),
    ...Array.from({ length: 16 }, (_, seed) => ({
      name: `random bytes ${seed}`,
      data: randomBytes(seed, 14 + seed * 13),
    })),
  ];
}

/** The same bytes for the same seed, on every machine: a linear congruential generator. */
export function randomBytes(seed: number, length: number): Uint8Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

export const PACKETS: readonly NamedPacket[] = [
  ...captured(),
  ...Object.entries(BUILT).map(([name, builder]) => ({ name, data: builder.bytes() })),
  ...odd(),
];
