/** Summaries of IPv4, IPv6 and its extension headers, GRE, IPsec and IGMP. */
import { toHex } from '../bytes/index.ts';
import { formatIpv4, formatIpv6 } from './address.ts';
import { IPPROTO } from './protocol.ts';
import { layerOfEtherType } from './summarize-link.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

const BY_PROTOCOL: ReadonlyMap<number, LayerName> = new Map<number, LayerName>([
  [IPPROTO.TCP, 'tcp'],
  [IPPROTO.UDP, 'udp'],
  [IPPROTO.SCTP, 'sctp'],
  [IPPROTO.ICMP, 'icmp'],
  [IPPROTO.ICMPV6, 'icmpv6'],
  [IPPROTO.IGMP, 'igmp'],
  [IPPROTO.IPIP, 'ipv4'],
  [IPPROTO.IPV6, 'ipv6'],
  [IPPROTO.GRE, 'gre'],
  [IPPROTO.ESP, 'esp'],
  [IPPROTO.AH, 'ah'],
]);
const WITH_PORTS: ReadonlySet<LayerName> = new Set<LayerName>(['tcp', 'udp', 'sctp']);

/** Goes on with the protocol of an IP header, `size` bytes further; addresses are written now unless ports follow them. */
function goOn(cursor: SummaryCursor, protocol: number, size: number): LayerName | undefined {
  const next = BY_PROTOCOL.get(protocol);
  if (next === undefined || !WITH_PORTS.has(next)) cursor.printAddresses();
  if (next) return cursor.advance(size, next);
  return cursor.print(` ip-proto-${protocol} ${cursor.length - size}`);
}

/** Ends the packet where the IP header says; returns how many of its bytes are missing. */
function limitTo(cursor: SummaryCursor, total: number): number {
  cursor.length = total;
  const missing = cursor.at + total - cursor.end;
  if (missing < 0) cursor.end = cursor.at + total;
  return missing;
}

export function printIpv4(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(1)) return cursor.truncated('ip');
  const version = cursor.u8(0) >> 4;
  if (version !== 4) return cursor.print(`IP${version} (invalid)`);
  cursor.print('IP ');
  if (!cursor.has(20)) return cursor.truncated('ip');
  const size = (cursor.u8(0) & 0xf) * 4;
  if (size < 20) return cursor.print(`bad-hlen ${size}`);
  // A total length of 0 is what segmentation offload leaves in packets captured before it: the frame's end counts.
  const total = cursor.u16(2) || cursor.end - cursor.at;
  if (total < size) return cursor.print(`bad-len ${total}`);
  const missing = limitTo(cursor, total);
  if (missing > 0) cursor.print(`truncated-ip - ${missing} bytes missing! `);
  cursor.addresses = { src: formatIpv4(cursor.slice(12, 4)), dst: formatIpv4(cursor.slice(16, 4)) };
  const fragment = cursor.u16(6);
  cursor.fragment = (fragment & 0x2000) !== 0;
  if ((fragment & 0x1fff) === 0) return goOn(cursor, cursor.u8(9), size);
  cursor.printAddresses();
  return cursor.print(`ip-proto-${cursor.u8(9)}`);
}

export function printIpv6(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(1)) return cursor.truncated('ip6');
  const version = cursor.u8(0) >> 4;
  if (cursor.has(40) && version !== 6) return cursor.print(`IP${version} (invalid)`);
  if (!cursor.has(40)) return cursor.truncated('ip6');
  cursor.print('IP6 ');
  const missing = limitTo(cursor, 40 + cursor.u16(4));
  if (missing > 0) cursor.print(`truncated-ip6 - ${missing} bytes missing!`);
  cursor.addresses = { src: formatIpv6(cursor.slice(8, 16)), dst: formatIpv6(cursor.slice(24, 16)) };
  cursor.fragment = false;
  cursor.protocol = cursor.u8(6);
  return cursor.advance(40, 'ipv6-next');
}

const EXTENSION_TEXT: ReadonlyMap<number, string> = new Map([
  [IPPROTO.HOPOPTS, 'HBH '],
  [IPPROTO.DSTOPTS, 'DSTOPT '],
]);

