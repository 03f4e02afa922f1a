/** Writes captures: pcap, little endian, nanoseconds. */

import { MAX_PACKET_SIZE } from './capture-record.ts';
import { LINKTYPE_ETHERNET } from './link-type.ts';
import { PCAP_HEADER_SIZE, PCAP_MAGIC_NANOSECONDS, PCAP_RECORD_HEADER_SIZE } from './pcap.ts';

/** A packet to be written; `originalLength` is the length of `data` unless it says more. */
export interface PcapRecord {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly data: Uint8Array;
  readonly originalLength?: number | undefined;
}

const BUFFER_SIZE = 1 << 16;

/**
 * Collects packets and hands full buffers to `sink`; call `flush` at the end. The file header goes first.
 *
 * @example
 * const writer = new PcapWriter((bytes) => file.write(bytes));
 * writer.write({ seconds: 0, nanoseconds: 0, data: ethernet().ipv4().udp().bytes() });
 * writer.flush();
 */
export class PcapWriter {
  readonly #sink: (bytes: Uint8Array) => void;
  #buffer = new Uint8Array(BUFFER_SIZE);
  #view = new DataView(this.#buffer.buffer);
  #used = 0;
  /** Packets written so far. */
  count = 0;

  constructor(sink: (bytes: Uint8Array) => void, linkType: number = LINKTYPE_ETHERNET) {
    this.#sink = sink;
    const fields = [PCAP_MAGIC_NANOSECONDS, 2 | (4 << 16), 0, 0, MAX_PACKET_SIZE, linkType];
    for (const [index, field] of fields.entries()) this.#view.setUint32(4 * index, field, true);
    this.#used = PCAP_HEADER_SIZE;
  }

  write(record: PcapRecord): void {
    const { data } = record;
    if (this.#used + PCAP_RECORD_HEADER_SIZE > BUFFER_SIZE) this.flush();
    const fields = [record.seconds, record.nanoseconds, data.length, record.originalLength ?? data.length];
    for (const [index, field] of fields.entries()) this.#view.setUint32(this.#used + 4 * index, field, true);
    this.#used += PCAP_RECORD_HEADER_SIZE;
    if (this.#used + data.length > BUFFER_SIZE) {
      this.flush();
      if (data.length > BUFFER_SIZE) {
        this.#sink(data.slice());
        this.count++;
        return;
      }
    }
    this.#buffer.set(data, this.#used);
    this.#used += data.length;
    this.count++;
  }

  flush(): void {
    if (this.#used === 0) return;
    this.#sink(this.#buffer.subarray(0, this.#used));
    this.#buffer = new Uint8Array(BUFFER_SIZE);
    this.#view = new DataView(this.#buffer.buffer);
    this.#used = 0;
  }
}

/** A whole capture in memory. */
export function writePcap(records: Iterable<PcapRecord>, linkType?: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new PcapWriter((bytes) => parts.push(bytes), linkType);
  for (const record of records) writer.write(record);
  writer.flush();
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
