/** Values to bytes by BTF type, with errors that say where: `value.addr[2]: 300 does not fit __u8`. */
import { BtfError } from '../errors.ts';
import { encodeUtf8 } from '../host.ts';
import { writeBits } from './bits.ts';
import { isChar } from './decode.ts';
import { resolveType, sizeOfType } from './lookup.ts';
import { flatMembers } from './members.ts';
import { printType } from './print.ts';
import type { Btf, BtfArray, BtfEnum, BtfStruct, BtfType } from './types.ts';

/** More bytes than any map value that a caller would write out in values. */
const MAX_BYTES = 1 << 28;

interface Encoder {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
}

/**
 * Takes what decodeValue gives, and more: integers also as decimal or `0x` text, enums also as numbers, anything as a
 * Uint8Array of its exact size. As in a C initializer, members and elements that are not named are 0; unknown members
 * and too many elements are refused.
 * @param path what the value is called in errors.
 * @throws {@link BtfError}
 */
export function encodeValue(btf: Btf, typeId: number, value: unknown, path = 'value'): Uint8Array {
  const size = sizeOfType(btf, typeId);
  if (size < 0) throw new BtfError(typeId, 'has no values');
  if (size > MAX_BYTES) throw new BtfError(typeId, `${size} bytes are more than ${MAX_BYTES}`);
  const bytes = new Uint8Array(size);
  encode({ btf, bytes }, typeId, 0, value, path);
  return bytes;
}

function encode(encoder: Encoder, typeId: number, at: number, value: unknown, path: string): void {
  const { btf, bytes } = encoder;
  const type = resolveType(btf, typeId);
  if (value instanceof Uint8Array) {
    encodeBytes(encoder, type, at, value, path);
    return;
  }
  switch (type.kind) {
    case 'int': {
      const integer = toInteger(btf, typeId, type.bits, type.signed, value, path);
      writeBits(bytes, at * 8 + type.bitOffset, type.bits, integer);
      break;
    }
    case 'enum':
    case 'enum64':
      writeBits(bytes, at * 8, type.size * 8, toEnum(btf, typeId, type, type.size * 8, value, path));
      break;
    case 'ptr':
      writeBits(bytes, at * 8, 64, toInteger(btf, typeId, 64, false, value, path));
      break;
    case 'float':
      encodeFloat(encoder, type, at, value, path);
      break;
    case 'array':
      encodeArray(encoder, type, at, value, path);
      break;
    case 'struct':
    case 'union':
      encodeStruct(encoder, type, at, value, path);
      break;
    case 'var':
      encode(encoder, type.type, at, value, path);
      break;
    default:
      throw refuse(path, `${type.kind} '${type.name}' has no values`);
  }
}

function refuse(path: string, rule: string): BtfError {
  return new BtfError(0, `${path}: ${rule}`);
}

function encodeBytes(
  { btf, bytes }: Encoder,
  type: BtfType,
  at: number,
  value: Uint8Array,
  path: string,
): void {
  const size = sizeOfType(btf, type.id);
  if (value.length !== size)
    throw refuse(path, `${value.length} bytes given, ${printType(btf, type.id)} has ${size}`);
  bytes.set(value, at);
}

/** How a wrong value is shown: short, and never by calling into it. */
function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value === null || typeof value !== 'object')
    return typeof value === 'function' ? 'a function' : String(value).slice(0, 40);
  return 'an object';
}

function parseInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || value.length > 100) return undefined;
  const text = /^(-?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(value.trim());
  if (!text?.[2]) return undefined;
  return text[1] === '-' ? -BigInt(text[2]) : BigInt(text[2]);
}

function toInteger(
  btf: Btf,
  typeId: number,
  bits: number,
  signed: boolean,
  value: unknown,
  path: string,
): bigint {
  const integer = parseInteger(value);
  if (integer === undefined)
    throw refuse(path, `${show(value)} is no integer, ${printType(btf, typeId)} wants one`);
  checkRange(btf, typeId, bits, signed, integer, path);
  return integer;
}

