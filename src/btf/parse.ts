/** The .BTF section: header, types, strings. */
import { BtfError } from '../errors.ts';
import { checkTypes } from './check.ts';
import { part, readHeader, stringReader } from './reader.ts';
import { BTF_KIND, type Btf, type BtfKindName, type BtfType } from './types.ts';

const HEADER_SIZE = 24;
/** More than twice what the largest kernels have; each type costs about 100 bytes of memory. */
const MAX_TYPES = 1 << 20;

const KIND_NAMES = Object.keys(BTF_KIND) as BtfKindName[];

/**
 * Reads and checks all types: references exist, nothing contains itself, members lie within their struct.
 * With `base` the section is split BTF, whose ids and string offsets continue those of `base`.
 * @throws {@link BtfError}
 */
export function parseBtf(bytes: Uint8Array, base?: Btf): Btf {
  const header = readHeader(bytes, '.BTF', HEADER_SIZE);
  const field = (at: number): number => header.view.getUint32(at, true);
  const types = part(bytes, header, 'the types', field(8), field(12));
  const strings = part(bytes, header, 'the strings', field(16), field(20));
  if (strings.length > 0 && strings[strings.length - 1] !== 0)
    throw new BtfError(0, 'the last string has no end');
  const baseStrings = base?.stringsSize ?? 0;
  const string = stringReader(strings, baseStrings, base && ((offset) => base.string(offset)));
  const reader: TypeReader = {
    view: new DataView(types.buffer, types.byteOffset, types.byteLength),
    start: types.byteOffset - bytes.byteOffset,
    string,
  };
  const all: BtfType[] = base ? [...base.types] : [{ kind: 'void', id: 0, name: '' }];
  const recordOffsets: number[] = base ? [...base.recordOffsets] : [0];
  const firstNew = all.length;
  for (let at = 0; at < types.length; ) {
    if (all.length >= MAX_TYPES) throw new BtfError(0, `more than ${MAX_TYPES} types`);
    recordOffsets.push(reader.start + at);
    const { type, next } = readType(reader, at, all.length);
    all.push(type);
    at = next;
  }
  const sizes = checkTypes(all, firstNew, base?.sizes);
  return { types: all, recordOffsets, sizes, string, stringsSize: baseStrings + strings.length };
}

interface TypeReader {
  readonly view: DataView;
  /** Offset of the type records in the section. */
  readonly start: number;
  string(offset: number): string;
}

/** struct btf_type: name_off, info (vlen:16, kind:5 from bit 24, kind_flag bit 31), size or type. */
const TYPE_SIZE = 12;

