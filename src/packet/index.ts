export { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts';
export {
  type CapturePacket,
  CaptureReader,
  type CaptureReaderOptions,
  readCapture,
  timeNs,
} from './capture-reader.ts';
export type { CaptureInterface } from './capture-record.ts';
export { checksum, foldSum, sumWords, updateChecksum } from './checksum.ts';
export { diffPackets, type PacketChange } from './diff-packets.ts';
export type {
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
export { LINKTYPE_ETHERNET, linkTypeName } from './link-type.ts';
export { ethernet, ipv4, ipv6, type PacketBuilder } from './packet-builder.ts';
export { type Layer, parseLayers } from './parse-layers.ts';
export { type PcapRecord, PcapWriter, writePcap } from './pcap-writer.ts';
export { ETHERTYPE, IPPROTO, TCP_FLAG } from './protocol.ts';
export { summarize } from './summarize.ts';
