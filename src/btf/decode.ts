/** Bytes to values by BTF type. */
import { BtfError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';
import { readBits } from './bits.ts';
import { isEnum, resolveType, sizeOfType } from './lookup.ts';
import { flatMembers } from './members.ts';
import type { Btf, BtfArray, BtfEnum, BtfInt, BtfStruct, BtfType } from './types.ts';

/**
 * What {@link decodeValue} gives:
 * - integers of up to 32 bits: number; wider ones: bigint; bool: boolean (a number when the byte is neither 0 nor 1);
 * - enums: the name of the value, or its number when it has none;
 * - pointers: hex text (`0xffff...`); floats: number;
 * - char arrays that hold printable text up to a NUL and zeroes after it: string; other arrays: array;
 * - structs and unions: object by member name, members of anonymous members included.
 */
export type BtfValue =
  | number
  | bigint
  | boolean
  | string
  | readonly BtfValue[]
  | { readonly [name: string]: BtfValue };

/** Values in one decoded thing; zero-sized types could otherwise repeat without end. */
const MAX_VALUES = 1 << 22;

interface Decoder {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  left: number;
}

/** @throws {@link BtfError} A type without values, or fewer bytes than it has. */
export function decodeValue(btf: Btf, typeId: number, bytes: Uint8Array): BtfValue {
  const size = sizeOfType(btf, typeId);
  if (size < 0) throw new BtfError(typeId, 'has no values');
  if (bytes.length < size) throw new BtfError(typeId, `has ${size} bytes, ${bytes.length} given`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decode({ btf, bytes, view, left: MAX_VALUES }, resolveType(btf, typeId), 0);
}

function decode(decoder: Decoder, type: BtfType, at: number): BtfValue {
  if (--decoder.left < 0) throw new BtfError(type.id, `more than ${MAX_VALUES} values in one`);
  switch (type.kind) {
    case 'int':
      return decodeInt(decoder, type, at);
    case 'enum':
    case 'enum64':
      return enumValue(type, readBits(decoder.bytes, at * 8, type.size * 8));
    case 'ptr':
      return `0x${decoder.view.getBigUint64(at, true).toString(16)}`;
    case 'float':
      return decodeFloat(decoder, type, at);
    case 'array':
      return decodeArray(decoder, type, at);
    case 'struct':
    case 'union':
      return decodeStruct(decoder, type, at);
    case 'var':
      return decode(decoder, resolveType(decoder.btf, type.type), at);
    case 'datasec':
      return decodeDatasec(decoder, type, at);
    default:
      throw new BtfError(type.id, `${type.kind} has no values`);
  }
}

function decodeInt({ bytes, view }: Decoder, type: BtfInt, at: number): BtfValue {
  const plain = type.bits === type.size * 8 && type.bitOffset === 0;
  if (plain && !type.bool) {
    if (type.size === 4) return type.signed ? view.getInt32(at, true) : view.getUint32(at, true);
    if (type.size === 8) return type.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
    if (type.size === 2) return type.signed ? view.getInt16(at, true) : view.getUint16(at, true);
    if (type.size === 1) return type.signed ? view.getInt8(at) : view.getUint8(at);
  }
  return intValue(type, readBits(bytes, at * 8 + type.bitOffset, type.bits), type.bits);
}

function intValue(type: BtfInt, raw: bigint, bits: number): BtfValue {
  if (type.bool && raw < 2n) return raw === 1n;
  const value = type.signed ? BigInt.asIntN(bits, raw) : raw;
  return type.size <= 4 ? Number(value) : value;
}

function enumValue(type: BtfEnum, raw: bigint, bits = type.size * 8): BtfValue {
  const value = type.signed ? BigInt.asIntN(bits, raw) : raw;
  const named = type.values.find((entry) => entry.value === value);
  return named ? named.name : type.size <= 4 ? Number(value) : value;
}

function decodeFloat({ view }: Decoder, type: Extract<BtfType, { kind: 'float' }>, at: number): number {
  if (type.size === 4) return view.getFloat32(at, true);
  if (type.size === 8) return view.getFloat64(at, true);
  throw new BtfError(type.id, `floats of ${type.size} bytes are not read`);
}

function decodeArray(decoder: Decoder, type: BtfArray, at: number): BtfValue {
  const element = resolveType(decoder.btf, type.type);
  const size = sizeOfType(decoder.btf, type.type);
  if (isChar(element)) {
    const text = asText(decoder.bytes.subarray(at, at + type.nelems));
    if (text !== undefined) return text;
  }
  if (type.nelems > decoder.left) throw new BtfError(type.id, `more than ${MAX_VALUES} values in one`);
  return Array.from({ length: type.nelems }, (_, index) => decode(decoder, element, at + index * size));
}

/** clang marks char as a signed byte, as it does `signed char`; the name tells. */
export function isChar(type: BtfType): boolean {
  return type.kind === 'int' && type.size === 1 && (type.name === 'char' || type.char);
}

/** Text that encodes back to the same bytes; undefined when there is none. */
function asText(bytes: Uint8Array): string | undefined {
  const nul = bytes.indexOf(0);
  const end = nul < 0 ? bytes.length : nul;
  if (bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  const text = decodeUtf8(bytes.subarray(0, end));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what makes it no text.
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufeff\ufffd]/.test(text) ? undefined : text;
}

function decodeStruct(decoder: Decoder, type: BtfStruct, at: number): BtfValue {
  const members = flatMembers(decoder.btf, type).map((member): [string, BtfValue] => {
    const inner = resolveType(decoder.btf, member.type);
    if (member.bitSize === 0) return [member.name, decode(decoder, inner, at + member.bitOffset / 8)];
    const raw = readBits(decoder.bytes, at * 8 + member.bitOffset, member.bitSize);
    if (isEnum(inner)) return [member.name, enumValue(inner, raw, member.bitSize)];
    if (inner.kind === 'int') return [member.name, intValue(inner, raw, member.bitSize)];
    throw new BtfError(type.id, `bit field '${member.name}' of kind ${inner.kind}`);
  });
  return Object.fromEntries(members);
}

function decodeDatasec(decoder: Decoder, type: Extract<BtfType, { kind: 'datasec' }>, at: number): BtfValue {
  const { btf, bytes } = decoder;
  return Object.fromEntries(
    type.vars.map(({ type: id, offset, size }) => {
      const { name } = btf.types[id]!;
      if (at + offset + size > bytes.length) {
        throw new BtfError(type.id, `variable '${name}' at ${offset} is not in its section's bytes`);
      }
      if (sizeOfType(btf, id) === size) return [name, decode(decoder, resolveType(btf, id), at + offset)];
      // A part of a variable that LLVM split, or an incomplete array: bytes without a type.
      return [name, Array.from(bytes.subarray(at + offset, at + offset + size))];
    }),
  );
}

/** The same for JSON: bigints become decimal text, infinities and NaN their names. */
export function jsonValue(value: BtfValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)]));
}
