/** What the parsers of pcap and pcapng share: the window of bytes at hand, and the record they fill in place. */
import { PcapError } from '../errors.ts';

/** No packet of a capture is longer: libpcap's MAXIMUM_SNAPLEN. A longer one is a damaged length. */
export const MAX_PACKET_SIZE = 262144;

/** The part of the file that is in memory. `position` moves to `limit`; `base` is the file offset of byte 0. */
export interface CaptureWindow {
  bytes: Uint8Array;
  view: DataView;
  position: number;
  limit: number;
  base: number;
}

/**
 * The packet that a reader stands on. One object is filled again and again, so that a replay makes no garbage:
 * the packet's bytes are `length` bytes of the window's buffer from `offset`.
 */
export interface CaptureRecord {
  /** Counts from 1; 0 before the first packet. */
  number: number;
  /** Time since 1970 in whole seconds, and the nanoseconds (0 to 999,999,999) on top. */
  seconds: number;
  nanoseconds: number;
  offset: number;
  length: number;
  /** Length on the wire; more than `length` when the packet was snapped. */
  originalLength: number;
  /** Index of the interface in its section; 0 in a pcap. */
  interfaceId: number;
  linkType: number;
}

/** An interface of a capture: its own link type and clock. */
export interface CaptureInterface {
  readonly linkType: number;
  /** 0 means no limit. */
  readonly snaplen: number;
  /** if_name; '' where there is none. */
  readonly name: string;
}

export interface CaptureParser {
  readonly format: 'pcap' | 'pcapng';
  readonly interfaces: readonly CaptureInterface[];
  /** Fills `record` with the next packet and returns 0; or says how many bytes from `position` it must see first. */
  next(window: CaptureWindow, record: CaptureRecord): number;
}

/** The error for the packet after `record`, at the window's position plus `ahead`. */
export function captureError(
  window: CaptureWindow,
  record: CaptureRecord,
  rule: string,
  ahead = 0,
): PcapError {
  return new PcapError(record.number + 1, window.base + window.position + ahead, rule);
}
