/** Link-layer header types of captures (the registry of tcpdump.org that draft-ietf-opsawg-pcap refers to). */

export const LINKTYPE_ETHERNET = 1;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'NULL'],
  [1, 'ETHERNET'],
  [6, 'IEEE802_5'],
  [9, 'PPP'],
  [12, 'RAW'],
  [101, 'RAW'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [108, 'LOOP'],
  [113, 'LINUX_SLL'],
  [127, 'IEEE802_11_RADIOTAP'],
  [147, 'USER0'],
  [189, 'USB_LINUX'],
  [220, 'USB_LINUX_MMAPPED'],
  [227, 'CAN_SOCKETCAN'],
  [228, 'IPV4'],
  [229, 'IPV6'],
  [239, 'NFLOG'],
  [252, 'WIRESHARK_UPPER_PDU'],
  [253, 'NETLINK'],
  [276, 'LINUX_SLL2'],
]);

/** `ETHERNET (1)`, or `link type 9999` for one without a name here. */
export function linkTypeName(linkType: number): string {
  const name = NAMES.get(linkType);
  return name === undefined ? `link type ${linkType}` : `${name} (${linkType})`;
}
