/** The wasm runtime (runtime/*.ts, AssemblyScript): hot map operations and helpers that share the machine's memory. */
import { type WasmMemory, type WasmModule, type WasmTable, WebAssembly } from '../host.ts';
import { decodeBase64 } from './base64.ts';
import { RUNTIME_WASM } from './runtime.wasm.ts';

/**
 * An export as it is: the wasm function itself, so that programs can import it without a wrapper. i32 parameters take
 * numbers, i64 ones want BigInt (cold calls only).
 */
export type RuntimeFunction = (...args: (number | bigint)[]) => number;

/** Exports by name. */
export type Runtime = Readonly<Record<string, RuntimeFunction>>;

export type RuntimeFault = (kind: number, addressLow: number, addressHigh: number, size: number) => never;

/** Compiled once per process; every machine has an instance of its own. */
let compiled: WasmModule | undefined;

export function runtimeModule(): WasmModule {
  compiled ??= new WebAssembly.Module(decodeBase64(RUNTIME_WASM));
  return compiled;
}

/** `limit` is machine.limit: where the shadow begins. */
export function instantiateRuntime(
  memory: WasmMemory,
  table: WasmTable,
  limit: number,
  fault: RuntimeFault,
): Runtime {
  const { exports } = new WebAssembly.Instance(runtimeModule(), { env: { memory, table, fault } });
  const runtime = exports as Runtime;
  runtime['init']?.(limit);
  return runtime;
}
