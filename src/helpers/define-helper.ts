/** `defineHelper` and the constructors of its arguments: from `args` come the parameters of `call`. */
import type { ArgKind, Helper, MemSize } from './define.ts';
import type { Vm } from './vm.ts';

/** The numbers that one argument passes to a TypeScript implementation: a u64 is two (low and high i32). */
type Slot<A extends ArgKind> = A['kind'] extends 'u64' ? [low: number, high: number] : [value: number];

/** Parameters of `js` for a list of arguments, in order. */
export type Slots<A extends readonly ArgKind[]> = A extends readonly [
  infer First extends ArgKind,
  ...infer Rest extends readonly ArgKind[],
]
  ? [...Slot<First>, ...Slots<Rest>]
  : [];

type Parameters<A extends readonly ArgKind[], Frame> = Frame extends true
  ? [...Slots<A>, fp: number]
  : Slots<A>;

/** A declaration; `call` is the name of a wasm export, a function, or why there is none. */
export type HelperDeclaration<A extends readonly ArgKind[], Frame extends boolean> = Omit<
  Helper<Vm>,
  'args' | 'call' | 'frame'
> & {
  readonly args: A;
  readonly frame?: Frame;
  readonly call:
    | { readonly wasm: string }
    | { readonly missing: string }
    | ((vm: Vm, ...args: Parameters<A, Frame>) => number);
};

/** Declares one helper. The parameter list of a function given as `call` follows from `args` and `frame`. */
export function defineHelper<const A extends readonly ArgKind[], Frame extends boolean = false>(
  declaration: HelperDeclaration<A, Frame>,
): Helper<Vm> {
  const { call, frame, ...rest } = declaration;
  return {
    ...rest,
    ...(frame === true ? { frame: true as const } : {}),
    call: typeof call === 'function' ? { js: call as (vm: Vm, ...args: number[]) => number } : call,
  };
}

export const ctx = { kind: 'ctx', name: 'ctx' } as const;
export const map = { kind: 'map', name: 'map' } as const;
export const mapKey = { kind: 'mapKey', name: 'key' } as const;
export const mapValue = { kind: 'mapValue', name: 'value' } as const;
export const mapValueOut = { kind: 'mapValueOut', name: 'value' } as const;
export const callback = { kind: 'func', name: 'callback_fn' } as const;
/** What a callback gets as it is: any 64-bit value, often a pointer into the caller's frame. */
export const callbackCtx = { kind: 'u64', name: 'callback_ctx' } as const;

/** A 64-bit scalar: one i64 for wasm, two numbers (low, high) for TypeScript. */
export function u64<const N extends string>(name: N): { readonly kind: 'u64'; readonly name: N } {
  return { kind: 'u64', name };
}

/** A 32-bit scalar, as a signed number: `>>> 0` makes it unsigned. */
export function int<const N extends string>(name: N): { readonly kind: 'int'; readonly name: N } {
  return { kind: 'int', name };
}

/** Length of a memory argument, at least 1. */
export function size<const N extends string>(name: N): { readonly kind: 'size'; readonly name: N } {
  return { kind: 'size', name };
}

/** Length of a memory argument that may be 0. */
export function sizeOrZero<const N extends string>(
  name: N,
): { readonly kind: 'size'; readonly zero: true; readonly name: N } {
  return { kind: 'size', zero: true, name };
}

interface Mem<Access extends 'read' | 'write'> {
  readonly kind: 'mem';
  readonly access: Access;
  readonly size: MemSize;
  readonly name: string;
}

/** Readable memory of `bytes` bytes, or as many as argument number `{ arg }` (from 0) says. */
export function memRead(name: string, bytes: MemSize): Mem<'read'> {
  return { kind: 'mem', access: 'read', size: bytes, name };
}

export function memWrite(name: string, bytes: MemSize): Mem<'write'> {
  return { kind: 'mem', access: 'write', size: bytes, name };
}

/** As `memRead`, but a NULL pointer is passed on. */
export function memReadOrNull(name: string, bytes: MemSize): Mem<'read'> & { readonly nullable: true } {
  return { kind: 'mem', access: 'read', size: bytes, nullable: true, name };
}

/** As `memWrite`, but a NULL pointer is passed on. */
export function memWriteOrNull(name: string, bytes: MemSize): Mem<'write'> & { readonly nullable: true } {
  return { kind: 'mem', access: 'write', size: bytes, nullable: true, name };
}

/** NUL-terminated string. */
export function str(name: string): { readonly kind: 'str'; readonly name: string } {
  return { kind: 'str', name };
}

/** A pointer passed through unchecked. */
export function anyPtr(name: string): { readonly kind: 'anyPtr'; readonly name: string } {
  return { kind: 'anyPtr', name };
}

/** A pointer that the helper itself validates. */
export function object(
  of: string,
  name: string,
): { readonly kind: 'object'; readonly of: string; readonly name: string } {
  return { kind: 'object', of, name };
}
