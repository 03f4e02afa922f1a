/** A program as the engine takes it, from its spec. */
import type { EngineProgram } from '../engine/index.ts';
import type { SourceLine } from '../errors.ts';
import type { LineSpec, ProgramSpec } from '../object/index.ts';

/** The subprograms' first slots; the main program alone where the object has no function information. */
export function engineProgram(spec: ProgramSpec): EngineProgram {
  const functions = spec.functions.length > 0 ? spec.functions : [{ name: spec.name, pc: 0 }];
  return {
    name: spec.name,
    insns: spec.insns,
    subprogs: functions.map(({ pc }) => pc),
    subprogNames: functions.map(({ name }) => name),
    lineAt: lineFinder(spec.lines),
  };
}

/** The last line record at or before an instruction; records are in ascending order. */
function lineFinder(lines: readonly LineSpec[]): (pc: number) => SourceLine | undefined {
  return (pc) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.pc ?? 0) <= pc) low = middle + 1;
      else high = middle;
    }
    return lines[low - 1];
  };
}
