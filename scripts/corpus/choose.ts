/** Which files of the kernel's BPF selftests the corpus has, and what types their programs get that name none. Pure. */
import { createHash } from 'node:crypto';
import type { ObjectSpec, ProgramSpec } from '../../src/object/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';

/** Files that the corpus has whatever their digest. */
export const NAMED: readonly string[] = [
  'test_l4lb.c',
  'test_xdp_noinline.c',
  'test_xdp_vlan.c',
  'test_tc_tunnel.c',
  'test_cls_redirect.c',
  'test_xdp_adjust_tail_shrink.c',
  'test_skb_ctx.c',
  'xdp_dummy.c',
  'test_xdp_context_test_run.c',
];

/** xdp, tc, socket_filter, cgroup_skb and lwt; the kernel's names of these types. */
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

/** Section names of programs of these types. */
const SECTIONS =
  /\bSEC\("\??(?:xdp|tc|tcx|netkit|classifier|action|socket|cgroup_skb|cgroup\/skb|lwt_(?:in|out|xmit))\b/;

/** Whether the SHA-256 of the base name with its `.c` ends in an even hex digit. */
export function isEven(baseName: string): boolean {
  return '02468ace'.includes(createHash('sha256').update(baseName).digest('hex').slice(-1));
}

/**
 * The named files, then every other one with an even digest and a section of our types, in itself or in a file that
 * it includes by a quoted name.
 * @param texts All files of the folder, sources and headers, by base name.
 * @param isChosen Which of the others, by base name.
 */
export function chooseFiles(
  texts: ReadonlyMap<string, string>,
  isChosen: (baseName: string) => boolean = isEven,
): readonly string[] {
  const others = [...texts.keys()]
    .filter((name) => name.endsWith('.c') && !NAMED.includes(name) && isChosen(name))
    .filter((name) => SECTIONS.test(withIncludes(name, texts)))
    .sort();
  return [...NAMED, ...others];
}

function withIncludes(name: string, texts: ReadonlyMap<string, string>, seen = new Set<string>()): string {
  const text = texts.get(name);
  if (text === undefined || seen.has(name)) return '';
  seen.add(name);
  const included = [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)];
  return text + included.map(([, path = '']) => withIncludes(path, texts, seen)).join('');
}

/** Files whose sections are not libbpf's names: their scripts tell `ip` and `tc`, and so the type, which section to load. */
const LOADED_BY_SECTION: Readonly<Record<string, (section: string) => ProgTypeName>> = {
  'test_tc_tunnel.c': () => 'sched_cls',
  'test_xdp_vlan.c': (section) => (section.startsWith('xdp_') ? 'xdp' : 'sched_cls'),
};

/** Gives such programs the type that their script loads them as. */
export function withScriptTypes(source: string, spec: ObjectSpec): ObjectSpec {
  const typeOf = LOADED_BY_SECTION[source];
  if (!typeOf) return spec;
  const typed = (program: ProgramSpec): ProgramSpec => ({
    ...program,
    progType: program.progType ?? typeOf(program.section),
    unresolved: program.unresolved.filter(({ kind }) => kind !== 'prog_type'),
  });
  return {
    ...spec,
    programs: spec.programs.map(typed),
    unresolved: spec.unresolved.filter(({ kind }) => kind !== 'prog_type'),
  };
}
