/**
 * What the core uses of its host (Node or a browser), declared structurally: the core compiles without any
 * environment's types, so a use of `process` or `document` does not compile.
 */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
export interface WasmTable {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  grow(delta: number): number;
}
export interface WasmGlobal {
  value: number;
}
/** An opaque compiled module; it can be posted to a worker. */
export interface WasmModule {
  readonly [wasmModule]?: never;
}
declare const wasmModule: unique symbol;
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}
export type WasmImports = Record<string, Record<string, unknown>>;

interface HostWebAssembly {
  readonly Memory: new (descriptor: { initial: number; maximum?: number }) => WasmMemory;
  readonly Table: new (descriptor: { element: 'anyfunc'; initial: number; maximum?: number }) => WasmTable;
  readonly Global: new (descriptor: { value: 'i32'; mutable: boolean }, value: number) => WasmGlobal;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports?: WasmImports) => WasmInstance;
  readonly RuntimeError: new (message?: string) => Error;
  validate(bytes: Uint8Array): boolean;
}

interface Host {
  readonly WebAssembly: HostWebAssembly;
  readonly TextDecoder: new (
    label?: string,
    options?: { fatal?: boolean },
  ) => { decode(bytes: Uint8Array): string };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly performance: { now(): number };
}

const host = globalThis as unknown as Host;

export const WebAssembly: HostWebAssembly = host.WebAssembly;

const decoder = new host.TextDecoder('utf-8');
const encoder = new host.TextEncoder();

/** UTF-8 bytes to text; malformed sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Milliseconds of a monotonic clock, with a fraction. */
export function hostNowMs(): number {
  return host.performance.now();
}
