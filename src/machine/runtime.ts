/** The wasm runtime (runtime/*.ts, AssemblyScript): hot map operations and helpers that share the machine's memory. */
import { type WasmMemory, type WasmTable, WebAssembly } from '../host.ts';

/** Exports by name: all parameters and results are i32 where TypeScript calls them (an i64 needs BigInt, cold use only). */
export type Runtime = Readonly<Record<string, (...args: number[]) => number>>;

export type RuntimeFault = (kind: number, addressLow: number, addressHigh: number, size: number) => never;

export function instantiateRuntime(_memory: WasmMemory, _table: WasmTable, _fault: RuntimeFault): Runtime {
  void WebAssembly;
  return {};
}
