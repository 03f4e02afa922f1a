/** Numbers of the protocols we build and read (IANA's registries of EtherTypes and IP protocols), with tcpdump's names. */

export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  MPLS: 0x8847,
  QINQ: 0x88a8,
  /** Transparent Ethernet bridging: the inner protocol of GRE and Geneve over a whole frame. */
  TEB: 0x6558,
} as const;

export const IPPROTO = {
  HOPOPTS: 0,
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  NONE: 59,
  DSTOPTS: 60,
  SCTP: 132,
} as const;

/** IPv6 extension headers that have a next header, a length in units of 8 bytes, and options or addresses. */
export const IPV6_EXTENSION = { 'hop-by-hop': 0, routing: 43, destination: 60 } as const;
export type Ipv6ExtensionName = keyof typeof IPV6_EXTENSION;

export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;
export type TcpFlagName = Lowercase<keyof typeof TCP_FLAG>;

export const PORT = { DNS: 53, HTTP: 80, VXLAN: 4789, MDNS: 5353 } as const;
