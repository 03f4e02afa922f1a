/** Reads captures, pcap and pcapng alike, in constant memory: bytes are pushed in, packets are stepped through. */
import { PcapError } from '../errors.ts';
import type { CaptureInterface, CaptureParser, CaptureRecord, CaptureWindow } from './capture-record.ts';
import { captureError } from './capture-record.ts';
import { linkTypeName } from './link-type.ts';
import {
  createPcapParser,
  PCAP_HEADER_SIZE,
  PCAP_MAGIC_MICROSECONDS,
  PCAP_MAGIC_NANOSECONDS,
} from './pcap.ts';
import { createPcapngParser, PCAPNG_SECTION_HEADER } from './pcapng.ts';

/** One packet of a capture. */
export interface CapturePacket {
  /** Counts from 1. */
  readonly number: number;
  /** Time since 1970: whole seconds, and nanoseconds (0 to 999,999,999) on top. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** The bytes as captured: a view into the memory that was read, not a copy. */
  readonly data: Uint8Array;
  /** Length on the wire. */
  readonly originalLength: number;
  readonly interfaceId: number;
  readonly linkType: number;
}

export interface CaptureReaderOptions {
  /** Refuse packets of any other link type, by name. */
  readonly linkType?: number | undefined;
  /** What to do with packets that were cut when they were recorded; the default is to refuse them. */
  readonly snapped?: 'refuse' | 'keep' | undefined;
}

const NO_BYTES = new Uint8Array(0);

/**
 * A push parser. Feed it with `push`, then step with `next` until that says false; `finish` after the last chunk makes a
 * file that ends in mid-packet an error. The fields describe the packet `next` stepped to; `bytes`, `offset` and
 * `length` are its bytes without a copy or an object.
 *
 * @throws {@link PcapError} from `next`, after every packet before the damage was delivered.
 */
