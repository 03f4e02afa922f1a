/** Builds packets header by header; lengths, next-protocol fields and checksums follow from what was chained. */
import { UsageError } from '../errors.ts';
import { encodeUtf8 } from '../host.ts';
import type {
  ArpFields,
  EthernetFields,
  FragmentFields,
  GreFields,
  IcmpFields,
  Ipv4Fields,
  Ipv6ExtensionFields,
  Ipv6Fields,
  TcpFields,
  UdpFields,
  VlanFields,
  VxlanFields,
} from './header-fields.ts';
import {
  arpHeader,
  ethernetHeader,
  fragmentHeader,
  greHeader,
  type Header,
  type IpAround,
  icmpHeader,
  icmpv6Header,
  ipv4Header,
  ipv6ExtensionHeader,
  ipv6Header,
  tcpHeader,
  udpHeader,
  vlanHeader,
  vxlanHeader,
} from './headers.ts';

/**
 * A packet in the making. Every step gives a new builder and leaves this one as it was, so that a common beginning can
 * be kept and continued in several ways.
 *
 * @example
 * const syn = ethernet().ipv4({ dst: '192.0.2.1' }).tcp({ dport: 443 });
 * const bytes = syn.payload('hello').bytes();
 */
export interface PacketBuilder {
  /** A frame inside (after `gre` or `vxlan`). */
  ethernet(fields?: EthernetFields): PacketBuilder;
  vlan(fields?: VlanFields): PacketBuilder;
  arp(fields?: ArpFields): PacketBuilder;
  /** After another IP header: IP in IP. */
  ipv4(fields?: Ipv4Fields): PacketBuilder;
  ipv6(fields?: Ipv6Fields): PacketBuilder;
  ipv6Extension(fields: Ipv6ExtensionFields): PacketBuilder;
  /** The IPv6 fragment header. IPv4 fragments are fields of `ipv4`. */
  fragment(fields?: FragmentFields): PacketBuilder;
  tcp(fields?: TcpFields): PacketBuilder;
  udp(fields?: UdpFields): PacketBuilder;
  icmp(fields?: IcmpFields): PacketBuilder;
  icmpv6(fields?: IcmpFields): PacketBuilder;
  gre(fields?: GreFields): PacketBuilder;
  vxlan(fields?: VxlanFields): PacketBuilder;
  /** The data at the end; text is UTF-8. A second call replaces the first. */
  payload(data: Uint8Array | string): PacketBuilder;
  /** Zeros after the end up to `size` bytes, as an Ethernet card pads to 60; outside of every length and checksum. */
  padTo(size: number): PacketBuilder;
  /** The packet. @throws {@link UsageError} naming a field whose value does not fit. */
  bytes(): Uint8Array;
}

interface Parts {
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
  readonly size: number;
}

function builder(parts: Parts): PacketBuilder {
  const add = (header: Header): PacketBuilder => builder({ ...parts, headers: [...parts.headers, header] });
  return {
    ethernet: (fields = {}) => add(ethernetHeader(fields)),
    vlan: (fields = {}) => add(vlanHeader(fields)),
    arp: (fields = {}) => add(arpHeader(fields)),
    ipv4: (fields = {}) => add(ipv4Header(fields)),
    ipv6: (fields = {}) => add(ipv6Header(fields)),
    ipv6Extension: (fields) => add(ipv6ExtensionHeader(fields)),
    fragment: (fields = {}) => add(fragmentHeader(fields)),
    tcp: (fields = {}) => add(tcpHeader(fields)),
    udp: (fields = {}) => add(udpHeader(fields)),
    icmp: (fields = {}) => add(icmpHeader(fields)),
    icmpv6: (fields = {}) => add(icmpv6Header(fields)),
    gre: (fields = {}) => add(greHeader(fields)),
    vxlan: (fields = {}) => add(vxlanHeader(fields)),
    payload: (data) => builder({ ...parts, data: typeof data === 'string' ? encodeUtf8(data) : data }),
    padTo: (size) => builder({ ...parts, size }),
    bytes: () => assemble(parts),
  };
}

/** From the inside out: each header sees the finished bytes that it carries. */
function assemble({ headers, data, size }: Parts): Uint8Array {
  let packet = data.slice();
  for (let index = headers.length - 1; index >= 0; index--) {
    const header = headers[index]!;
    const front = header.encode(packet, headers[index + 1], ipAround(headers, index));
    const whole = new Uint8Array(front.length + packet.length);
    whole.set(front);
    whole.set(packet, front.length);
    packet = whole;
  }
  if (packet.length >= size) return packet;
  if (!Number.isInteger(size)) throw new UsageError('padTo', `${size} is no size`);
  const padded = new Uint8Array(size);
  padded.set(packet);
  return padded;
}

function ipAround(headers: readonly Header[], index: number): IpAround | undefined {
  for (let outer = index - 1; outer >= 0; outer--) {
    const { ip } = headers[outer]!;
    if (ip) return ip;
  }
  return undefined;
}

const EMPTY = builder({ headers: [], data: new Uint8Array(0), size: 0 });

/** A packet that begins with an Ethernet header, as test runs take it. */
export function ethernet(fields?: EthernetFields): PacketBuilder {
  return EMPTY.ethernet(fields);
}

/** An IPv4 packet without a link header. */
export function ipv4(fields?: Ipv4Fields): PacketBuilder {
  return EMPTY.ipv4(fields);
}

/** An IPv6 packet without a link header. */
export function ipv6(fields?: Ipv6Fields): PacketBuilder {
  return EMPTY.ipv6(fields);
}
