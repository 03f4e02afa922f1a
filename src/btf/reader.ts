/** Bounds-checked access to BTF bytes: header fields and the string section. */
import { BtfError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';

export const BTF_MAGIC = 0xeb9f;

/** Overlapping strings could otherwise make reading n names cost n squared bytes. */
const MAX_STRING_BYTES = 64 << 20;

export interface BtfHeader {
  readonly view: DataView;
  readonly headerLength: number;
}

/** The common start of .BTF and .BTF.ext: magic u16, version u8, flags u8, hdr_len u32. */
export function readHeader(bytes: Uint8Array, what: string, minLength: number): BtfHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < minLength)
    throw new BtfError(0, `${what} has ${bytes.length} bytes, its header ${minLength}`);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) throw new BtfError(0, `${what} is big endian`);
  if (magic !== BTF_MAGIC) {
    throw new BtfError(
      0,
      `${what} starts with magic 0x${magic.toString(16)}, not 0x${BTF_MAGIC.toString(16)}`,
    );
  }
  const version = view.getUint8(2);
  if (version !== 1) throw new BtfError(0, `${what} has version ${version}, only 1 exists`);
  const headerLength = view.getUint32(4, true);
  if (headerLength < minLength || headerLength > bytes.length) {
    throw new BtfError(
      0,
      `${what} has a header of ${headerLength} bytes, ${minLength} to ${bytes.length} are possible`,
    );
  }
  return { view, headerLength };
}

/** A part of the section that a header points to, `offset` counted from the header's end. */
export function part(
  bytes: Uint8Array,
  header: BtfHeader,
  what: string,
  offset: number,
  length: number,
): Uint8Array {
  const start = header.headerLength + offset;
  if (start + length > bytes.length) {
    throw new BtfError(0, `${what} at ${start}, ${length} bytes, end past the section's ${bytes.length}`);
  }
  return bytes.subarray(start, start + length);
}

/** Strings by offset. Offsets below `base` belong to a base BTF (split BTF) and are read by `outer`. */
export function stringReader(
  strings: Uint8Array,
  base = 0,
  outer?: (offset: number) => string,
): (offset: number) => string {
  const known = new Map<number, string>([[base, '']]);
  let read = 0;
  return (offset) => {
    if (offset < base && outer) return outer(offset);
    const cached = known.get(offset);
    if (cached !== undefined) return cached;
    const start = offset - base;
    const end = start < strings.length ? strings.indexOf(0, start) : -1;
    if (end < 0)
      throw new BtfError(0, `string offset ${offset} is outside the ${strings.length} bytes of strings`);
    read += end - start;
    if (read > MAX_STRING_BYTES)
      throw new BtfError(0, `strings add up to more than ${MAX_STRING_BYTES} bytes`);
    const text = decodeUtf8(strings.subarray(start, end));
    known.set(offset, text);
    return text;
  };
}
