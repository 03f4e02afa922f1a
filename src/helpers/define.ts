/**
 * Declarations of helpers: one object per helper, from which come the engine's call (types and argument checks),
 * the list of what a program type may call, `check`, and the docs.
 *
 * Calling convention of an implementation:
 * - pointers, maps, functions, ints and sizes arrive as i32 (u32 for pointers); the engine checked the upper half;
 * - a `u64` argument arrives as one i64 in a wasm implementation and as two i32 (low, high) in a TypeScript one;
 * - a helper that calls back or needs the caller's frame (`frame: true`) gets r10 of the caller as last argument;
 * - in checked mode the engine has verified each `mem`, `mapKey`, `mapValue`, `ctx` and `map` argument before the call.
 * Return: `int` (i32, sign-extended to r0), `ptr` (u32, zero-extended), `u64` (i64 from wasm; from TypeScript the low
 * half, with the upper one in CELL_RETURN_HI), `void` (r0 = 0).
 */

import type { ProgTypeName } from '../uapi/bpf.ts';
import type { Errno } from '../uapi/errno.ts';

/** How many bytes a `mem` argument spans: a constant, or the value of another argument (0-based). */
export type MemSize = number | { readonly arg: number };

/** One argument; `name` is for signatures in the docs and in messages. */
export type ArgKind = ArgShape & { readonly name?: string };

export type ArgShape =
  | { readonly kind: 'ctx' }
  | { readonly kind: 'map' }
  /** Readable for the key size of the map in the nearest `map` argument to the left. */
  | { readonly kind: 'mapKey'; readonly nullable?: true }
  /** Readable for the map's value size. */
  | { readonly kind: 'mapValue' }
  /** Writable for the map's value size (peek, pop). */
  | { readonly kind: 'mapValueOut' }
  | {
      readonly kind: 'mem';
      readonly access: 'read' | 'write';
      readonly size: MemSize;
      readonly nullable?: true;
    }
  /** NUL-terminated constant string in readable memory. */
  | { readonly kind: 'str' }
  /** Unsigned or signed 32-bit scalar. */
  | { readonly kind: 'int' }
  /** Length of a mem argument; `zero` when 0 is allowed. */
  | { readonly kind: 'size'; readonly zero?: true }
  | { readonly kind: 'u64' }
  /** A callback: index into the function table. */
  | { readonly kind: 'func' }
  /** A pointer passed through unchecked (callback context, may be null). */
  | { readonly kind: 'anyPtr' }
  /** A pointer to something the helper itself validates (ringbuf record, dynptr, spin lock, timer, socket...). */
  | { readonly kind: 'object'; readonly of: string; readonly nullable?: true };

/** Which operation of the map type implements the helper when the map is known at compile time. */
export type MapOp = 'lookup' | 'update' | 'delete' | 'push' | 'pop' | 'peek' | 'lookup_percpu' | 'for_each';

export type HelperReturn = 'int' | 'ptr' | 'u64' | 'void';

/** The state a TypeScript helper sees; the concrete type is helpers/vm.ts's Vm. */
export type HelperFunction<V> = (vm: V, ...args: number[]) => number;

export type HelperCall<V> =
  /** Export of the wasm runtime, imported by programs as it is. */
  | { readonly wasm: string }
  | { readonly js: HelperFunction<V> }
  /** Declared but not implemented: loading a program that calls it is refused with this reason. */
  | { readonly missing: string };

export interface Helper<V = never> {
  readonly id: number;
  /** With the bpf_ prefix. */
  readonly name: string;
  readonly args: readonly ArgKind[];
  readonly returns: HelperReturn;
  /** Only programs with a GPL-compatible license may call it. */
  readonly gplOnly?: true;
  readonly frame?: true;
  readonly mapOp?: MapOp;
  /** May move the packet: `data` and `data_end` must be read again (bpf_helper_changes_pkt_data). */
  readonly changesPacket?: true;
  /** Special forms that the engine compiles itself. */
  readonly special?: 'tail_call';
  readonly doc: string;
  readonly errors?: Partial<Record<Errno, string>>;
  /** Implemented for programs of these types; `reason` is what the others lack. Absent: for all that may call it. */
  readonly onlyFor?: { readonly types: readonly ProgTypeName[]; readonly reason: string };
  readonly call: HelperCall<V>;
}
