/**
 * pcapng: a row of blocks, `type, total length, body, total length` (32 bits each, body padded to 4). A section header
 * sets the byte order and forgets the interfaces; interface blocks number the interfaces from 0 and give each a link
 * type and a clock; packet blocks refer to them. Every other block is skipped.
 */
import { PcapError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';
import {
  type CaptureInterface,
  type CaptureParser,
  type CaptureRecord,
  type CaptureWindow,
  captureError,
  MAX_PACKET_SIZE,
} from './capture-record.ts';
import { createTickClock, type TickClock } from './tick-clock.ts';

/** Type of the section header block: the same bytes in either order. */
export const PCAPNG_SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK = { INTERFACE: 1, OBSOLETE_PACKET: 2, SIMPLE_PACKET: 3, ENHANCED_PACKET: 6 } as const;
const OPTION = { END: 0, IF_NAME: 2, IF_TSRESOL: 9, IF_TSOFFSET: 14 } as const;

/** libpcap refuses longer blocks too. */
const MAX_BLOCK_SIZE = 16 * 1024 * 1024;
/** Bytes around the body: type, length, length again. */
const FRAME_SIZE = 12;
const MICROSECONDS = 6;

interface Interface extends CaptureInterface {
  readonly clock: TickClock;
}

/** Where a packet block keeps its data, relative to the block. */
interface PacketPlace {
  readonly interfaceId: number;
  readonly data: number;
  readonly length: number;
  readonly originalLength: number;
}

class PcapngParser implements CaptureParser {
  readonly format = 'pcapng';
  readonly interfaces: Interface[] = [];
  #little = true;

  next(window: CaptureWindow, record: CaptureRecord): number {
    for (;;) {
      const at = window.position;
      const size = this.#blockSize(window, record);
      if (size < 0) return -size;
      const type = window.view.getUint32(at, this.#little);
      let found = false;
      if (type === PCAPNG_SECTION_HEADER) this.interfaces.length = 0;
      else if (type === BLOCK.INTERFACE) this.#addInterface(window, record, size);
      else if (type === BLOCK.ENHANCED_PACKET) found = this.#enhancedPacket(window, record, size);
      else if (type === BLOCK.SIMPLE_PACKET) found = this.#simplePacket(window, record, size);
      else if (type === BLOCK.OBSOLETE_PACKET) found = this.#obsoletePacket(window, record, size);
      window.position = at + size;
      if (found) return 0;
    }
  }

  /** Total length of the block at `position`, checked and wholly at hand; or minus the bytes that must be seen first. */
  #blockSize(window: CaptureWindow, record: CaptureRecord): number {
    const { view, position: at, limit } = window;
    if (limit - at < FRAME_SIZE) return -FRAME_SIZE;
    if (view.getUint32(at, true) === PCAPNG_SECTION_HEADER) {
      this.#little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      if (!this.#little && view.getUint32(at + 8, false) !== BYTE_ORDER_MAGIC) {
        throw captureError(window, record, 'section header without the byte-order magic', 8);
      }
    }
    const size = view.getUint32(at + 4, this.#little);
    if (size < FRAME_SIZE || size > MAX_BLOCK_SIZE || size % 4 !== 0) {
      throw captureError(window, record, `block length ${size} is absurd: a damaged file`, 4);
    }
    if (limit - at < size) return -size;
    const again = view.getUint32(at + size - 4, this.#little);
    if (again !== size)
      throw captureError(window, record, `block length ${size} at its start, ${again} at its end`, size - 4);
    return size;
  }

  #addInterface(window: CaptureWindow, record: CaptureRecord, size: number): void {
    const { view, bytes, position: at } = window;
    this.#need(window, record, size, 20, 'interface');
    let name = '';
    let resolution: number = MICROSECONDS;
    let offset = 0;
    const end = at + size - 4;
    for (let option = at + 16; option + 4 <= end; ) {
      const code = view.getUint16(option, this.#little);
      const length = view.getUint16(option + 2, this.#little);
      const value = option + 4;
      if (code === OPTION.END) break;
      if (value + length > end) {
        throw captureError(
          window,
          record,
          `interface option ${code} of ${length} bytes runs past its block`,
          option - at,
        );
      }
      if (code === OPTION.IF_NAME) name = decodeUtf8(bytes.subarray(value, value + length));
      else if (code === OPTION.IF_TSRESOL && length >= 1) resolution = view.getUint8(value);
      else if (code === OPTION.IF_TSOFFSET && length >= 8)
        offset = Number(view.getBigInt64(value, this.#little));
      option = value + ((length + 3) & ~3);
    }
    this.interfaces.push({
      linkType: view.getUint16(at + 8, this.#little),
      snaplen: view.getUint32(at + 12, this.#little),
      name,
      clock: createTickClock(resolution, offset),
    });
  }

  #enhancedPacket(window: CaptureWindow, record: CaptureRecord, size: number): boolean {
    const { view, position: at } = window;
    this.#need(window, record, size, 32, 'enhanced packet');
    const little = this.#little;
    const interfaceId = view.getUint32(at + 8, little);
    const length = view.getUint32(at + 20, little);
    const originalLength = view.getUint32(at + 24, little);
    const source = this.#deliver(window, record, size, { interfaceId, data: 28, length, originalLength });
    source.clock.read(view.getUint32(at + 12, little), view.getUint32(at + 16, little), record);
    return true;
  }

  /** The block of before 2009: a 16-bit interface and a drop count where the enhanced one has its 32 bits. */
  #obsoletePacket(window: CaptureWindow, record: CaptureRecord, size: number): boolean {
    const { view, position: at } = window;
    this.#need(window, record, size, 32, 'packet');
    const little = this.#little;
    const interfaceId = view.getUint16(at + 8, little);
    const length = view.getUint32(at + 20, little);
    const originalLength = view.getUint32(at + 24, little);
    const source = this.#deliver(window, record, size, { interfaceId, data: 28, length, originalLength });
    source.clock.read(view.getUint32(at + 12, little), view.getUint32(at + 16, little), record);
    return true;
  }

  /** A packet of interface 0 without a time; its captured length follows from the interface's snaplen. */
  #simplePacket(window: CaptureWindow, record: CaptureRecord, size: number): boolean {
    this.#need(window, record, size, 16, 'simple packet');
    const originalLength = window.view.getUint32(window.position + 8, this.#little);
    const snaplen = this.interfaces[0]?.snaplen || originalLength;
    this.#deliver(window, record, size, {
      interfaceId: 0,
      data: 12,
      length: Math.min(originalLength, snaplen),
      originalLength,
    });
    record.seconds = 0;
    record.nanoseconds = 0;
    return true;
  }

  #deliver(window: CaptureWindow, record: CaptureRecord, size: number, place: PacketPlace): Interface {
    const { interfaceId, data, length, originalLength } = place;
    const source = this.interfaces[interfaceId];
    if (source === undefined) {
      throw captureError(
        window,
        record,
        `interface ${interfaceId} is not described: the section has ${this.interfaces.length}`,
        8,
      );
    }
    if (length > MAX_PACKET_SIZE)
      throw captureError(window, record, `captured length ${length} is over ${MAX_PACKET_SIZE}`, 8);
    if (length > size - data - 4) {
      throw captureError(window, record, `captured length ${length} runs past its block of ${size} bytes`, 8);
    }
    if (originalLength < length) {
      throw captureError(
        window,
        record,
        `captured length ${length} is over the length on the wire, ${originalLength}`,
        8,
      );
    }
    record.number++;
    record.offset = window.position + data;
    record.length = length;
    record.originalLength = originalLength;
    record.interfaceId = interfaceId;
    record.linkType = source.linkType;
    return source;
  }

  #need(window: CaptureWindow, record: CaptureRecord, size: number, least: number, what: string): void {
    if (size < least)
      throw captureError(window, record, `${what} block of ${size} bytes: ${least} is the least`, 4);
  }
}

/** A parser for a window that starts with a section header block. */
export function createPcapngParser(window: CaptureWindow): CaptureParser {
  if (window.view.getUint32(window.position, true) !== PCAPNG_SECTION_HEADER) {
    throw new PcapError(0, window.base + window.position, 'no section header block');
  }
  return new PcapngParser();
}
