/** Bytes of each header the builder knows, from its fields, what it carries and what carries it. */
import { UsageError } from '../errors.ts';
import { parseIpv4, parseIpv6, parseMac } from './address.ts';
import { checksum, sumWords } from './checksum.ts';
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
import { ETHERTYPE, IPPROTO, IPV6_EXTENSION, TCP_FLAG } from './protocol.ts';

/** One header of a packet to be built. */
export interface Header {
  /** How a header before it announces this one: by EtherType, by IP protocol. -1: it cannot. */
  readonly etherType: number;
  readonly ipProtocol: number;
  /** The header's bytes in front of `payload`. `next` is the header that `payload` begins with, `ip` the IP header around. */
  encode(payload: Uint8Array, next: Header | undefined, ip: IpAround | undefined): Uint8Array;
  /** Set by IP headers: what the checksum of the transport header inside covers. */
  readonly ip?: IpAround;
}

/** The pseudo-header's addresses, summed. */
export interface IpAround {
  readonly version: 4 | 6;
  readonly addresses: number;
}

const LOCAL = {
  mac: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
  v4: ['10.0.0.1', '10.0.0.2'],
  v6: ['fd00::1', 'fd00::2'],
} as const;

/** A header of `size` bytes to be filled with numbers in network order; each is checked against its width. */
class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #header: string;
  constructor(header: string, size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#header = header;
  }
  u8(offset: number, value: number, name: string): void {
    this.#view.setUint8(offset, inRange(value, 8, `${this.#header}.${name}`));
  }
  u16(offset: number, value: number, name: string): void {
    this.#view.setUint16(offset, inRange(value, 16, `${this.#header}.${name}`));
  }
  u32(offset: number, value: number, name: string): void {
    this.#view.setUint32(offset, inRange(value, 32, `${this.#header}.${name}`));
  }
  set(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }
}

function inRange(value: number, bits: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new UsageError(field, `${value} does not fit ${bits} bits`);
}

