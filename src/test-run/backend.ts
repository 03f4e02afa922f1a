/** What both backends offer: load an object, run its programs, use its maps by bytes. */
import type { ObjectSpec } from '../object/spec.ts';
import type { TestRunAttr, TestRunResult } from './attr.ts';

/** A map by raw bytes; keys and values have the map's sizes, per-CPU values are nr_cpus x roundUp8(value_size). */
export interface BackendMap {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  /** Bytes of one value as user space sees it (per-CPU: of all CPUs). */
  readonly userValueSize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** @throws MapError with the kernel's errno, ENOENT included. */
  lookup(key: Uint8Array, flags?: number): Uint8Array;
  update(key: Uint8Array, value: Uint8Array, flags?: number): void;
  delete(key: Uint8Array): void;
  /** The key after `key` (undefined: the first). Undefined at the end (the kernel's ENOENT). */
  nextKey(key: Uint8Array | undefined): Uint8Array | undefined;
  lookupAndDelete(key: Uint8Array, flags?: number): Uint8Array;
  freeze(): void;
}

export interface BackendProgram {
  readonly name: string;
  /** @throws TestRunError, UnsupportedError, FaultError. */
  testRun(attr: TestRunAttr): TestRunResult;
}

export interface BackendObject {
  readonly spec: ObjectSpec;
  program(name: string): BackendProgram;
  map(name: string): BackendMap;
  readonly maps: readonly BackendMap[];
  close(): void;
}

export interface BackendLoadOptions {
  /** Programs to load; all with autoload when absent. */
  readonly programs?: readonly string[];
  /** Initial bytes of data maps, in place of the object's (globals set before load). */
  readonly data?: ReadonlyMap<string, Uint8Array>;
  /** Replaces max_entries by map name. */
  readonly maxEntries?: ReadonlyMap<string, number>;
}

export interface Backend {
  readonly name: 'sim' | 'kernel';
  load(spec: ObjectSpec, options?: BackendLoadOptions): BackendObject;
}