/** Bytes of data after the common part: fixed, and per vlen. */
const EXTRA: Partial<Record<BtfKindName, readonly [fixed: number, each: number]>> = {
  int: [4, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  func_proto: [0, 8],
  var: [4, 0],
  datasec: [0, 12],
  decl_tag: [4, 0],
  enum64: [0, 12],
};

function readType(reader: TypeReader, at: number, id: number): { type: BtfType; next: number } {
  const { view } = reader;
  if (at + TYPE_SIZE > view.byteLength) throw new BtfError(id, 'the record ends past the types');
  const info = view.getUint32(at + 4, true);
  const kindNumber = (info >>> 24) & 31;
  const kind = KIND_NAMES[kindNumber];
  if (kind === undefined || kind === 'void') throw new BtfError(id, `kind ${kindNumber} does not exist`);
  const vlen = info & 0xffff;
  const [fixed, each] = EXTRA[kind] ?? [0, 0];
  const next = at + TYPE_SIZE + fixed + each * vlen;
  if (next > view.byteLength) throw new BtfError(id, `${kind} with ${vlen} entries ends past the types`);
  const common: Common = {
    id,
    kind,
    name: reader.string(view.getUint32(at, true)),
    flag: info >>> 31 === 1,
    vlen,
    sizeOrType: view.getUint32(at + 8, true),
    at: at + TYPE_SIZE,
  };
  return { type: readBody(reader, common), next };
}

interface Common {
  readonly id: number;
  readonly kind: Exclude<BtfKindName, 'void'>;
  readonly name: string;
  readonly flag: boolean;
  readonly vlen: number;
  readonly sizeOrType: number;
  /** Where the kind's own data starts. */
  readonly at: number;
}

function readBody(reader: TypeReader, common: Common): BtfType {
  const { view } = reader;
  const { id, name, kind, at, sizeOrType } = common;
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  switch (kind) {
    case 'int':
      return readInt(common, u32(0));
    case 'float':
      return { kind, id, name, size: sizeOrType };
    case 'array':
      return { kind, id, name, type: u32(0), indexType: u32(4), nelems: u32(8) };
    case 'struct':
    case 'union':
      return { kind, id, name, size: sizeOrType, members: readMembers(reader, common) };
    case 'enum':
    case 'enum64':
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        signed: common.flag,
        values: readEnumValues(reader, common),
      };
    case 'fwd':
      return { kind, id, name, union: common.flag };
    case 'func':
      // The linkage sits in vlen.
      return { kind, id, name, type: sizeOrType, linkage: common.vlen };
    case 'func_proto': {
      const params = entries(common, 8, (entry) => ({
        name: reader.string(view.getUint32(entry, true)),
        type: view.getUint32(entry + 4, true),
      }));
      return { kind, id, name, returns: sizeOrType, params };
    }
    case 'var':
      return { kind, id, name, type: sizeOrType, linkage: u32(0) };
    case 'datasec': {
      const vars = entries(common, 12, (entry) => ({
        type: view.getUint32(entry, true),
        offset: view.getUint32(entry + 4, true),
        size: view.getUint32(entry + 8, true),
      }));
      return { kind, id, name, size: sizeOrType, vars };
    }
    case 'decl_tag':
      return { kind, id, name, type: sizeOrType, component: view.getInt32(at, true) };
    default:
      return { kind, id, name, type: sizeOrType };
  }
}

function entries<T>(common: Common, size: number, read: (at: number) => T): T[] {
  return Array.from({ length: common.vlen }, (_, index) => read(common.at + index * size));
}

/** encoding:4 from bit 24 (1 signed, 2 char, 4 bool), offset:8 from bit 16, bits:8. */
function readInt({ id, name, sizeOrType }: Common, data: number): BtfType {
  const encoding = (data >>> 24) & 15;
  const bitOffset = (data >>> 16) & 255;
  const bits = data & 255;
  if (bits > 128 || bits + bitOffset > sizeOrType * 8) {
    throw new BtfError(id, `int '${name}' has ${bits} bits from bit ${bitOffset} on in ${sizeOrType} bytes`);
  }
  return {
    kind: 'int',
    id,
    name,
    size: sizeOrType,
    signed: (encoding & 1) !== 0,
    char: (encoding & 2) !== 0,
    bool: (encoding & 4) !== 0,
    bits,
    bitOffset,
  };
}

/** With kind_flag an offset is bit_size:8 << 24 | bit_offset:24, without it a bit offset. */
function readMembers(
  reader: TypeReader,
  common: Common,
): { name: string; type: number; bitOffset: number; bitSize: number }[] {
  return entries(common, 12, (entry) => {
    const offset = reader.view.getUint32(entry + 8, true);
    return {
      name: reader.string(reader.view.getUint32(entry, true)),
      type: reader.view.getUint32(entry + 4, true),
      bitOffset: common.flag ? offset & 0xffffff : offset,
      bitSize: common.flag ? offset >>> 24 : 0,
    };
  });
}

/** kind_flag says signed. enum64 keeps the upper half in a third word. */
function readEnumValues(reader: TypeReader, common: Common): { name: string; value: bigint }[] {
  const { view } = reader;
  const value = (entry: number): bigint => {
    const low = view.getUint32(entry + 4, true);
    if (common.kind === 'enum') return BigInt(common.flag ? low | 0 : low);
    const all = BigInt(low) | (BigInt(view.getUint32(entry + 8, true)) << 32n);
    return common.flag ? BigInt.asIntN(64, all) : all;
  };
  return entries(common, common.kind === 'enum' ? 8 : 12, (entry) => ({
    name: reader.string(view.getUint32(entry, true)),
    value: value(entry),
  }));
}
