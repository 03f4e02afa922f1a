/** Summaries of UDP and of the protocols over it that are told by their port; the ports of SCTP. */
import { formatMac } from './address.ts';
import { PORT } from './protocol.ts';
import { dnsText } from './summarize-dns.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

export function printUdp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(4)) {
    cursor.printAddresses();
    return cursor.print(cursor.length < 8 ? `truncated-udp ${cursor.length}` : '[|udp]');
  }
  const [src, dst] = [cursor.u16(0), cursor.u16(2)];
  cursor.printAddresses({ src, dst });
  if (cursor.length < 8) return cursor.print(`truncated-udp ${cursor.length}`);
  if (!cursor.has(8)) return cursor.truncated('udp');
  const total = cursor.u16(4);
  if (total < 8) return cursor.print(`truncated-udplength ${total}`);
  const length = total - 8;
  if (length > cursor.length - 8 && !cursor.fragment) {
    return cursor.print(`UDP, bad length ${length} > ${cursor.length - 8}`);
  }
  const is = (port: number): boolean => src === port || dst === port;
  if (is(PORT.DNS) || is(PORT.MDNS))
    return cursor.print(dnsText(cursor.slice(8, length), length, is(PORT.MDNS)));
  if (is(PORT.VXLAN)) return cursor.advance(8, 'vxlan');
  if (is(123) && cursor.has(9)) return cursor.print(ntpText(cursor.u8(8), length));
  if ((is(67) || is(68)) && cursor.has(8 + 34)) return cursor.print(dhcpText(cursor, length));
  return cursor.print(`UDP, length ${length}`);
}

export function printVxlan(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(8)) {
    cursor.print('VXLAN');
    return cursor.truncated('vxlan');
  }
  const flags = cursor.u8(0);
  const names = flags & 0x08 ? 'I' : '.';
  cursor.print(
    `VXLAN, flags [${names}] (0x${flags.toString(16).padStart(2, '0')}), vni ${cursor.u32(4) >>> 8}: `,
  );
  return cursor.advance(8, 'ethernet');
}

const NTP_MODE = [
  'unspecified',
  'symmetric active',
  'symmetric passive',
  'Client',
  'Server',
  'Broadcast',
  'Control Message',
  'Reserved',
];

function ntpText(first: number, length: number): string {
  return `NTPv${(first >> 3) & 7}, ${NTP_MODE[first & 7]}, length ${length}`;
}

function dhcpText(cursor: SummaryCursor, length: number): string {
  const request = cursor.u8(8) === 1;
  const from = request && cursor.u8(9) === 1 ? ` from ${formatMac(cursor.slice(8 + 28, 6))}` : '';
  return `BOOTP/DHCP, ${request ? 'Request' : 'Reply'}${from}, length ${length}`;
}

export function printSctp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(4)) {
    cursor.printAddresses();
    return cursor.print('[|sctp]');
  }
  cursor.printAddresses({ src: cursor.u16(0), dst: cursor.u16(2) });
  return cursor.print('sctp');
}
