/** Cuts a packet into its headers, as far as they are whole; what follows the last is payload. */
import type { LayerKind } from './layer-fields.ts';
import { ETHERTYPE, IPPROTO, PORT } from './protocol.ts';

export interface Layer {
  readonly kind: LayerKind;
  readonly offset: number;
  readonly length: number;
}

/** What comes next: an EtherType or an IP protocol, or nothing that is known. */
type Next = { readonly etherType: number } | { readonly protocol: number } | undefined;

const MAX_LAYERS = 32;

/** @param packet from its Ethernet header. The layers cover it from end to end, without gaps. */
export function parseLayers(packet: Uint8Array): readonly Layer[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const layers: Layer[] = [];
  let at = 0;
  let next: Next = { etherType: ETHERTYPE.TEB };
  while (next !== undefined && layers.length < MAX_LAYERS) {
    const found = header(view, at, next);
    if (found === undefined || at + found.length > packet.length) break;
    layers.push({ kind: found.kind, offset: at, length: found.length });
    at += found.length;
    next = found.next;
  }
  if (at < packet.length) layers.push({ kind: 'payload', offset: at, length: packet.length - at });
  return layers;
}

interface Found {
  readonly kind: LayerKind;
  readonly length: number;
  readonly next: Next;
}

function header(
  view: DataView,
  at: number,
  next: { etherType: number } | { protocol: number },
): Found | undefined {
  const left = view.byteLength - at;
  const found = 'etherType' in next ? byEtherType(next.etherType) : byProtocol(next.protocol);
  return found && left >= found.least ? found.read(view, at) : undefined;
}

interface Reader {
  /** Bytes that must be there to read the rest. */
  readonly least: number;
  readonly read: (view: DataView, at: number) => Found | undefined;
}

const ETHERNET: Reader = {
  least: 14,
  read: (view, at) => ({ kind: 'ethernet', length: 14, next: { etherType: view.getUint16(at + 12) } }),
};
const VLAN: Reader = {
  least: 4,
  read: (view, at) => ({ kind: 'vlan', length: 4, next: { etherType: view.getUint16(at + 2) } }),
};
const ARP: Reader = { least: 28, read: () => ({ kind: 'arp', length: 28, next: undefined }) };
const MPLS: Reader = {
  least: 5,
  read(view, at) {
    const bottom = (view.getUint8(at + 2) & 1) !== 0;
    const version = view.getUint8(at + 4) >> 4;
    const inside: Next =
      version === 4
        ? { etherType: ETHERTYPE.IPV4 }
        : version === 6
          ? { etherType: ETHERTYPE.IPV6 }
          : undefined;
    return { kind: 'mpls', length: 4, next: bottom ? inside : { etherType: ETHERTYPE.MPLS } };
  },
};
const IPV4: Reader = {
  least: 20,
  read(view, at) {
    const length = (view.getUint8(at) & 15) * 4;
    if (view.getUint8(at) >> 4 !== 4 || length < 20) return undefined;
    const first = (view.getUint16(at + 6) & 0x1fff) === 0;
    return { kind: 'ipv4', length, next: first ? { protocol: view.getUint8(at + 9) } : undefined };
  },
};
const IPV6: Reader = {
  least: 40,
  read(view, at) {
    if (view.getUint8(at) >> 4 !== 6) return undefined;
    return { kind: 'ipv6', length: 40, next: { protocol: view.getUint8(at + 6) } };
  },
};
const IPV6_EXT: Reader = {
  least: 8,
  read: (view, at) => ({
    kind: 'ipv6_ext',
    length: (view.getUint8(at + 1) + 1) * 8,
    next: { protocol: view.getUint8(at) },
  }),
};
const IPV6_FRAG: Reader = {
  least: 8,
  read(view, at) {
    const first = view.getUint16(at + 2) < 8;
    return { kind: 'ipv6_frag', length: 8, next: first ? { protocol: view.getUint8(at) } : undefined };
  },
};
const TCP: Reader = {
  least: 20,
  read: (view, at) => ({
    kind: 'tcp',
    length: Math.max(20, (view.getUint8(at + 12) >> 4) * 4),
    next: undefined,
  }),
};
const UDP: Reader = {
  least: 8,
  read(view, at) {
    const vxlan = view.getUint16(at + 2) === PORT.VXLAN;
    return { kind: 'udp', length: 8, next: vxlan ? { protocol: VXLAN_PROTOCOL } : undefined };
  },
};
const ICMP: Reader = { least: 8, read: () => ({ kind: 'icmp', length: 8, next: undefined }) };
const ICMPV6: Reader = { least: 8, read: () => ({ kind: 'icmpv6', length: 8, next: undefined }) };
const GRE: Reader = {
  least: 4,
  read(view, at) {
    const flags = view.getUint16(at);
    if ((flags & 0x4007) !== 0) return undefined;
    const words = [0x8000, 0x2000, 0x1000].filter((bit) => flags & bit).length;
    return { kind: 'gre', length: 4 + 4 * words, next: { etherType: view.getUint16(at + 2) } };
  },
};
const VXLAN: Reader = {
  least: 8,
  read: () => ({ kind: 'vxlan', length: 8, next: { etherType: ETHERTYPE.TEB } }),
};
/** VXLAN has no protocol number; this one is past them. */
const VXLAN_PROTOCOL = 256;

const ETHERTYPES: ReadonlyMap<number, Reader> = new Map([
  [ETHERTYPE.TEB, ETHERNET],
  [ETHERTYPE.VLAN, VLAN],
  [ETHERTYPE.QINQ, VLAN],
  [ETHERTYPE.ARP, ARP],
  [ETHERTYPE.MPLS, MPLS],
  [ETHERTYPE.IPV4, IPV4],
  [ETHERTYPE.IPV6, IPV6],
]);
const PROTOCOLS: ReadonlyMap<number, Reader> = new Map([
  [IPPROTO.HOPOPTS, IPV6_EXT],
  [IPPROTO.ROUTING, IPV6_EXT],
  [IPPROTO.DSTOPTS, IPV6_EXT],
  [IPPROTO.FRAGMENT, IPV6_FRAG],
  [IPPROTO.IPIP, IPV4],
  [IPPROTO.IPV6, IPV6],
  [IPPROTO.TCP, TCP],
  [IPPROTO.UDP, UDP],
  [IPPROTO.ICMP, ICMP],
  [IPPROTO.ICMPV6, ICMPV6],
  [IPPROTO.GRE, GRE],
  [VXLAN_PROTOCOL, VXLAN],
]);
function byEtherType(type: number): Reader | undefined {
  return ETHERTYPES.get(type);
}
function byProtocol(protocol: number): Reader | undefined {
  return PROTOCOLS.get(protocol);
}
