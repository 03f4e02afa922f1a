/**
 * BTF-defined maps: variables of the `.maps` section whose type says what the map is. libbpf's macros encode
 * `__uint(name, n)` as a member `int (*name)[n]`, `__type(name, t)` as `t *name`, `__ulong(name, n)` as an enum with
 * one value, `__array(values, t)` as `t *values[]`.
 */
import {
  type Btf,
  type BtfMember,
  type BtfStruct,
  type BtfType,
  findDatasec,
  isEnum,
  resolveType,
  sizeOfType,
} from '../btf/index.ts';
import { ObjectError } from '../errors.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import type { ObjectContext } from './context.ts';
import { mapTypeName } from './raw.ts';
import type { MapSpec } from './spec.ts';

export const MAPS_SECTION = '.maps';

/** A map and where instructions and initial values find it. */
export interface PlacedMap {
  readonly spec: MapSpec;
  readonly section: number;
  readonly offset: number;
  readonly size: number;
  /** Byte offset of the `values` member in the definition, -1 without one. */
  readonly valuesOffset: number;
}

/** The maps of `.maps` in the order of their places. @throws {@link ObjectError} */
export function readBtfMaps(context: ObjectContext): PlacedMap[] {
  const section = context.elf.sections.find(({ index }) => context.roleOf(index) === 'maps');
  if (!section) return [];
  const { btf } = context;
  const datasec = btf && findDatasec(btf, MAPS_SECTION);
  if (!btf || !datasec) {
    throw new ObjectError(
      MAPS_SECTION,
      'maps are defined by BTF, which this object does not have; compile with -g',
    );
  }
  return datasec.vars.map((entry) => {
    const variable = btf.types[entry.type]!;
    const type = resolveType(btf, 'type' in variable ? variable.type : 0);
    if (type.kind !== 'struct') {
      throw new ObjectError(
        MAPS_SECTION,
        `map '${variable.name}' is defined by a ${type.kind}, not by a struct`,
      );
    }
    const values = type.members.find(({ name }) => name === 'values');
    return {
      spec: readDefinition(btf, variable.name, type, false),
      section: section.index,
      offset: entry.offset,
      size: entry.size,
      valuesOffset: values ? values.bitOffset / 8 : -1,
    };
  });
}

type Draft = { -readonly [K in keyof MapSpec]: MapSpec[K] };

const NUMBERS: Readonly<Record<string, 'type' | 'maxEntries' | 'flags' | 'numaNode' | 'pinning'>> = {
  type: 'type',
  max_entries: 'maxEntries',
  map_flags: 'flags',
  numa_node: 'numaNode',
  pinning: 'pinning',
};

function readDefinition(btf: Btf, name: string, type: BtfStruct, isInner: boolean): MapSpec {
  const draft: Draft = {
    name,
    type: 0,
    typeName: undefined,
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    mapExtra: 0,
    numaNode: 0,
    pinning: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    inner: undefined,
    data: undefined,
    values: new Map(),
    section: MAPS_SECTION,
  };
  for (const member of type.members) readField(btf, draft, member, isInner);
  if (draft.type === 0) throw refuse(name, 'type', 'is missing: which BPF_MAP_TYPE_* is it');
  draft.typeName = mapTypeName(draft.type);
  return draft;
}

function refuse(map: string, field: string, rule: string): ObjectError {
  return new ObjectError(MAPS_SECTION, `map '${map}', ${field}: ${rule}`);
}

