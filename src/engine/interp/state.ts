/**
 * The interpreter's state in the machine's cells, and the decoded form of a program that its loop reads.
 * All little endian; one interpreter runs at a time, a nested one saves and restores the registers.
 */
import { CELL_INTERP } from '../../machine/layout.ts';

/** r0-r10, u64 each. */
export const REGISTERS = CELL_INTERP;
/** i32: slot of the next instruction. */
export const PC = CELL_INTERP + 88;
/** i32: instructions that the loop may still execute before it stops. */
export const STEPS = CELL_INTERP + 92;
/** u64: address of the access that was refused. */
export const FAULT_ADDRESS = CELL_INTERP + 96;
/** i32: its size. */
export const FAULT_SIZE = CELL_INTERP + 104;
/** r1-r5 of a call through the function table, then its result. */
export const CALL_ARGUMENTS = CELL_INTERP + 128;
export const CALL_RESULT = CELL_INTERP + 168;
/** i32: 1 when the program goes on behind the call that the bridge executed. */
export const CONTINUES = CELL_INTERP + 176;

/** Why the loop stopped. */
export const STATUS_STEPS = 0;
/** At an instruction that TypeScript executes: calls, exit, packet loads, stores to the context. */
export const STATUS_HOST = 1;
export const STATUS_FAULT_LOAD = 2;
export const STATUS_FAULT_STORE = 3;

/**
 * One decoded slot, 16 bytes:
 *   0 u16 id of the row    2 u8 dst * 8    3 u8 src * 8
 *   4 s32 offset of a memory access, or slot that a jump goes to
 *   8 s64 immediate, sign-extended or resolved
 */
export const RECORD_SIZE = 16;
export const RECORD_DST = 2;
export const RECORD_SRC = 3;
export const RECORD_OFFSET = 4;
export const RECORD_OPERAND = 8;
