/** One line for a packet, in the words of `tcpdump -nn -t -S`. */

import { printIcmp } from './summarize-icmp.ts';
import { printIcmpv6 } from './summarize-icmpv6.ts';
import {
  printAh,
  printEsp,
  printGre,
  printIgmp,
  printIpv4,
  printIpv6,
  printIpv6Next,
} from './summarize-ip.ts';
import { printArp, printEthernet, printMpls, printVlan } from './summarize-link.ts';
import { printTcp } from './summarize-tcp.ts';
import { printSctp, printUdp, printVxlan } from './summarize-udp.ts';
import { type LayerName, type LayerPrinter, SummaryCursor } from './summary-cursor.ts';

const PRINTERS: Readonly<Record<LayerName, LayerPrinter>> = {
  ethernet: printEthernet,
  vlan: printVlan,
  arp: printArp,
  mpls: printMpls,
  ipv4: printIpv4,
  ipv6: printIpv6,
  'ipv6-next': printIpv6Next,
  tcp: printTcp,
  udp: printUdp,
  sctp: printSctp,
  icmp: printIcmp,
  icmpv6: printIcmpv6,
  igmp: printIgmp,
  gre: printGre,
  esp: printEsp,
  ah: printAh,
  vxlan: printVxlan,
};

/** A packet nests no deeper in earnest; hostile ones would make lines of megabytes. */
const MAX_LAYERS = 32;

/**
 * Summarises a packet from its Ethernet header. Two things differ from tcpdump: sequence numbers are always absolute (a
 * line depends on its packet alone), and VLAN tags are shown without `-e`. Never throws; what is cut says so.
 *
 * @example
 * summarize(ethernet().ipv4().tcp().bytes());
 * // 'IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 65535, length 0'
 */
export function summarize(packet: Uint8Array): string {
  const cursor = new SummaryCursor(packet);
  let next: LayerName | undefined = 'ethernet';
  for (let layers = 0; next !== undefined && layers < MAX_LAYERS; layers++) next = PRINTERS[next](cursor);
  if (next !== undefined) cursor.print('...');
  return cursor.text.trim();
}
