/** What goes into the engine and what comes out. The engine sees instructions, map addresses and helper declarations only. */
import type { SourceLine } from '../errors.ts';
import type { Helper, MapOp } from '../helpers/define.ts';
import type { WasmModule } from '../host.ts';
import type { Insn } from '../isa/insn.ts';

/** A program with all its subprograms laid out one after the other; the main program comes first. */
export interface EngineProgram {
  readonly name: string;
  /**
   * ld_imm64 pseudo sources stay in place: BPF_PSEUDO_MAP_FD/MAP_IDX has an index into `env.maps` in `imm`;
   * MAP_VALUE/MAP_IDX_VALUE the same, with the offset into the value in the second slot's `imm`;
   * FUNC has a pc-relative slot offset in `imm`, as in the kernel's format. Calls with src 1 are pc-relative too.
   */
  readonly insns: readonly Insn[];
  /** First slot of each subprogram, ascending; [0] is 0. */
  readonly subprogs: readonly number[];
  /** Names of the subprograms, same order; may be shorter. */
  readonly subprogNames: readonly string[];
  /** Source line of an instruction, where .BTF.ext has one. */
  lineAt(pc: number): SourceLine | undefined;
}

export interface EngineMap {
  readonly name: string;
  /** Address of the map's header. */
  readonly address: number;
  /** Programs may read and write all values at any time: no BPF_F_RDONLY_PROG, no BPF_F_WRONLY_PROG, never freed memory. */
  readonly stableValues?: true;
  /** Address of element 0's value, for map types with direct value access. */
  readonly valueAddress: number | undefined;
  readonly keySize: number;
  readonly valueSize: number;
  /** Runtime exports that implement the operations of this type: (map, key) -> ptr and so on. */
  readonly ops: Partial<Record<MapOp, string>>;
  /** Set for plain arrays, so that the lookup can be inlined: index < maxEntries ? values + index * stride : 0. */
  readonly array:
    | { readonly values: number; readonly stride: number; readonly maxEntries: number }
    | undefined;
}

/** One field of a context struct as far as the engine must know it. */
export interface EngineCtxField {
  readonly offset: number;
  readonly size: number;
  /** Bits that a store keeps (tc_classid is 32 bits wide and holds 16). All ones when absent. */
  readonly storeMask?: number;
  /** A store of a register whose 64 bits, or of a constant whose signed value, are this or more does nothing. */
  readonly storeBelow?: number;
  /** The shadow grants a load or a store of the whole field in every run, so that no check is compiled. */
  readonly read?: boolean;
  readonly write?: boolean;
}

export interface EngineMode {
  /** Check every access against the shadow and every helper argument against its declaration. */
  readonly checked: boolean;
  /** End the run when CELL_FUEL is used up. */
  readonly budget: boolean;
  /** Reserve for the verifier's facts: an instruction whose access is known to be fine. */
  readonly isSafeAccess?: (pc: number) => boolean;
}

export interface EngineEnv {
  /** machine.limit: the shadow of address a is at a + shadow. */
  readonly shadow: number;
  readonly maps: readonly EngineMap[];
  readonly helpers: ReadonlyMap<number, Helper<never>>;
  readonly ctxFields: readonly EngineCtxField[];
  readonly ctxSize: number;
  /**
   * Index in the machine's function table of subprogram 0; subprogram i gets tableBase + i. The loader reserves
   * `subprogs.length` slots and the instantiated module fills them: callbacks by address and tail calls go through it.
   */
  readonly tableBase: number;
  readonly mode: EngineMode;
}

/**
 * All compiled BPF functions have one wasm type, (r1 r2 r3 r4 r5: i64, fp: i32) -> i64, `fp` being r10 of the
 * function's own frame. Imports of a compiled module:
 * - `env.memory`, `env.table`;
 * - `env.fault(kind: i32, pc: i32, addressLow: i32, addressHigh: i32, size: i32)`: never returns, throws;
 * - `rt.<export>`: exports of the wasm runtime, passed as they are;
 * - `helper.<name>`: TypeScript helpers, already bound to their vm.
 * Exports: `run(ctx: i32, repeat: i32) -> i32` (the run loop: per repetition sets CELL_FUEL from CELL_FUEL_LIMIT and
 * CELL_TAIL_CALLS to 0, calls subprogram 0 with r1 = ctx and FIRST_FP; leaves r0 in CELL_R0, returns its low half).
 */
export interface CompiledProgram {
  readonly module: WasmModule;
  readonly bytes: Uint8Array;
  readonly imports: {
    readonly runtime: readonly string[];
    readonly helpers: readonly string[];
  };
  /** The BPF instruction that the wasm byte at `offset` (as V8 prints it in a stack frame) was compiled from, or -1. */
  insnAt(offset: number): number;
}