function checkRange(
  btf: Btf,
  typeId: number,
  bits: number,
  signed: boolean,
  integer: bigint,
  path: string,
): void {
  const fits = signed ? BigInt.asIntN(bits, integer) === integer : BigInt.asUintN(bits, integer) === integer;
  if (fits) return;
  const isField = bits !== sizeOfType(btf, typeId) * 8;
  throw refuse(path, `${integer} does not fit ${printType(btf, typeId)}${isField ? ` : ${bits}` : ''}`);
}

function toEnum(btf: Btf, typeId: number, type: BtfEnum, bits: number, value: unknown, path: string): bigint {
  const named = typeof value === 'string' ? type.values.find(({ name }) => name === value) : undefined;
  const integer = named ? named.value : parseInteger(value);
  if (integer === undefined) {
    const names = type.values.slice(0, 20).map(({ name }) => name);
    throw refuse(
      path,
      `${show(value)} is no value of ${printType(btf, typeId)}: ${names.join(', ')}${type.values.length > 20 ? ', ...' : ''}`,
    );
  }
  checkRange(btf, typeId, bits, type.signed, integer, path);
  return integer;
}

function encodeFloat(
  encoder: Encoder,
  type: Extract<BtfType, { kind: 'float' }>,
  at: number,
  value: unknown,
  path: string,
): void {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN' && typeof value === 'string')) {
    throw refuse(path, `${show(value)} is no number, ${type.name} wants one`);
  }
  const view = new DataView(encoder.bytes.buffer, encoder.bytes.byteOffset);
  if (type.size === 4) view.setFloat32(at, number, true);
  else if (type.size === 8) view.setFloat64(at, number, true);
  else throw refuse(path, `floats of ${type.size} bytes are not written`);
}

function encodeArray(encoder: Encoder, type: BtfArray, at: number, value: unknown, path: string): void {
  const { btf, bytes } = encoder;
  if (typeof value === 'string' && isChar(resolveType(btf, type.type))) {
    const text = encodeUtf8(value);
    if (text.length > type.nelems)
      throw refuse(path, `${text.length} bytes of text do not fit ${printType(btf, type.id)}`);
    bytes.set(text, at);
    return;
  }
  if (!Array.isArray(value))
    throw refuse(path, `${show(value)} is no array, ${printType(btf, type.id)} wants one`);
  if (value.length > type.nelems)
    throw refuse(path, `${value.length} elements do not fit ${printType(btf, type.id)}`);
  const size = sizeOfType(btf, type.type);
  for (const [index, element] of value.entries())
    encode(encoder, type.type, at + index * size, element, `${path}[${index}]`);
}

function encodeStruct(encoder: Encoder, type: BtfStruct, at: number, value: unknown, path: string): void {
  const { btf, bytes } = encoder;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse(path, `${show(value)} is no object, ${structName(type)} wants one`);
  }
  const members = flatMembers(btf, type);
  for (const [name, inner] of Object.entries(value)) {
    const member = members.find((one) => one.name === name);
    const memberPath = `${path}.${name}`;
    if (!member) {
      const names = members.slice(0, 20).map((one) => one.name);
      throw refuse(
        memberPath,
        `${structName(type)} has no such member; it has ${names.join(', ') || 'none'}`,
      );
    }
    if (member.bitSize === 0) encode(encoder, member.type, at + member.bitOffset / 8, inner, memberPath);
    else {
      const field = resolveType(btf, member.type);
      const raw =
        field.kind === 'enum' || field.kind === 'enum64'
          ? toEnum(btf, member.type, field, member.bitSize, inner, memberPath)
          : toInteger(
              btf,
              member.type,
              member.bitSize,
              field.kind === 'int' && field.signed,
              inner,
              memberPath,
            );
      writeBits(bytes, at * 8 + member.bitOffset, member.bitSize, raw);
    }
  }
}

function structName(type: BtfStruct): string {
  return type.name === '' ? `this ${type.kind}` : `${type.kind} ${type.name}`;
}
