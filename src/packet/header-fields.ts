/** What the steps of the packet builder take: one interface per header. What is left out is computed or has a plain default. */
import type { Ipv6ExtensionName, TcpFlagName } from './protocol.ts';

export interface EthernetFields {
  /** Defaults 02:00:00:00:00:01 and 02:00:00:00:00:02. */
  readonly src?: string;
  readonly dst?: string;
  /** EtherType; from the next header when absent. */
  readonly type?: number;
}

export interface VlanFields {
  /** VLAN id, 12 bits; default 1. */
  readonly id?: number;
  /** Priority, 3 bits, and drop eligible. */
  readonly pcp?: number;
  readonly dei?: boolean;
  /** EtherType that announces this tag: 0x8100, or 0x88a8 where another tag follows. */
  readonly tpid?: number;
  readonly type?: number;
}

export interface ArpFields {
  /** 1, 2 or another operation. */
  readonly op?: 'request' | 'reply' | number;
  readonly sha?: string;
  readonly spa?: string;
  readonly tha?: string;
  readonly tpa?: string;
}

export interface Ipv4Fields {
  /** Defaults 10.0.0.1 and 10.0.0.2. */
  readonly src?: string;
  readonly dst?: string;
  readonly ttl?: number;
  /** The whole byte: DSCP and ECN. */
  readonly tos?: number;
  readonly id?: number;
  /** Don't fragment, more fragments. */
  readonly df?: boolean;
  readonly mf?: boolean;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly protocol?: number;
  readonly totalLength?: number;
  readonly checksum?: number;
  /** Header length in 32-bit words. */
  readonly ihl?: number;
  /** Padded with zeros to a multiple of 4. */
  readonly options?: Uint8Array;
}

export interface Ipv6Fields {
  /** Defaults fd00::1 and fd00::2. */
  readonly src?: string;
  readonly dst?: string;
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly nextHeader?: number;
  readonly payloadLength?: number;
}

export interface Ipv6ExtensionFields {
  readonly type: Ipv6ExtensionName;
  /** What follows the two bytes of next header and length, padded with zeros to a multiple of 8 in all; default 6 bytes of PadN. */
  readonly data?: Uint8Array;
  readonly nextHeader?: number;
}

export interface FragmentFields {
  /** In bytes, a multiple of 8. */
  readonly offset?: number;
  readonly more?: boolean;
  readonly id?: number;
  readonly nextHeader?: number;
}

export interface TcpFields {
  /** Defaults 40000 and 80. */
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Default: syn alone. */
  readonly flags?: readonly TcpFlagName[] | number;
  readonly window?: number;
  readonly urgent?: number;
  /** Padded with zeros to a multiple of 4. */
  readonly options?: Uint8Array;
  /** Header length in 32-bit words. */
  readonly dataOffset?: number;
  readonly checksum?: number;
}

export interface UdpFields {
  /** Defaults 40000 and 53. */
  readonly sport?: number;
  readonly dport?: number;
  readonly length?: number;
  readonly checksum?: number;
}

/** ICMP and ICMPv6. `id` and `seq` are the header's last four bytes, unless `rest` gives these as one number. */
export interface IcmpFields {
  /** Default: echo request. */
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly seq?: number;
  readonly rest?: number;
  readonly checksum?: number;
}

export interface GreFields {
  readonly protocol?: number;
  readonly key?: number;
  readonly sequence?: number;
  /** Adds the optional checksum: true computes it. */
  readonly checksum?: boolean | number;
}

export interface VxlanFields {
  readonly vni?: number;
}
