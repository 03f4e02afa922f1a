/** The fields of each header that a diff names: place, width and how the value is written. One row per field. */
import { toHex } from '../bytes/index.ts';
import { formatIpv4, formatIpv6, formatMac } from './address.ts';
import { TCP_FLAG } from './protocol.ts';

export type LayerKind =
  | 'ethernet'
  | 'vlan'
  | 'arp'
  | 'mpls'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6_ext'
  | 'ipv6_frag'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'icmpv6'
  | 'gre'
  | 'vxlan'
  | 'payload';

/** A field of whole bytes, or with `mask` the part of them that the mask (contiguous ones) cuts out. */
export interface LayerField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly mask?: number;
  readonly format: (bytes: Uint8Array, value: number) => string;
}

const decimal = (_bytes: Uint8Array, value: number): string => String(value);
const hexadecimal = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;
const flags = (_bytes: Uint8Array, value: number): string => {
  const names = Object.entries(TCP_FLAG).filter(([, bit]) => value & bit);
  return names.map(([name]) => name.toLowerCase()).join('+') || 'none';
};
type Format = LayerField['format'];
const field = (name: string, offset: number, size: number, format: Format = decimal): LayerField => ({
  name,
  offset,
  size,
  format,
});
const bits = (
  name: string,
  offset: number,
  size: number,
  mask: number,
  format: Format = decimal,
): LayerField => ({
  name,
  offset,
  size,
  mask,
  format,
});

const ICMP = [
  field('type', 0, 1),
  field('code', 1, 1),
  field('checksum', 2, 2, hexadecimal),
  field('id', 4, 2),
  field('seq', 6, 2),
];

/** Bytes of a header that no row covers are compared as bytes. */
export const LAYER_FIELDS: Readonly<Record<LayerKind, readonly LayerField[]>> = {
  ethernet: [field('dst', 0, 6, formatMac), field('src', 6, 6, formatMac), field('type', 12, 2, hexadecimal)],
  vlan: [
    bits('pcp', 0, 2, 0xe000),
    bits('dei', 0, 2, 0x1000),
    bits('id', 0, 2, 0x0fff),
    field('type', 2, 2, hexadecimal),
  ],
  arp: [
    field('op', 6, 2),
    field('sha', 8, 6, formatMac),
    field('spa', 14, 4, formatIpv4),
    field('tha', 18, 6, formatMac),
    field('tpa', 24, 4, formatIpv4),
  ],
  mpls: [field('label', 0, 4, hexadecimal)],
  ipv4: [
    bits('version', 0, 1, 0xf0),
    bits('ihl', 0, 1, 0x0f),
    field('tos', 1, 1, hexadecimal),
    field('total_length', 2, 2),
    field('id', 4, 2),
    bits('df', 6, 2, 0x4000),
    bits('mf', 6, 2, 0x2000),
    bits('fragment_offset', 6, 2, 0x1fff),
    field('ttl', 8, 1),
    field('protocol', 9, 1),
    field('checksum', 10, 2, hexadecimal),
    field('src', 12, 4, formatIpv4),
    field('dst', 16, 4, formatIpv4),
  ],
  ipv6: [
    bits('version', 0, 4, 0xf0000000),
    bits('traffic_class', 0, 4, 0x0ff00000),
    bits('flow_label', 0, 4, 0x000fffff),
    field('payload_length', 4, 2),
    field('next_header', 6, 1),
    field('hop_limit', 7, 1),
    field('src', 8, 16, formatIpv6),
    field('dst', 24, 16, formatIpv6),
  ],
  ipv6_ext: [field('next_header', 0, 1), field('length', 1, 1)],
  ipv6_frag: [
    field('next_header', 0, 1),
    bits('offset', 2, 2, 0xfff8),
    bits('more', 2, 2, 1),
    field('id', 4, 4),
  ],
  tcp: [
    field('sport', 0, 2),
    field('dport', 2, 2),
    field('seq', 4, 4),
    field('ack', 8, 4),
    bits('data_offset', 12, 2, 0xf000),
    bits('flags', 12, 2, 0x0fff, flags),
    field('window', 14, 2),
    field('checksum', 16, 2, hexadecimal),
    field('urgent', 18, 2),
  ],
  udp: [
    field('sport', 0, 2),
    field('dport', 2, 2),
    field('length', 4, 2),
    field('checksum', 6, 2, hexadecimal),
  ],
  icmp: ICMP,
  icmpv6: ICMP,
  gre: [field('flags', 0, 2, hexadecimal), field('protocol', 2, 2, hexadecimal)],
  vxlan: [field('flags', 0, 1, hexadecimal), bits('vni', 4, 4, 0xffffff00)],
  payload: [],
};

/** The number in `bytes` (big endian, 4 at most) that the field's mask cuts out. */
export function fieldValue({ mask }: LayerField, bytes: Uint8Array): number {
  if (bytes.length > 4) return 0;
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (mask === undefined) return value;
  const shift = 31 - Math.clz32(mask & -mask);
  return ((value & mask) >>> 0) >>> shift;
}
