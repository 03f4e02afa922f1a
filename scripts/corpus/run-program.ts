/** One program of the corpus on both kernels: loaded, its maps filled, run by run, and the maps afterwards. */
import { isBpfError, UnsupportedError, VerifierError } from '../../src/errors.ts';
import type { ObjectSpec, ProgramSpec, UnresolvedReference } from '../../src/object/index.ts';
import type { Backend, BackendObject } from '../../src/test-run/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import { differences, type Mask, mapsOutcome, type Outcome, outcomeOf } from './compare.ts';
import { inputsFor } from './inputs.ts';
import { MASKS } from './masks.ts';
import { dataFor, type Entry, entriesFor, fillFor, withoutUnusedMaps } from './state.ts';

export type Verdict =
  | {
      readonly kind: 'compared';
      readonly runs: number;
      readonly differences: readonly string[];
      /** Masks that hid something. */
      readonly masks: readonly Mask[];
    }
  /** We cannot run it; the reason is one of a small number. */
  | { readonly kind: 'unsupported'; readonly reason: string }
  /** The kernel refuses it: a negative test of the verifier. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Kernels {
  readonly theirs: Backend;
  readonly ours: Backend;
}

/** The second round, with filled tables, takes every third run: the code that runs is mostly the same. */
const SECOND_ROUND = 3;

/** Loads a program with the others that its jump tables name, into both, and compares. */
export function compareProgram(
  kernels: Kernels,
  source: string,
  whole: ObjectSpec,
  program: ProgramSpec,
): Verdict {
  const { progType } = program;
  if (progType === undefined) return { kind: 'refused', reason: 'no program type' };
  const tables = whole.maps.filter(({ typeName }) => typeName === 'prog_array');
  const programs = [...new Set([program.name, ...tables.flatMap(({ values }) => [...values.values()])])];
  const spec = withoutUnusedMaps(whole, programs);
  const first = unresolvedOf(spec, programs)[0];
  if (first) return { kind: 'unsupported', reason: `needs a ${first.kind}` };
  const options = { programs, data: dataFor(source, spec) };
  let theirs: BackendObject;
  try {
    theirs = kernels.theirs.load(spec, options);
  } catch (error) {
    return { kind: 'refused', reason: refusalOf(error, spec, program) };
  }
  try {
    const ours = kernels.ours.load(spec, options);
    return runBoth(theirs, ours, source, spec, program.name, progType);
  } catch (error) {
    if (error instanceof UnsupportedError)
      return { kind: 'unsupported', reason: unsupportedMap(kernels.ours, spec) ?? error.feature };
    return { kind: 'compared', runs: 0, differences: [`cannot be loaded or run: ${error}`], masks: [] };
  } finally {
    theirs.close();
  }
}

/** The map type that we lack, where a missing helper only works on such maps. */
function unsupportedMap(ours: Backend, spec: ObjectSpec): string | undefined {
  try {
    ours.load({ ...spec, programs: [] }).close();
    return undefined;
  } catch (error) {
    return error instanceof UnsupportedError ? error.feature : undefined;
  }
}

function unresolvedOf(spec: ObjectSpec, programs: readonly string[]): readonly UnresolvedReference[] {
  const chosen = spec.programs.filter(({ name }) => programs.includes(name));
  return [...chosen.flatMap(({ unresolved }) => unresolved), ...spec.unresolved];
}

/** Selftests mark the programs that the verifier must reject with a BTF declaration tag. */
const EXPECTS_FAILURE = 'comment:test_expect_failure';

function refusalOf(error: unknown, { btf }: ObjectSpec, { name, functions }: ProgramSpec): string {
  const expected = btf?.types.some(
    (type) => type.kind === 'decl_tag' && type.name === EXPECTS_FAILURE && type.type === functions[0]?.btfId,
  );
  if (error instanceof VerifierError && expected) return 'the verifier rejects it, as its test expects';
  return `${name}: ${isBpfError(error) ? error.message : String(error)}`;
}

function runBoth(
  theirs: BackendObject,
  ours: BackendObject,
  source: string,
  spec: ObjectSpec,
  name: string,
  progType: ProgTypeName,
): Verdict {
  const masks = MASKS.get(`${source} ${name}`) ?? [];
  const used = new Set<Mask>();
  const found: string[] = [];
  let runs = 0;
  const compare = (what: string, expected: Outcome, got: Outcome): void => {
    for (const one of differences(expected, got, masks, used))
      found.push(`${what}: ${one.field}: kernel ${brief(one.expected)}, ours ${brief(one.got)}`);
  };
  const fill = (entries: readonly Entry[]): void => {
    for (const { map, key, value } of entries) {
      const update = ({ map: mapOf }: BackendObject): string => errnoOf(() => mapOf(map).update(key, value));
      compare(`update of map ${map}`, { errno: update(theirs) }, { errno: update(ours) });
    }
  };
  const round = (title: string, every: number): void => {
    const inputs = inputsFor(progType, source).filter((_, index) => index % every === 0);
    for (const input of inputs) {
      const expected = outcomeOf(theirs.program(name), input.attr);
      compare(`${title}${input.name}`, expected, outcomeOf(ours.program(name), input.attr));
      runs++;
    }
    compare(`${title}afterwards`, mapsOutcome(theirs.maps), mapsOutcome(ours.maps));
  };
  fill(entriesFor(source, spec));
  round('', 1);
  const more = fillFor(spec, (map) => theirs.map(map).userValueSize);
  if (more.length > 0) {
    fill(more);
    round('with filled maps, ', SECOND_ROUND);
  }
  for (const { field, reason } of masks.filter((mask) => !used.has(mask)))
    found.push(`${field} is masked since it ${reason}, and yet it never differs`);
  return { kind: 'compared', runs, differences: found, masks: [...used] };
}

function errnoOf(action: () => void): string {
  try {
    action();
    return 'none';
  } catch (error) {
    return isBpfError(error) && error.errno !== undefined ? error.errno : String(error);
  }
}

const MAX_SHOWN = 200;
const brief = (text: string): string =>
  text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}... (${text.length / 2} bytes)` : text;
