/** Locals of a compiled BPF function: (r1 r2 r3 r4 r5: i64, fp: i32) -> i64, then r0, r6-r9 and scratch. */
import { I32, I64 } from '../wasm/opcodes.ts';

export const FUNCTION_PARAMS: readonly number[] = [I64, I64, I64, I64, I64, I32];
export const FUNCTION_RESULTS: readonly number[] = [I64];

/** i32: r10 of this frame. */
export const FP = 5;
const R0 = 6;
/** i64 scratch: an address under check, operands used twice. */
export const ADDRESS = 11;
export const WIDE = 12;
export const WIDE2 = 13;
/** i32 scratch. */
export const NARROW = 14;
/** i32: instructions left, the cell's value while the function runs. */
export const FUEL = 15;
/** i32: lowest address of this frame. */
export const FRAME = 16;
/** i32: the next node of an irreducible function. */
export const NEXT_NODE = 17;
/** i32: times may_goto falls through before it jumps. */
export const MAY_GOTO = 18;
/** First of the i64 locals that hold the inputs of rotations. */
export const FIRST_ROTATE = 19;

/** Declarations after the parameters. */
export function localTypes(rotations: number): (readonly [number, number])[] {
  const fixed: (readonly [number, number])[] = [
    [WIDE2 - R0 + 1, I64],
    [MAY_GOTO - NARROW + 1, I32],
  ];
  return rotations > 0 ? [...fixed, [rotations, I64]] : fixed;
}

/** Local of r0-r9. r10 has none: it is FP, extended. */
export function localOf(register: number): number {
  if (register === 0) return R0;
  return register <= 5 ? register - 1 : register - 6 + R0 + 1;
}
