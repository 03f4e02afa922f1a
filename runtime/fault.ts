/** Ends the run from inside the runtime: the machine throws, with the program's place from CELL_PC. */
export { FAULT_DEPTH, FAULT_HELPER } from '../src/machine/layout';

// @ts-ignore: decorator
@external("env", "fault")
export declare function fault(kind: i32, addressLow: u32, addressHigh: u32, size: u32): void;
