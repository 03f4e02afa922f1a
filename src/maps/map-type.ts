/** Declaration of a map type: the kernel's map_ops in TypeScript. One file per type; hot operations are runtime exports. */
import type { MapTypeName } from '../uapi/bpf.ts';
import { ERRNO, type Errno } from '../uapi/errno.ts';
import type { MapAttr } from './attr.ts';
import type { BpfMapHandle } from './handle.ts';

/** Operations of program side helpers that the runtime implements per type. */
export type RuntimeOp =
  | 'lookup'
  | 'update'
  | 'delete'
  | 'push'
  | 'pop'
  | 'peek'
  | 'lookup_percpu'
  | 'for_each';

/** Memory of a map besides its header. */
export interface MapBlock {
  readonly what: string;
  readonly size: number;
  /** Header field with the address where the used part ends, for memory that fills up from its start. */
  readonly usedField?: number;
}

/**
 * Operations of bpf(2). `key` and `value` are addresses of staged bytes. Results: 0 or more, or a negative errno.
 * Absent ones are the type's: the kernel returns `absent` of the type for them.
 */
export interface UserOps {
  /**
   * Address of the value as user space sees it (per-CPU: of all CPUs, side by side); 0 when the key is absent.
   * `value`: zeroed room for one value, of types with {@link MapType.lookupCopies}.
   */
  lookup?(map: BpfMapHandle, key: number, value: number): number;
  update?(map: BpfMapHandle, key: number, value: number, flags: number): number;
  delete?(map: BpfMapHandle, key: number): number;
  /** Address of the key after `key` (0: the first); 0 at the end. */
  nextKey?(map: BpfMapHandle, key: number): number;
  /** Reads into `value` and removes. */
  lookupAndDelete?(map: BpfMapHandle, key: number, value: number): number;
}

export interface MapType extends UserOps {
  readonly type: number;
  readonly name: MapTypeName;
  /** OPS_* of layout.ts. */
  readonly ops: number;
  readonly runtime: Partial<Record<RuntimeOp, string>>;
  readonly perCpu?: true;
  /** Values that programs reach by pointer; false for references (programs, maps, events). */
  readonly openValues: boolean;
  /** Lookup needs room for a value: there is none in memory to point to. */
  readonly lookupCopies?: true;
  /** What an operation that the type lacks returns. Default ENOTSUPP. */
  readonly absent?: Partial<Record<keyof UserOps, Errno>>;
  /** May be the inner map of a map-in-map. */
  readonly innerMap?: true;
  /** map_alloc_check and what map_alloc refuses. @throws MapError. */
  check(attr: MapAttr): void;
  blocks(attr: MapAttr, cpus: number): readonly MapBlock[];
  /** Writes the type's header fields; `addresses` are those of {@link blocks}. */
  create(map: BpfMapHandle, addresses: readonly number[]): void;
}

export function defineMapType(type: MapType): MapType {
  return type;
}

/** -errno as the kernel's functions return it. */
export function negative(errno: Errno): number {
  return -ERRNO[errno];
}

export function roundUp8(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Smallest power of two that is not less than `n`. */
export function powerOfTwo(n: number): number {
  return n <= 1 ? 1 : 2 ** Math.ceil(Math.log2(n));
}
