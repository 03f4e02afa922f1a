/** An ObjectSpec from instructions, a program type and a list of maps, without any object file. */
import { ObjectError } from '../errors.ts';
import { decode, INSN_SIZE, type Insn } from '../isa/index.ts';
import {
  type AttachTypeName,
  MAP_TYPE,
  type MapTypeName,
  type ProgTypeName,
  PSEUDO_CALL,
  PSEUDO_LD,
} from '../uapi/bpf.ts';
import { isCall, isLdImm64 } from './slots.ts';
import type { FunctionSpec, MapSpec, ObjectSpec, ProgramSpec } from './spec.ts';

/** A map with defaults: 4-byte keys, 8-byte values, one entry, no flags. */
export interface RawMap {
  /** `map0`, `map1`, ... by position when absent. */
  readonly name?: string;
  /** The kernel's name, or a number (also one that no kernel knows). */
  readonly type: MapTypeName | number;
  readonly keySize?: number;
  readonly valueSize?: number;
  readonly maxEntries?: number;
  readonly flags?: number;
  readonly mapExtra?: number;
  readonly numaNode?: number;
  readonly inner?: RawMap;
  /** Initial bytes of an array's only value, as for a data section. */
  readonly data?: Uint8Array;
  /** Initial slots: names of maps (map-in-map) or of programs (prog_array). */
  readonly values?: ReadonlyMap<number, string>;
}

export interface RawProgram {
  /** `prog` (the first) or `prog1`, `prog2`, ... when absent. */
  readonly name?: string;
  /**
   * Slots, or their bytes. A ld_imm64 with src 1 (map) or 2 (map value) has an index into `maps` in `imm`;
   * in calls with src 1 and ld_imm64 with src 4 (function) `imm` counts from the slot that follows the first.
   */
  readonly insns: readonly Insn[] | Uint8Array;
  readonly progType: ProgTypeName;
  readonly attachType?: AttachTypeName;
  /** prog_flags. */
  readonly flags?: number;
}

export interface RawObject extends RawProgram {
  /** More programs that share the maps. */
  readonly programs?: readonly RawProgram[];
  readonly maps?: readonly RawMap[];
  /** 'GPL' when absent. */
  readonly license?: string;
}

/**
 * Builds the blueprint of one program (or several that share maps).
 * @throws {@link ObjectError} Instruction bytes that are no whole number of slots.
 */
export function rawObject(object: RawObject): ObjectSpec {
  return {
    license: object.license ?? 'GPL',
    programs: [object, ...(object.programs ?? [])].map(rawProgram),
    maps: (object.maps ?? []).map((map, index) => rawMap(map, `map${index}`)),
    variables: [],
    btf: undefined,
    unresolved: [],
  };
}

function rawProgram(program: RawProgram, index: number): ProgramSpec {
  const name = program.name ?? (index === 0 ? 'prog' : `prog${index}`);
  const insns = program.insns instanceof Uint8Array ? slots(name, program.insns) : program.insns;
  return {
    name,
    section: program.progType,
    progType: program.progType,
    attachType: program.attachType,
    attachTarget: '',
    flags: program.flags ?? 0,
    autoload: true,
    insns,
    functions: functionsOf(name, insns),
    lines: [],
    unresolved: [],
  };
}

function slots(name: string, bytes: Uint8Array): Insn[] {
  if (bytes.length % INSN_SIZE !== 0) {
    throw new ObjectError(
      '',
      `program '${name}': ${bytes.length} bytes are no whole number of 8-byte instructions`,
    );
  }
  return decode(bytes);
}

/** Subprograms start where a bpf-to-bpf call or a function pointer leads. */
function functionsOf(name: string, insns: readonly Insn[]): FunctionSpec[] {
  const starts = new Set([0]);
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc];
    if (!insn) break;
    if (isCall(insn) && insn.src === PSEUDO_CALL.CALL) starts.add(pc + 1 + insn.imm);
    if (!isLdImm64(insn)) continue;
    if (insn.src === PSEUDO_LD.FUNC) starts.add(pc + 1 + insn.imm);
    pc++;
  }
  return [...starts]
    .filter((pc) => pc >= 0 && pc < insns.length)
    .sort((a, b) => a - b)
    .map((pc) => ({ name: pc === 0 ? name : `subprog_${pc}`, pc, btfId: 0, global: pc === 0 }));
}

const MAP_TYPE_NAMES: ReadonlyMap<number, MapTypeName> = new Map(
  Object.entries(MAP_TYPE).map(([name, number]) => [number, name as MapTypeName]),
);

/** The name of a map type number, undefined for one we have never heard of. */
export function mapTypeName(type: number): MapTypeName | undefined {
  return MAP_TYPE_NAMES.get(type);
}

/** A MapSpec with the defaults of {@link RawMap}. */
export function rawMap(map: RawMap, name = 'map'): MapSpec {
  const type = typeof map.type === 'number' ? map.type : MAP_TYPE[map.type];
  return {
    name: map.name ?? name,
    type,
    typeName: mapTypeName(type),
    keySize: map.keySize ?? 4,
    valueSize: map.valueSize ?? map.data?.length ?? 8,
    maxEntries: map.maxEntries ?? 1,
    flags: map.flags ?? 0,
    mapExtra: map.mapExtra ?? 0,
    numaNode: map.numaNode ?? 0,
    pinning: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    inner: map.inner && rawMap(map.inner, `${map.name ?? name}.inner`),
    data: map.data,
    values: map.values ?? new Map(),
    section: '',
  };
}