export class CaptureReader implements CaptureRecord {
  number = 0;
  seconds = 0;
  nanoseconds = 0;
  offset = 0;
  length = 0;
  originalLength = 0;
  interfaceId = 0;
  linkType = 0;
  readonly #window: CaptureWindow = {
    bytes: NO_BYTES,
    view: viewOf(NO_BYTES),
    position: 0,
    limit: 0,
    base: 0,
  };
  readonly #onlyLinkType: number;
  readonly #keepSnapped: boolean;
  #parser: CaptureParser | undefined;
  /** Chunks that wait until `#need` bytes are there: joined once, however small they are. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #need = 4;
  #finished = false;

  constructor(options: CaptureReaderOptions = {}) {
    this.#onlyLinkType = options.linkType ?? -1;
    this.#keepSnapped = options.snapped === 'keep';
  }

  /** The buffer that holds the current packet. A new chunk never overwrites it. */
  get bytes(): Uint8Array {
    return this.#window.bytes;
  }

  /** The current packet's bytes, as a view. */
  get data(): Uint8Array {
    return this.#window.bytes.subarray(this.offset, this.offset + this.length);
  }

  /** 'pcap' or 'pcapng'; undefined until the file header was read. */
  get format(): 'pcap' | 'pcapng' | undefined {
    return this.#parser?.format;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#parser?.interfaces ?? [];
  }

  /** The current packet as an object that stays valid. */
  packet(): CapturePacket {
    const { number, seconds, nanoseconds, data, originalLength, interfaceId, linkType } = this;
    return { number, seconds, nanoseconds, data, originalLength, interfaceId, linkType };
  }

  /** Hands over the next bytes of the file. The reader keeps views of `chunk`: do not write to it afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** Says that no bytes will follow. */
  finish(): void {
    this.#finished = true;
  }

  /** Steps to the next packet. False: push more bytes, or after `finish`, that was the last. */
  next(): boolean {
    const window = this.#window;
    for (;;) {
      if (window.limit - window.position < this.#need && !this.#join()) return false;
      const parser = this.#parser ?? this.#open();
      if (parser === undefined) continue;
      const need = parser.next(window, this);
      if (need === 0) {
        if (this.length !== this.originalLength || this.linkType !== this.#onlyLinkType) this.#check();
        this.#need = 1;
        return true;
      }
      this.#need = need;
    }
  }

  /** Makes `#need` bytes contiguous. False when they are not there yet, or never will be. */
  #join(): boolean {
    const window = this.#window;
    const rest = window.limit - window.position;
    if (rest + this.#waitingBytes < this.#need) {
      if (this.#finished) this.#end(rest + this.#waitingBytes);
      return false;
    }
    const first = this.#waiting[0] ?? NO_BYTES;
    let joined: Uint8Array;
    if (rest === 0 && this.#waiting.length === 1) joined = first;
    else {
      joined = new Uint8Array(rest + this.#waitingBytes);
      joined.set(window.bytes.subarray(window.position, window.limit), 0);
      let at = rest;
      for (const chunk of this.#waiting) {
        joined.set(chunk, at);
        at += chunk.length;
      }
    }
    window.base += window.position;
    window.bytes = joined;
    window.view = viewOf(joined);
    window.position = 0;
    window.limit = joined.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return true;
  }

  /** The file ended with `left` bytes unread, fewer than the next thing needs. */
  #end(left: number): void {
    const window = this.#window;
    const at = window.base + window.position;
    if (this.#parser === undefined) {
      throw new PcapError(
        0,
        at,
        left === 0 ? 'the capture is empty' : `the file header is cut: ${left} bytes are there`,
      );
    }
    if (left === 0) return;
    throw captureError(
      window,
      this,
      `the file ends in mid-${this.#parser.format === 'pcap' ? 'packet' : 'block'}: ${left} of ${this.#need} bytes are there`,
    );
  }

  #open(): CaptureParser | undefined {
    const window = this.#window;
    const magic = window.view.getUint32(window.position, true);
    if (magic === PCAPNG_SECTION_HEADER) this.#parser = createPcapngParser(window);
    else if (isPcapMagic(magic) || isPcapMagic(window.view.getUint32(window.position, false))) {
      if (window.limit - window.position < PCAP_HEADER_SIZE) {
        this.#need = PCAP_HEADER_SIZE;
        return undefined;
      }
      this.#parser = createPcapParser(window);
      this.#need = 1;
      // The header may be all there is yet; the parser must not look past it.
      return window.position < window.limit ? this.#parser : undefined;
    } else throw new PcapError(0, window.base, unknownMagic(magic));
    return this.#parser;
  }

  #check(): void {
    const at = this.#window.base + this.offset;
    if (this.#onlyLinkType >= 0 && this.linkType !== this.#onlyLinkType) {
      const rule = `the link type is ${linkTypeName(this.linkType)}, not ${linkTypeName(this.#onlyLinkType)}`;
      throw new PcapError(this.number, at, rule);
    }
    if (this.length < this.originalLength && !this.#keepSnapped) {
      const rule = `snapped: only ${this.length} of ${this.originalLength} bytes were recorded; record with tcpdump -s 0`;
      throw new PcapError(this.number, at, rule);
    }
  }
}

/**
 * The packets of a capture that is in memory, or of chunks of one, in order.
 * @throws {@link PcapError} where the capture is damaged, after the packets before it.
 */
export function* readCapture(
  source: Uint8Array | Iterable<Uint8Array>,
  options?: CaptureReaderOptions,
): Generator<CapturePacket, void, undefined> {
  const reader = new CaptureReader(options);
  for (const chunk of source instanceof Uint8Array ? [source] : source) {
    reader.push(chunk);
    while (reader.next()) yield reader.packet();
  }
  reader.finish();
  while (reader.next()) yield reader.packet();
}

/** Nanoseconds since 1970, exact. */
export function timeNs(time: { readonly seconds: number; readonly nanoseconds: number }): bigint {
  return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isPcapMagic(magic: number): boolean {
  return magic === PCAP_MAGIC_MICROSECONDS || magic === PCAP_MAGIC_NANOSECONDS;
}

function unknownMagic(magic: number): string {
  const hex = `0x${magic.toString(16).padStart(8, '0')}`;
  if ((magic & 0xffff) === 0x8b1f) return 'this is gzip, not a capture: unpack it first';
  if (magic === 0xfd2fb528) return 'this is zstd, not a capture: unpack it first';
  if (magic === 0xa1b2cd34 || magic === 0x34cdb2a1)
    return 'the modified pcap of Kuznetzov is not read: rewrite it with tcpdump -r';
  return `magic ${hex} is neither pcap nor pcapng`;
}