function inUnitsOf8(bytes: number, field: string): number {
  if (bytes % 8 !== 0) throw new UsageError(field, `${bytes} is not a multiple of 8 bytes`);
  return inRange(bytes / 8, 13, field);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function padded(bytes: Uint8Array | undefined, unit: number, extra = 0): Uint8Array {
  const length = bytes?.length ?? 0;
  const size = Math.ceil((length + extra) / unit) * unit - extra;
  const whole = new Uint8Array(size);
  if (bytes) whole.set(bytes);
  return whole;
}

function etherTypeOf(next: Header | undefined): number {
  return next === undefined || next.etherType < 0 ? 0 : next.etherType;
}
function protocolOf(next: Header | undefined, none: number): number {
  return next === undefined || next.ipProtocol < 0 ? none : next.ipProtocol;
}

export function ethernetHeader({ src = LOCAL.mac[0], dst = LOCAL.mac[1], type }: EthernetFields): Header {
  const addresses = concat(parseMac(dst), parseMac(src));
  return {
    etherType: ETHERTYPE.TEB,
    ipProtocol: 143,
    encode(_payload, next) {
      const header = new Fields('ethernet', 14);
      header.set(0, addresses);
      header.u16(12, type ?? etherTypeOf(next), 'type');
      return header.bytes;
    },
  };
}

export function vlanHeader({
  id = 1,
  pcp = 0,
  dei = false,
  tpid = ETHERTYPE.VLAN,
  type,
}: VlanFields): Header {
  const tci = (inRange(pcp, 3, 'vlan.pcp') << 13) | (dei ? 0x1000 : 0) | inRange(id, 12, 'vlan.id');
  return {
    etherType: tpid,
    ipProtocol: -1,
    encode(_payload, next) {
      const header = new Fields('vlan', 4);
      header.u16(0, tci, 'tci');
      header.u16(2, type ?? etherTypeOf(next), 'type');
      return header.bytes;
    },
  };
}

export function arpHeader(fields: ArpFields): Header {
  const { op = 'request', sha = LOCAL.mac[0], spa = LOCAL.v4[0], tpa = LOCAL.v4[1] } = fields;
  const tha = fields.tha ?? (op === 'request' ? '00:00:00:00:00:00' : LOCAL.mac[1]);
  const header = new Fields('arp', 28);
  header.u16(0, 1, 'htype');
  header.u16(2, ETHERTYPE.IPV4, 'ptype');
  header.u8(4, 6, 'hlen');
  header.u8(5, 4, 'plen');
  header.u16(6, op === 'request' ? 1 : op === 'reply' ? 2 : op, 'op');
  header.set(8, concat(parseMac(sha), parseIpv4(spa), parseMac(tha), parseIpv4(tpa)));
  return { etherType: ETHERTYPE.ARP, ipProtocol: -1, encode: () => header.bytes.slice() };
}

export function ipv4Header(fields: Ipv4Fields): Header {
  const addresses = concat(parseIpv4(fields.src ?? LOCAL.v4[0]), parseIpv4(fields.dst ?? LOCAL.v4[1]));
  const options = padded(fields.options, 4);
  const fragment =
    (fields.df ? 0x4000 : 0) |
    (fields.mf ? 0x2000 : 0) |
    inUnitsOf8(fields.fragmentOffset ?? 0, 'ipv4.fragmentOffset');
  return {
    etherType: ETHERTYPE.IPV4,
    ipProtocol: IPPROTO.IPIP,
    ip: { version: 4, addresses: sumWords(addresses) },
    encode(payload, next) {
      const header = new Fields('ipv4', 20 + options.length);
      const ihl = fields.ihl ?? header.bytes.length / 4;
      header.u8(0, 0x40 | inRange(ihl, 4, 'ipv4.ihl'), 'ihl');
      header.u8(1, fields.tos ?? 0, 'tos');
      header.u16(2, fields.totalLength ?? header.bytes.length + payload.length, 'totalLength');
      header.u16(4, fields.id ?? 0, 'id');
      header.u16(6, fragment, 'fragment');
      header.u8(8, fields.ttl ?? 64, 'ttl');
      header.u8(9, fields.protocol ?? protocolOf(next, 255), 'protocol');
      header.set(12, addresses);
      header.set(20, options);
      header.u16(10, fields.checksum ?? checksum(header.bytes), 'checksum');
      return header.bytes;
    },
  };
}

export function ipv6Header(fields: Ipv6Fields): Header {
  const addresses = concat(parseIpv6(fields.src ?? LOCAL.v6[0]), parseIpv6(fields.dst ?? LOCAL.v6[1]));
  const flow = inRange(fields.flowLabel ?? 0, 20, 'ipv6.flowLabel');
  const trafficClass = inRange(fields.trafficClass ?? 0, 8, 'ipv6.trafficClass');
  return {
    etherType: ETHERTYPE.IPV6,
    ipProtocol: IPPROTO.IPV6,
    ip: { version: 6, addresses: sumWords(addresses) },
    encode(payload, next) {
      const header = new Fields('ipv6', 40);
      header.u32(0, 6 * 2 ** 28 + trafficClass * 2 ** 20 + flow, 'version');
      header.u16(4, fields.payloadLength ?? payload.length, 'payloadLength');
      header.u8(6, fields.nextHeader ?? protocolOf(next, IPPROTO.NONE), 'nextHeader');
      header.u8(7, fields.hopLimit ?? 64, 'hopLimit');
      header.set(8, addresses);
      return header.bytes;
    },
  };
}

export function ipv6ExtensionHeader({ type, data, nextHeader }: Ipv6ExtensionFields): Header {
  const rest = data === undefined ? Uint8Array.of(1, 4, 0, 0, 0, 0) : padded(data, 8, 2);
  return {
    etherType: -1,
    ipProtocol: IPV6_EXTENSION[type],
    encode(_payload, next) {
      const header = new Fields(type, 2 + rest.length);
      header.u8(0, nextHeader ?? protocolOf(next, IPPROTO.NONE), 'nextHeader');
      header.u8(1, header.bytes.length / 8 - 1, 'length');
      header.set(2, rest);
      return header.bytes;
    },
  };
}

export function fragmentHeader({ offset = 0, more = false, id = 0, nextHeader }: FragmentFields): Header {
  return {
    etherType: -1,
    ipProtocol: IPPROTO.FRAGMENT,
    encode(_payload, next) {
      const header = new Fields('fragment', 8);
      header.u8(0, nextHeader ?? protocolOf(next, IPPROTO.NONE), 'nextHeader');
      header.u16(2, (inUnitsOf8(offset, 'fragment.offset') << 3) | (more ? 1 : 0), 'offset');
      header.u32(4, id, 'id');
      return header.bytes;
    },
  };
}

/** Checksum of a transport header and its payload under the pseudo-header of RFC 768, RFC 793 and RFC 8200 8.1. */
function transportChecksum(
  header: Uint8Array,
  payload: Uint8Array,
  protocol: number,
  ip: IpAround | undefined,
): number {
  const length = header.length + payload.length;
  const pseudo = ip === undefined ? 0 : ip.addresses + protocol + length;
  return checksum(payload, pseudo + sumWords(header));
}

export function tcpHeader(fields: TcpFields): Header {
  const options = padded(fields.options, 4);
  const names = fields.flags ?? ['syn'];
  const flags =
    typeof names === 'number'
      ? names
      : names.reduce((bits, name) => bits | TCP_FLAG[name.toUpperCase() as keyof typeof TCP_FLAG], 0);
  return {
    etherType: -1,
    ipProtocol: IPPROTO.TCP,
    encode(payload, _next, ip) {
      const header = new Fields('tcp', 20 + options.length);
      header.u16(0, fields.sport ?? 40000, 'sport');
      header.u16(2, fields.dport ?? 80, 'dport');
      header.u32(4, fields.seq ?? 0, 'seq');
      header.u32(8, fields.ack ?? 0, 'ack');
      header.u16(
        12,
        (inRange(fields.dataOffset ?? header.bytes.length / 4, 4, 'tcp.dataOffset') << 12) |
          inRange(flags, 12, 'tcp.flags'),
        'flags',
      );
      header.u16(14, fields.window ?? 65535, 'window');
      header.u16(18, fields.urgent ?? 0, 'urgent');
      header.set(20, options);
      header.u16(
        16,
        fields.checksum ?? transportChecksum(header.bytes, payload, IPPROTO.TCP, ip),
        'checksum',
      );
      return header.bytes;
    },
  };
}

export function udpHeader(fields: UdpFields): Header {
  return {
    etherType: -1,
    ipProtocol: IPPROTO.UDP,
    encode(payload, _next, ip) {
      const header = new Fields('udp', 8);
      header.u16(0, fields.sport ?? 40000, 'sport');
      header.u16(2, fields.dport ?? 53, 'dport');
      header.u16(4, fields.length ?? 8 + payload.length, 'length');
      // 0 would say "no checksum" (RFC 768), so a sum of 0 is sent as its other spelling.
      const sum = fields.checksum ?? (transportChecksum(header.bytes, payload, IPPROTO.UDP, ip) || 0xffff);
      header.u16(6, sum, 'checksum');
      return header.bytes;
    },
  };
}

function icmpLike(
  name: 'icmp' | 'icmpv6',
  fields: IcmpFields,
  echoRequest: number,
  protocol: number,
): Header {
  return {
    etherType: -1,
    ipProtocol: protocol,
    encode(payload, _next, ip) {
      const header = new Fields(name, 8);
      header.u8(0, fields.type ?? echoRequest, 'type');
      header.u8(1, fields.code ?? 0, 'code');
      if (fields.rest === undefined) {
        header.u16(4, fields.id ?? 0, 'id');
        header.u16(6, fields.seq ?? 0, 'seq');
      } else header.u32(4, fields.rest, 'rest');
      const pseudo = name === 'icmpv6' ? ip : undefined;
      header.u16(
        2,
        fields.checksum ?? transportChecksum(header.bytes, payload, protocol, pseudo),
        'checksum',
      );
      return header.bytes;
    },
  };
}

export function icmpHeader(fields: IcmpFields): Header {
  return icmpLike('icmp', fields, 8, IPPROTO.ICMP);
}

export function icmpv6Header(fields: IcmpFields): Header {
  return icmpLike('icmpv6', fields, 128, IPPROTO.ICMPV6);
}

export function greHeader(fields: GreFields): Header {
  const { key, sequence, checksum: sum = false } = fields;
  const summed = sum !== false;
  return {
    etherType: -1,
    ipProtocol: IPPROTO.GRE,
    encode(payload, next) {
      const words = [summed, key !== undefined, sequence !== undefined].filter(Boolean).length;
      const header = new Fields('gre', 4 + 4 * words);
      header.u16(
        0,
        (summed ? 0x8000 : 0) | (key === undefined ? 0 : 0x2000) | (sequence === undefined ? 0 : 0x1000),
        'flags',
      );
      header.u16(2, fields.protocol ?? etherTypeOf(next), 'protocol');
      let at = summed ? 8 : 4;
      if (key !== undefined) {
        header.u32(at, key, 'key');
        at += 4;
      }
      if (sequence !== undefined) header.u32(at, sequence, 'sequence');
      if (summed)
        header.u16(4, typeof sum === 'number' ? sum : checksum(payload, sumWords(header.bytes)), 'checksum');
      return header.bytes;
    },
  };
}

export function vxlanHeader({ vni = 1 }: VxlanFields): Header {
  const header = new Fields('vxlan', 8);
  header.u8(0, 0x08, 'flags');
  header.u32(4, inRange(vni, 24, 'vxlan.vni') * 256, 'vni');
  return { etherType: -1, ipProtocol: -1, encode: () => header.bytes.slice() };
}