/** An extension header, or on to what follows the last of them. */
export function printIpv6Next(cursor: SummaryCursor): LayerName | undefined {
  const { protocol } = cursor;
  if (protocol === IPPROTO.NONE) {
    cursor.printAddresses();
    return cursor.print('no next header');
  }
  if (protocol === IPPROTO.FRAGMENT) return printFragment(cursor);
  const text = EXTENSION_TEXT.get(protocol);
  if (text === undefined && protocol !== IPPROTO.ROUTING) return goOn(cursor, protocol, 0);
  cursor.printAddresses();
  if (!cursor.has(8))
    return cursor.truncated(protocol === IPPROTO.ROUTING ? 'rt6' : text!.trim().toLowerCase());
  cursor.print(text ?? routingText(cursor));
  cursor.protocol = cursor.u8(0);
  return cursor.advance((cursor.u8(1) + 1) * 8, 'ipv6-next');
}

function routingText(cursor: SummaryCursor): string {
  const type = cursor.u8(2);
  const names: Readonly<Record<number, string>> = {
    0: ' [Deprecated]',
    2: ' [Mobile IP]',
    4: ' [Segment Routing]',
  };
  return `RT6 (len=${cursor.u8(1)}, type=${type}${names[type] ?? ''}, segleft=${cursor.u8(3)}) `;
}

function printFragment(cursor: SummaryCursor): LayerName | undefined {
  cursor.printAddresses();
  if (!cursor.has(8)) return cursor.truncated('frag');
  const offset = cursor.u16(2) & 0xfff8;
  cursor.print(`frag (${offset}|${cursor.length - 8})`);
  if (offset !== 0) return undefined;
  cursor.print(' ');
  cursor.fragment = (cursor.u16(2) & 1) !== 0;
  cursor.protocol = cursor.u8(0);
  return cursor.advance(8, 'ipv6-next');
}

export function printGre(cursor: SummaryCursor): LayerName | undefined {
  const { length } = cursor;
  if (!cursor.has(4)) return cursor.truncated('gre');
  const flags = cursor.u16(0);
  const protocol = cursor.u16(2);
  cursor.print(`GREv${flags & 7}`);
  if ((flags & 7) !== 0) return cursor.print(`, length ${length}`);
  let at = 4;
  const word = (bit: number, text: (value: number) => string): boolean => {
    if ((flags & bit) === 0) return true;
    if (!cursor.has(at + 4)) return false;
    cursor.print(text(cursor.u32(at)));
    at += 4;
    return true;
  };
  const whole =
    word(0xc000, (value) => `, off 0x${(value & 0xffff).toString(16)}`) &&
    word(0x2000, (value) => `, key=0x${value.toString(16)}`) &&
    word(0x1000, (value) => `, seq ${value}`);
  if (!whole) return cursor.truncated('gre');
  cursor.print(`, length ${length}: `);
  const next = layerOfEtherType(protocol);
  if (next === undefined || (flags & 0x4000) !== 0)
    return cursor.print(`gre-proto-0x${protocol.toString(16).padStart(4, '0')}`);
  return cursor.advance(at, next);
}

export function printEsp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(8)) return cursor.truncated('ESP');
  const spi = cursor.u32(0).toString(16).padStart(8, '0');
  return cursor.print(`ESP(spi=0x${spi},seq=0x${cursor.u32(4).toString(16)}), length ${cursor.length}`);
}

export function printAh(cursor: SummaryCursor): LayerName | undefined {
  const size = cursor.has(12) ? (cursor.u8(1) + 2) * 4 : 12;
  if (size < 12 || !cursor.has(size)) return cursor.truncated('AH');
  const spi = cursor.u32(4).toString(16).padStart(8, '0');
  const icv = toHex(cursor.slice(12, size - 12));
  cursor.print(`AH(spi=0x${spi},seq=0x${cursor.u32(8).toString(16)},icv=0x${icv}): `);
  cursor.protocol = cursor.u8(0);
  return cursor.advance(size, 'ipv6-next');
}

export function printIgmp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(8)) return cursor.truncated('igmp');
  const type = cursor.u8(0);
  const group = formatIpv4(cursor.slice(4, 4));
  if (type === 0x22) return cursor.print(`igmp v3 report, ${cursor.u16(6)} group record(s)`);
  if (type === 0x16) return cursor.print(`igmp v2 report ${group}`);
  if (type === 0x12) return cursor.print(`igmp v1 report ${group}`);
  if (type === 0x17) return cursor.print(`igmp leave ${group}`);
  if (type !== 0x11) return cursor.print(`igmp-${type}`);
  const version = cursor.length >= 12 ? 3 : cursor.u8(1) === 0 ? 1 : 2;
  return cursor.print(`igmp query v${version}${group === '0.0.0.0' ? '' : ` [gaddr ${group}]`}`);
}
