/** One program of the corpus on both backends, run by run: errno, retval, data_out, ctx_out, and the maps afterwards. */
import { toHex } from '../../src/bytes/index.ts';
import { isBpfError, UnsupportedError, VerifierError } from '../../src/errors.ts';
import { helperName } from '../../src/helpers/index.ts';
import type { KernelBackend } from '../../src/kernel/index.ts';
import type { ObjectSpec, ProgramSpec } from '../../src/object/index.ts';
import type {
  Backend,
  BackendMap,
  BackendObject,
  BackendProgram,
  TestRunAttr,
} from '../../src/test-run/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import { dataFor, entriesFor, type Input, inputsFor } from './inputs.ts';

export const TYPES: ReadonlySet<ProgTypeName | undefined> = new Set([
  'xdp',
  'sched_cls',
  'sched_act',
  'socket_filter',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
]);

/**
 * Helpers whose results belong to the machine: what depends on them cannot be the same twice. A difference in a program
 * that calls one is counted under the helper's name instead.
 */
const HOST: ReadonlySet<string> = new Set([
  'bpf_ktime_get_ns',
  'bpf_ktime_get_boot_ns',
  'bpf_ktime_get_tai_ns',
  'bpf_ktime_get_coarse_ns',
  'bpf_jiffies64',
  'bpf_get_prandom_u32',
  'bpf_get_hash_recalc',
  'bpf_get_current_pid_tgid',
  'bpf_get_current_uid_gid',
  'bpf_get_current_comm',
  'bpf_get_current_task',
  'bpf_get_current_cgroup_id',
  'bpf_get_socket_cookie',
  'bpf_get_netns_cookie',
]);

export type Verdict =
  | {
      readonly kind: 'compared';
      readonly runs: number;
      readonly differences: readonly string[];
      readonly host: number;
      readonly hostReason: string;
    }
  /** We cannot run it; the reason is one of a small number. */
  | { readonly kind: 'unsupported'; readonly reason: string }
  /** The kernel refuses it: a negative test of the verifier, or something this kernel was not built with. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Loads a program with the others that its jump tables name, into both, and compares. */
export function compareProgram(
  kernel: KernelBackend,
  sim: Backend,
  source: string,
  spec: ObjectSpec,
  program: ProgramSpec,
): Verdict {
  if (program.progType === undefined) return { kind: 'refused', reason: 'no program type' };
  const names = [
    ...new Set([
      program.name,
      ...spec.maps
        .filter(({ typeName }) => typeName === 'prog_array')
        .flatMap(({ values }) => [...values.values()]),
    ]),
  ];
  const unresolved = names.flatMap(
    (name) => spec.programs.find((one) => one.name === name)?.unresolved ?? [],
  );
  const first = unresolved[0] ?? spec.unresolved[0];
  if (first) return { kind: 'unsupported', reason: `needs ${first.kind}` };
  const options = { programs: names, data: dataFor(source, spec) };
  let theirs: BackendObject;
  try {
    theirs = kernel.load(spec, options);
  } catch (error) {
    return { kind: 'refused', reason: refusalOf(error) };
  }
  try {
    let ours: BackendObject;
    try {
      ours = sim.load(spec, options);
    } catch (error) {
      if (error instanceof UnsupportedError) return { kind: 'unsupported', reason: error.feature };
      return { kind: 'compared', runs: 0, differences: [`load: ${String(error)}`], host: 0, hostReason: '' };
    }
    for (const { map, key, value } of entriesFor(source, spec)) {
      theirs.map(map).update(key, value);
      ours.map(map).update(key, value);
    }
    return runBoth(theirs, ours, program, inputsFor(program.progType, source));
  } finally {
    theirs.close();
  }
}

function refusalOf(error: unknown): string {
  if (error instanceof VerifierError) return 'the verifier rejects it';
  return isBpfError(error) ? error.message.replace(/'[^']*'/, '...') : String(error);
}

function runBoth(
  theirs: BackendObject,
  ours: BackendObject,
  program: ProgramSpec,
  inputs: readonly Input[],
): Verdict {
  const differences: string[] = [];
  const kernelProgram = theirs.program(program.name);
  const ourProgram = ours.program(program.name);
  let runs = 0;
  for (const { name, attr } of inputs) {
    const expected = resultOf(kernelProgram, attr);
    const got = resultOf(ourProgram, attr);
    runs++;
    for (const [field, value] of Object.entries(expected)) {
      if (got[field] !== value)
        differences.push(`${name}: ${field}: kernel ${brief(value)}, ours ${brief(got[field])}`);
    }
    const unsupported = /^unsupported (.*)/.exec(got['errno'] ?? '');
    if (unsupported) return { kind: 'unsupported', reason: unsupported[1] ?? '' };
  }
  for (const map of theirs.maps) differences.push(...compareMaps(map, ours.map(map.name)));
  const helper = hostHelper(program);
  if (differences.length > 0 && helper) {
    return { kind: 'compared', runs, differences: [], host: differences.length, hostReason: helper };
  }
  return { kind: 'compared', runs, differences, host: 0, hostReason: '' };
}

const brief = (text: string | undefined): string =>
  text === undefined
    ? 'nothing'
    : text.length > 160
      ? `${text.slice(0, 160)}... (${text.length / 2} bytes)`
      : text;

function resultOf(program: BackendProgram, attr: TestRunAttr): Record<string, string> {
  try {
    const { errno, retval, dataOut, dataSizeOut, ctxOut } = program.testRun(attr);
    return {
      errno: errno ?? 'none',
      retval: String(retval),
      data_size_out: String(dataSizeOut),
      data_out: toHex(dataOut),
      ctx_out: ctxOut ? toHex(ctxOut) : 'none',
    };
  } catch (error) {
    if (error instanceof UnsupportedError && error.errno === undefined)
      return { errno: `unsupported ${error.feature}` };
    if (isBpfError(error) && error.errno !== undefined) return { errno: error.errno };
    return { errno: String(error) };
  }
}

/** What user space can read; ring buffers and tables of programs or maps hold nothing that compares. */
function compareMaps(theirs: BackendMap, ours: BackendMap): readonly string[] {
  const kernel = contents(theirs);
  const sim = contents(ours);
  const keys = new Set([...kernel.keys(), ...sim.keys()]);
  return [...keys]
    .filter((key) => kernel.get(key) !== sim.get(key))
    .map(
      (key) => `map ${theirs.name}[${key}]: kernel ${brief(kernel.get(key))}, ours ${brief(sim.get(key))}`,
    );
}

const WITH_VALUES: ReadonlySet<number> = new Set([1, 2, 5, 6, 9, 10, 11]);

function contents(map: BackendMap): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  if (!WITH_VALUES.has(map.type)) return entries;
  for (let key = map.nextKey(undefined); key; key = map.nextKey(key)) {
    entries.set(toHex(key), toHex(map.lookup(key)));
  }
  return entries;
}

/** The first machine-dependent helper that the program calls. */
function hostHelper(program: ProgramSpec): string | undefined {
  for (const { code, src, imm } of program.insns) {
    if (code !== 0x85 || src !== 0) continue;
    const name = helperName(imm);
    if (name !== undefined && HOST.has(name)) return name;
  }
  return undefined;
}
