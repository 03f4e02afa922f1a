/** Everything in an object that cannot be run here, by program: what loading would refuse one at a time. */
import type { SourceLine } from '../errors.ts';
import { checkHelpers } from '../helpers/index.ts';
import { MAP_TYPES } from '../maps/index.ts';
import type { ObjectSpec, ProgramSpec, UnresolvedReference } from '../object/index.ts';
import { allowedHelpers, supportedProgTypes } from '../prog-types/index.ts';
import { PSEUDO_LD } from '../uapi/bpf.ts';
import { unnamedKfuncs } from './kfuncs.ts';

export interface ObjectProblem {
  /** '' for what belongs to no program. */
  readonly program: string;
  readonly kind: UnresolvedReference['kind'] | 'helper';
  /** Exact name of the helper, kfunc, symbol, type or access. */
  readonly name: string;
  readonly section: string;
  /** Slot in the linked program; -1 where it is not an instruction's. */
  readonly insn: number;
  readonly source: SourceLine | undefined;
  readonly reason: string;
}

/** All problems, in the order of the programs and their instructions; none means that the object can be loaded. */
export function checkObject(spec: ObjectSpec): readonly ObjectProblem[] {
  const badMaps = new Map(mapProblems(spec));
  const problems = spec.programs.flatMap((program) => programProblems(spec, program, badMaps));
  const told = new Set(problems.map(({ kind, name, section }) => `${kind} ${name} ${section}`));
  const outside = [
    ...[...badMaps.values()],
    ...spec.unresolved.map((reference) => fromReference('', reference, undefined)),
  ];
  return [
    ...problems,
    ...outside.filter(({ kind, name, section }) => !told.has(`${kind} ${name} ${section}`)),
  ];
}

function programProblems(
  spec: ObjectSpec,
  program: ProgramSpec,
  badMaps: ReadonlyMap<number, ObjectProblem>,
): readonly ObjectProblem[] {
  const { name, section, progType } = program;
  const references = [...program.unresolved, ...unnamedKfuncs(program)];
  const problems = references.map((reference) =>
    fromReference(name, reference, sourceOf(program, reference.insn)),
  );
  if (progType && !supportedProgTypes().includes(progType)) {
    const reason = 'programs of this type cannot be run yet';
    problems.push({
      program: name,
      kind: 'prog_type',
      name: progType,
      section,
      insn: -1,
      source: undefined,
      reason,
    });
  }
  const allowed = progType && allowedHelpers(progType, program.attachType);
  for (const { insn, helper, reason } of checkHelpers(
    program.insns,
    progType ?? 'unspec',
    spec.license,
    allowed,
  )) {
    problems.push({
      program: name,
      kind: 'helper',
      name: helper,
      section,
      insn,
      source: sourceOf(program, insn),
      reason,
    });
  }
  for (const [insn, map] of mapReferences(program)) {
    const problem = badMaps.get(map);
    if (problem) problems.push({ ...problem, program: name, insn, source: sourceOf(program, insn) });
  }
  return problems.sort((a, b) => a.insn - b.insn);
}

function fromReference(
  program: string,
  { kind, name, section, insn, reason }: UnresolvedReference,
  source: SourceLine | undefined,
): ObjectProblem {
  return { program, kind, name, section, insn, source, reason };
}

function sourceOf(program: ProgramSpec, insn: number): SourceLine | undefined {
  return insn < 0 ? undefined : program.lines.filter(({ pc }) => pc <= insn).at(-1);
}

/** Maps of types that are not implemented, by index. */
function mapProblems(spec: ObjectSpec): readonly (readonly [number, ObjectProblem])[] {
  return spec.maps.flatMap(({ name, type, typeName, section }, index) => {
    if (MAP_TYPES.has(type)) return [];
    const reason = `map '${name}': maps of this type cannot be created yet`;
    const problem = {
      program: '',
      name: typeName ?? String(type),
      section,
      insn: -1,
      source: undefined,
      reason,
    };
    return [[index, { ...problem, kind: 'map_type' }] as const];
  });
}

const LD_IMM64 = 0x18;

/** Slots that load a map, with its index; the first of each map. */
function mapReferences(program: ProgramSpec): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const [pc, { code, src, imm }] of program.insns.entries()) {
    const loadsMap = code === LD_IMM64 && (src === PSEUDO_LD.MAP_FD || src === PSEUDO_LD.MAP_VALUE);
    if (loadsMap && !first.has(imm)) first.set(imm, pc);
  }
  return new Map([...first].map(([map, pc]) => [pc, map]));
}
