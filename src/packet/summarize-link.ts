/** Summaries of Ethernet, VLAN tags, ARP and MPLS. */
import { formatIpv4, formatMac } from './address.ts';
import { ETHERTYPE } from './protocol.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

const BY_ETHERTYPE: ReadonlyMap<number, LayerName> = new Map<number, LayerName>([
  [ETHERTYPE.IPV4, 'ipv4'],
  [ETHERTYPE.IPV6, 'ipv6'],
  [ETHERTYPE.ARP, 'arp'],
  [ETHERTYPE.VLAN, 'vlan'],
  [ETHERTYPE.QINQ, 'vlan'],
  [0x9100, 'vlan'],
  [ETHERTYPE.MPLS, 'mpls'],
  [0x8848, 'mpls'],
  [ETHERTYPE.TEB, 'ethernet'],
]);

/** The layer that an EtherType announces. */
export function layerOfEtherType(type: number): LayerName | undefined {
  return BY_ETHERTYPE.get(type);
}

const hex16 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

/** Goes on by EtherType (or 802.3 length) `type`, `size` bytes further. `addresses` are shown where tcpdump shows them. */
function goOn(cursor: SummaryCursor, type: number, size: number, addresses: string): LayerName | undefined {
  const next = layerOfEtherType(type);
  if (next) return cursor.advance(size, next);
  if (type >= 0x600)
    return cursor.print(`${addresses}ethertype Unknown (${hex16(type)}), length ${cursor.length}`);
  cursor.print(`${addresses}802.3, length ${type}`);
  if (!cursor.has(size + 3)) return cursor.truncated('llc');
  const [dsap, ssap, control] = [cursor.u8(size), cursor.u8(size + 1), cursor.u8(size + 2)];
  return cursor.print(
    `: LLC, dsap 0x${dsap.toString(16)}, ssap 0x${ssap.toString(16)}, ctrl 0x${control.toString(16)}`,
  );
}

export function printEthernet(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(14)) return cursor.truncated('ether');
  const addresses = `${formatMac(cursor.slice(6, 6))} > ${formatMac(cursor.slice(0, 6))}, `;
  return goOn(cursor, cursor.u16(12), 14, addresses);
}

export function printVlan(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(4)) return cursor.truncated('vlan');
  const tci = cursor.u16(0);
  cursor.print(`vlan ${tci & 0xfff}, p ${tci >> 13}, ${tci & 0x1000 ? 'DEI, ' : ''}`);
  return goOn(cursor, cursor.u16(2), 4, '');
}

export function printMpls(cursor: SummaryCursor): LayerName | undefined {
  let at = 0;
  cursor.print('MPLS');
  for (;;) {
    if (!cursor.has(at + 4)) return cursor.truncated('mpls');
    const entry = cursor.u32(at);
    at += 4;
    const bottom = (entry & 0x100) !== 0;
    cursor.print(
      ` (label ${entry >>> 12}, tc ${(entry >> 9) & 7}, ${bottom ? '[S], ' : ''}ttl ${entry & 0xff})`,
    );
    if (bottom) break;
  }
  const version = cursor.has(at + 1) ? cursor.u8(at) >> 4 : 0;
  if (version !== 4 && version !== 6) return undefined;
  cursor.print(' ');
  return cursor.advance(at, version === 4 ? 'ipv4' : 'ipv6');
}

/** Operations other than request and reply are named, without their addresses. */
const ARP_OP: ReadonlyMap<number, string> = new Map([
  [3, 'Reverse Request'],
  [4, 'Reverse Reply'],
  [8, 'Inverse Request'],
  [9, 'Inverse Reply'],
]);

export function printArp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(28)) return cursor.truncated('arp');
  const operation = cursor.u16(6);
  const [sha, spa] = [formatMac(cursor.slice(8, 6)), formatIpv4(cursor.slice(14, 4))];
  const [tha, tpa] = [cursor.slice(18, 6), formatIpv4(cursor.slice(24, 4))];
  const ethernetIpv4 = cursor.u16(0) === 1 && cursor.u16(2) === ETHERTYPE.IPV4 && cursor.u16(4) === 0x0604;
  if (!ethernetIpv4)
    cursor.print(`ARP, hardware ${cursor.u16(0)}, protocol ${hex16(cursor.u16(2))}, op ${operation}`);
  else if (operation === 1) {
    const known = tha.some((byte) => byte !== 0) ? ` (${formatMac(tha)})` : '';
    cursor.print(`ARP, Request who-has ${tpa}${known} tell ${spa}`);
  } else if (operation === 2) cursor.print(`ARP, Reply ${spa} is-at ${sha}`);
  else cursor.print(`ARP, ${ARP_OP.get(operation) ?? `Unknown (${operation})`}`);
  return cursor.print(`, length ${cursor.length}`);
}