function readField(btf: Btf, draft: Draft, member: BtfMember, isInner: boolean): void {
  const number = NUMBERS[member.name];
  if (number !== undefined) {
    draft[number] = uintField(btf, draft.name, member);
    if (number === 'pinning' && draft.pinning > 1)
      throw refuse(draft.name, 'pinning', `${draft.pinning} is neither 0 nor 1`);
    if (number === 'pinning' && isInner) throw refuse(draft.name, 'pinning', 'inner maps cannot be pinned');
    return;
  }
  switch (member.name) {
    case 'key_size':
      setSize(draft, 'keySize', uintField(btf, draft.name, member));
      break;
    case 'value_size':
      setSize(draft, 'valueSize', uintField(btf, draft.name, member));
      break;
    case 'key':
      draft.keyTypeId = typeField(btf, draft.name, member);
      setSize(draft, 'keySize', sizeOfType(btf, draft.keyTypeId));
      break;
    case 'value':
      draft.valueTypeId = typeField(btf, draft.name, member);
      setSize(draft, 'valueSize', sizeOfType(btf, draft.valueTypeId));
      break;
    case 'map_extra':
      draft.mapExtra = ulongField(btf, draft.name, member);
      break;
    case 'values':
      readValues(btf, draft, member, isInner);
      break;
    default:
      throw refuse(draft.name, `field '${member.name}'`, 'libbpf knows no such field');
  }
}

function setSize(draft: Draft, field: 'keySize' | 'valueSize', size: number): void {
  const what = field === 'keySize' ? 'key' : 'value';
  if (size < 0) throw refuse(draft.name, what, 'its type has no size');
  if (draft[field] !== 0 && draft[field] !== size) {
    throw refuse(draft.name, what, `has ${size} bytes and ${draft[field]} bytes at once`);
  }
  draft[field] = size;
}

/** `int (*name)[n]`: n. */
function uintField(btf: Btf, map: string, member: BtfMember): number {
  const pointer = resolveType(btf, member.type);
  const array = pointer.kind === 'ptr' ? resolveType(btf, pointer.type) : pointer;
  if (pointer.kind !== 'ptr' || array.kind !== 'array') {
    throw refuse(map, member.name, 'is not written with __uint()');
  }
  return array.nelems;
}

/** `enum { x = n } name`, or as __uint(). */
function ulongField(btf: Btf, map: string, member: BtfMember): number {
  const type = resolveType(btf, member.type);
  if (!isEnum(type)) return uintField(btf, map, member);
  const value = type.values[0]?.value;
  if (value === undefined || type.values.length !== 1)
    throw refuse(map, member.name, 'is not written with __ulong()');
  // An arena's user address has up to 47 bits, a bloom filter's hash count 4.
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw refuse(map, member.name, `${value} is out of range`);
  return Number(value);
}

/** `t *name`: the id of t. */
function typeField(btf: Btf, map: string, member: BtfMember): number {
  const pointer = btf.types[member.type];
  if (pointer?.kind !== 'ptr') throw refuse(map, member.name, 'is not written with __type()');
  return pointer.type;
}

/** `t *values[]`: t is the inner map's definition, or a function for a prog_array. */
function readValues(btf: Btf, draft: Draft, member: BtfMember, isInner: boolean): void {
  if (isInner) throw refuse(draft.name, 'values', 'maps in maps in maps do not exist');
  const isProgArray = draft.type === MAP_TYPE.prog_array;
  if (!isProgArray && draft.type !== MAP_TYPE.array_of_maps && draft.type !== MAP_TYPE.hash_of_maps) {
    throw refuse(
      draft.name,
      'values',
      `only maps of maps and prog_array have them, and the type must stand before`,
    );
  }
  setSize(draft, 'valueSize', 4);
  const array = btf.types[member.type];
  if (array?.kind !== 'array' || array.nelems !== 0)
    throw refuse(draft.name, 'values', 'is not written with __array()');
  const pointer = resolveType(btf, array.type);
  const element: BtfType | undefined = pointer.kind === 'ptr' ? resolveType(btf, pointer.type) : undefined;
  if (isProgArray ? element?.kind !== 'func_proto' : element?.kind !== 'struct') {
    throw refuse(
      draft.name,
      'values',
      `holds ${element?.kind ?? pointer.kind}, not ${isProgArray ? 'functions' : 'map definitions'}`,
    );
  }
  if (element?.kind === 'struct') draft.inner = readDefinition(btf, `${draft.name}.inner`, element, true);
}
