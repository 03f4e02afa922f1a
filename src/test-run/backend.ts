/** What both backends offer: load an object, run its programs, use its maps by bytes. */
import type { Machine, Snapshot } from '../machine/index.ts';
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

/** Runs many packets through one program without allocating: buffers are reused, outputs are views. */
export interface Replay {
  /**
   * One test run of data_in = source[offset, offset + length). Returns r0's low half, signed.
   * @throws TestRunError, FaultError as testRun does.
   */
  run(source: Uint8Array, offset: number, length: number): number;
  /** data_size_out of the last run. */
  readonly lengthOut: number;
  /** data_out of the last run as a view, valid until the next run (fragments make it a copy). */
  dataOut(): Uint8Array;
}

export interface BackendProgram {
  readonly name: string;
  /** @throws TestRunError, UnsupportedError, FaultError. */
  testRun(attr: TestRunAttr): TestRunResult;
  /** The simulated kernel's fast path for captures; the kernel backend has none. */
  createReplay?(): Replay;
}

/** What only the simulated kernel can do: its state is ours to set, keep and put back. */
export interface Simulation {
  readonly machine: Machine;
  /** Everything that programs and users changed: maps, clock, random state, devices. */
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}

export interface BackendObject {
  readonly spec: ObjectSpec;
  readonly programs: readonly BackendProgram[];
  program(name: string): BackendProgram;
  map(name: string): BackendMap;
  readonly maps: readonly BackendMap[];
  /** Present on the simulated kernel. */
  readonly simulation?: Simulation;
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
