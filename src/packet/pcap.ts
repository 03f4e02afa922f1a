/**
 * The classic capture format: a 24-byte file header, then a 16-byte header before each packet.
 *
 *   file    magic  major:16 minor:16  thiszone  sigfigs  snaplen  fcs:4 0:12 linktype:16
 *   packet  seconds  subseconds  captured length  length on the wire          (32 bits each)
 *
 * The magic tells the byte order and whether the subseconds are micro- or nanoseconds.
 */
import { PcapError } from '../errors.ts';
import {
  type CaptureInterface,
  type CaptureParser,
  type CaptureRecord,
  type CaptureWindow,
  captureError,
  MAX_PACKET_SIZE,
} from './capture-record.ts';

export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;
export const PCAP_HEADER_SIZE = 24;
export const PCAP_RECORD_HEADER_SIZE = 16;

const NS_PER_S = 1_000_000_000;

/** Reads the file header at the window's start, which holds PCAP_HEADER_SIZE bytes; the magic has been recognised. */
export function createPcapParser(window: CaptureWindow): CaptureParser {
  const { view, position } = window;
  const magic = view.getUint32(position, true);
  const little = magic === PCAP_MAGIC_MICROSECONDS || magic === PCAP_MAGIC_NANOSECONDS;
  const scale = view.getUint32(position, little) === PCAP_MAGIC_NANOSECONDS ? 1 : 1000;
  const major = view.getUint16(position + 4, little);
  const minor = view.getUint16(position + 6, little);
  if (major !== 2)
    throw new PcapError(0, window.base + position + 4, `pcap version ${major}.${minor} is not 2.x`);
  const snaplen = view.getUint32(position + 16, little);
  const linkType = view.getUint32(position + 20, little) & 0xffff;
  const interfaces: readonly CaptureInterface[] = [{ linkType, snaplen, name: '' }];
  window.position += PCAP_HEADER_SIZE;
  return {
    format: 'pcap',
    interfaces,
    next(input: CaptureWindow, record: CaptureRecord): number {
      const at = input.position;
      if (input.limit - at < PCAP_RECORD_HEADER_SIZE) return PCAP_RECORD_HEADER_SIZE;
      const length = input.view.getUint32(at + 8, little);
      if (length > MAX_PACKET_SIZE) {
        throw captureError(
          input,
          record,
          `captured length ${length} is over ${MAX_PACKET_SIZE}: a damaged header`,
          8,
        );
      }
      if (input.limit - at < PCAP_RECORD_HEADER_SIZE + length) return PCAP_RECORD_HEADER_SIZE + length;
      const originalLength = input.view.getUint32(at + 12, little);
      if (originalLength < length) {
        throw captureError(
          input,
          record,
          `captured length ${length} is over the length on the wire, ${originalLength}`,
          8,
        );
      }
      let seconds = input.view.getUint32(at, little);
      let nanoseconds = input.view.getUint32(at + 4, little) * scale;
      if (nanoseconds >= NS_PER_S) {
        seconds += Math.floor(nanoseconds / NS_PER_S);
        nanoseconds %= NS_PER_S;
      }
      record.number++;
      record.seconds = seconds;
      record.nanoseconds = nanoseconds;
      record.offset = at + PCAP_RECORD_HEADER_SIZE;
      record.length = length;
      record.originalLength = originalLength;
      record.interfaceId = 0;
      record.linkType = linkType;
      input.position = at + PCAP_RECORD_HEADER_SIZE + length;
      return 0;
    },
  };
}
