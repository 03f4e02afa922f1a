/** Ends the run from inside the runtime: the machine throws, with the program's place from CELL_PC. */

// @ts-ignore: decorator
@external("env", "fault")
export declare function fault(kind: i32, addressLow: u32, addressHigh: u32, size: u32): void;
