/** Where a summary stands in its packet, and what its printers share. */

/** Headers that a summary can be continued with; summarize.ts maps each to its printer. */
export type LayerName =
  | 'ethernet'
  | 'vlan'
  | 'arp'
  | 'mpls'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6-next'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmp'
  | 'icmpv6'
  | 'igmp'
  | 'gre'
  | 'esp'
  | 'ah'
  | 'vxlan';

/** The packet, the place in it, and the line so far. */
export class SummaryCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  /** Where the bytes end that are there. */
  end: number;
  /** Bytes from `at` by the headers before: more than `end - at` when the packet was cut. */
  length: number;
  text = '';
  /** The addresses of the IP header before, not printed yet: ports are written behind them. */
  addresses: { readonly src: string; readonly dst: string } | undefined;
  /** Protocol number for `ipv6-next`; set by IP headers and their extensions. */
  protocol = 0;
  /** Whether the transport header belongs to the first of several fragments: its length is the whole datagram's. */
  fragment = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
    this.length = bytes.length;
  }

  /** Whether `size` bytes of the header at `at` are there. */
  has(size: number): boolean {
    return this.end - this.at >= size;
  }
  u8(offset: number): number {
    return this.view.getUint8(this.at + offset);
  }
  u16(offset: number): number {
    return this.view.getUint16(this.at + offset);
  }
  u32(offset: number): number {
    return this.view.getUint32(this.at + offset);
  }
  /** Bytes from `at + offset` to the end of what is there, at most `size`. */
  slice(offset: number, size: number = this.end - this.at - offset): Uint8Array {
    return this.bytes.subarray(this.at + offset, Math.min(this.end, this.at + offset + size));
  }
  print(text: string): undefined {
    this.text += text;
  }
  /** tcpdump's mark for a header that is cut. */
  truncated(what: string): undefined {
    this.text += ` [|${what}]`;
  }
  /** Goes `size` bytes on, to `next`. */
  advance(size: number, next: LayerName): LayerName {
    this.at += size;
    this.length -= size;
    return next;
  }
  /** Writes the addresses, with ports when there are any, unless they are written already. */
  printAddresses(ports?: { readonly src: number; readonly dst: number }): void {
    const { addresses } = this;
    if (addresses) {
      const [src, dst] = ports ? [`.${ports.src}`, `.${ports.dst}`] : ['', ''];
      this.print(`${addresses.src}${src} > ${addresses.dst}${dst}: `);
    } else if (ports) this.print(`${ports.src} > ${ports.dst}: `);
    this.addresses = undefined;
  }
}

/** Reads the header at `at`, appends to `text`, and gives the next layer with the cursor moved to it, or is the last. */
export type LayerPrinter = (cursor: SummaryCursor) => LayerName | undefined;
