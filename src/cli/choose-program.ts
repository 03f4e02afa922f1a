/** Which program of an object a command means. */
import { UsageError } from '../errors.ts';
import type { ObjectSpec, ProgramSpec } from '../object/index.ts';

/** @throws {@link UsageError} listing the programs, when the choice is not clear. */
export function chooseProgram(spec: ObjectSpec, name: string | undefined): ProgramSpec {
  const names = spec.programs.map((program) => program.name).join(', ');
  if (name !== undefined) {
    const found = spec.programs.find((program) => program.name === name);
    if (found) return found;
    throw new UsageError(
      '--prog',
      `there is no program '${name}' in the object; there are: ${names || 'none'}`,
    );
  }
  const [only, ...more] = spec.programs;
  if (only && more.length === 0) return only;
  if (!only) throw new UsageError('', 'the object holds no program');
  throw new UsageError('--prog', `the object holds ${spec.programs.length} programs, name one of: ${names}`);
}

/** The program and those that its object's program arrays hold from the start: what a run can reach. */
export function reachable(spec: ObjectSpec, program: ProgramSpec): readonly string[] {
  const called = spec.maps
    .filter(({ typeName }) => typeName === 'prog_array')
    .flatMap(({ values }) => [...values.values()]);
  return [...new Set([program.name, ...called])];
}
