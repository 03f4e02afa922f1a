/** A program ready to run: compiled, instantiated, its maps made. What the test-run room gets. */
import type { Vm } from '../helpers/vm.ts';
import type { Machine } from '../machine/index.ts';
import type { ProgramSpec } from '../object/spec.ts';
import type { ProgTypeName } from '../uapi/bpf.ts';

/** Types whose test run is ours alone. */
export const EXTENSIONS = ['perf_event'] as const satisfies readonly ProgTypeName[];
export type Extension = (typeof EXTENSIONS)[number];

export interface Runnable {
  readonly name: string;
  readonly progType: ProgTypeName;
  readonly spec: ProgramSpec;
  readonly machine: Machine;
  readonly vm: Vm;
  readonly extensions: readonly Extension[];
  /** The end of the context as far as the program touches it. Costs a walk through the program. */
  maxCtxOffset(): number;
  /**
   * Runs the program `repeat` times (1 or more) on the context at address `ctx`, in one wasm loop, without a signal
   * check. Returns the low half of the last r0 as a signed i32.
   * @throws FaultError when the run was ended.
   */
  run(ctx: number, repeat: number): number;
}
