/** What in an object cannot be loaded: named exactly, before anything is made. */
import { UnsupportedError, VerifierError } from '../errors.ts';
import { checkHelpers } from '../helpers/index.ts';
import type { ObjectSpec, ProgramSpec, UnresolvedReference } from '../object/index.ts';
import { allowedHelpers } from '../prog-types/index.ts';
import { PROG_FLAG } from '../uapi/bpf.ts';
import { unnamedKfuncs } from './kfuncs.ts';

/** @throws {@link UnsupportedError} naming the first reference that nothing here can resolve. */
export function refuseUnresolved(program: ProgramSpec): void {
  const [first, ...more] = [...program.unresolved, ...unnamedKfuncs(program)];
  if (first) throw unresolvedError(program.name, first, more.length);
}

/** @throws {@link VerifierError} EINVAL: a syscall program without BPF_F_SLEEPABLE. */
export function refuseNotSleepable({ name, progType, flags }: ProgramSpec): void {
  if (progType !== 'syscall' || flags & PROG_FLAG.BPF_F_SLEEPABLE) return;
  throw new VerifierError(-1, `program '${name}': programs of type syscall must be sleepable`, {
    errno: 'EINVAL',
  });
}

/** @throws {@link UnsupportedError} For data that needs something from outside the object. */
export function refuseUnresolvedData(spec: ObjectSpec): void {
  const [first, ...more] = spec.unresolved.filter(({ kind }) => kind !== 'prog_type' && kind !== 'map_type');
  if (first) throw unresolvedError('', first, more.length);
}

function unresolvedError(
  program: string,
  { kind, name, section, insn, reason }: UnresolvedReference,
  more: number,
): UnsupportedError {
  const place =
    program === '' ? `section ${section}` : `program '${program}' section ${section} insn ${insn}`;
  const rest = more > 0 ? ` (and ${more} more; 'bpfrun check' lists them)` : '';
  return new UnsupportedError(`${kind} '${name}'`, `${place}: ${reason}${rest}`, { errno: 'EOPNOTSUPP' });
}

/**
 * @throws {@link UnsupportedError} A helper that is declared but not implemented.
 * @throws {@link VerifierError} EINVAL: one that does not exist or that the program's type may not call.
 */
export function refuseHelpers(program: ProgramSpec, license: string): void {
  const { progType } = program;
  if (!progType) return;
  const [first] = checkHelpers(
    program.insns,
    progType,
    license,
    allowedHelpers(progType, program.attachType),
  );
  if (!first) return;
  const { insn, helper, problem, reason } = first;
  const line = program.lines.filter(({ pc }) => pc <= insn).at(-1);
  const at = line ? ` (${line.file}:${line.line}: ${line.text})` : '';
  const message = `program '${program.name}' insn ${insn}${at}: ${helper}: ${reason}`;
  if (problem === 'missing') throw new UnsupportedError(helper, message, { errno: 'EOPNOTSUPP' });
  throw new VerifierError(insn, message, { errno: 'EINVAL' });
}
