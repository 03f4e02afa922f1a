/** What a program type may do, as text that can be compared: from the facts, and from a kernel that is asked. */
import { readFileSync } from 'node:fs';
import { type Btf, parseBtf } from '../src/btf/index.ts';
import { HELPERS } from '../src/helpers/index.ts';
import type { Insn } from '../src/isa/index.ts';
import type { Bpf } from '../src/kernel/syscall.ts';
import {
  admits,
  factsFor,
  inForm,
  kfuncNames,
  type ProgTypeFacts,
  progTypeFacts,
} from '../src/prog-types/index.ts';
import { type AttachTypeName, PROG_FLAG, PROG_TYPE, type ProgTypeName } from '../src/uapi/bpf.ts';
import { type ProbeTarget, probeLoad } from './load-probe.ts';

/** A type, with the attach type or the kernel struct that decides what it may do. */
export interface Row {
  readonly name: string;
  readonly facts: ProgTypeFacts;
  readonly attachType: AttachTypeName | undefined;
  /** Name of a BTF type of the kernel, for types that have a target. */
  readonly target: string | undefined;
}

export interface Abilities {
  /** Names without bpf_, in the order of their numbers. */
  readonly helpers: string;
  readonly kfuncs: string;
  /** Offsets at which a load of 1, 2, 4, 8 bytes is admitted, as ranges in steps of the size. */
  readonly loads: readonly string[];
  readonly stores: readonly string[];
  /** `[0, 1]`, or `any`. */
  readonly returns: string;
}

const TARGETS: Partial<Record<AttachTypeName | ProgTypeName, string>> = {
  trace_raw_tp: 'btf_trace_sched_switch',
  trace_fentry: 'bpf_fentry_test1',
  trace_fexit: 'bpf_fentry_test1',
  modify_return: 'bpf_modify_return_test',
  trace_iter: 'bpf_iter_task',
  lsm_mac: 'bpf_lsm_file_open',
  lsm_cgroup: 'bpf_lsm_socket_post_create',
};

/** Every type in every form that its facts tell apart. */
export const ROWS: readonly Row[] = (Object.keys(PROG_TYPE) as ProgTypeName[]).flatMap((progType) => {
  const facts = progTypeFacts(progType);
  if (!facts) return [];
  const first = facts.attachTypes?.[0];
  const base: Row = { name: progType, facts, attachType: first, target: first && TARGETS[first] };
  if (progType === 'struct_ops') return structOpsRows(base);
  const more = (facts.forms ?? []).flatMap(({ attachTypes }) => attachTypes);
  return [
    base,
    ...more.map(
      (attachType): Row => ({
        name: `${progType} ${attachType}`,
        facts: factsFor(facts, attachType),
        attachType,
        target: TARGETS[attachType],
      }),
    ),
  ];
});

function structOpsRows(base: Row): Row[] {
  const forms = base.facts.forms ?? [];
  return [
    { ...base, name: 'struct_ops tcp_congestion_ops', target: 'tcp_congestion_ops' },
    ...forms.map((form) => ({
      ...base,
      name: `struct_ops ${form.target}`,
      facts: inForm(base.facts, form),
      target: form.target,
    })),
  ];
}

const SIZES = [1, 2, 4, 8] as const;
/** How far a context is looked at that has no end of its own worth reaching. */
const FAR = 256;

/** Offsets of accesses of `size` bytes: all aligned ones, and where the struct is long the first and the last. */
function offsets({ ctxSize }: ProgTypeFacts, size: number): number[] {
  const end = ctxSize + 8;
  const all = Array.from({ length: Math.ceil(Math.min(end, FAR) / size) }, (_, i) => i * size);
  if (end <= FAR || end > 0x7fff) return all;
  const tail = Array.from({ length: 16 / size }, (_, i) => ctxSize - 8 + i * size);
  return [...all, ...tail];
}

function ranges(admitted: readonly number[], size: number): string {
  const runs: [number, number][] = [];
  for (const offset of admitted) {
    const last = runs.at(-1);
    if (last && offset === last[1] + size) last[1] = offset;
    else runs.push([offset, offset]);
  }
  return `${size}: ${runs.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(' ')}`.trim();
}

function accessText(facts: ProgTypeFacts, isAdmitted: (offset: number, size: number) => boolean): string[] {
  if (facts.ctxSize === 0) return [];
  return SIZES.map((size) =>
    ranges(
      offsets(facts, size).filter((offset) => isAdmitted(offset, size)),
      size,
    ),
  );
}

/** What the facts say. */
export function declared({ facts, attachType }: Row): Abilities {
  const access = (kind: 'load' | 'store'): string[] =>
    accessText(facts, (offset, size) => facts.ctxFields.some((field) => admits(field, kind, offset, size)));
  const names = [...HELPERS.values()].map(({ name }) => name).filter((name) => facts.helpers.has(name));
  return {
    helpers: names.map((name) => name.slice('bpf_'.length)).join(' '),
    kfuncs: kfuncNames(facts.name, attachType).join(' '),
    loads: access('load'),
    stores: access('store'),
    returns: facts.returnRange ? `[${facts.returnRange.join(', ')}]` : 'any',
  };
}

/** The running kernel's BTF: where targets and kfuncs have their numbers. */
export class KernelTypes {
  readonly #btf: Btf = parseBtf(new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux')));
  /** name and id of each function that is marked as a kfunc. */
  readonly kfuncs: readonly (readonly [name: string, id: number])[] = this.#kfuncs();

  #kfuncs(): (readonly [string, number])[] {
    const { types } = this.#btf;
    const ids = types.flatMap((type) =>
      type.kind === 'decl_tag' && type.name === 'bpf_kfunc' ? [type.type] : [],
    );
    return [...new Set(ids)]
      .map((id) => [types[id]?.name ?? '', id] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Of a function, or where there is none of a typedef or struct. */
  idOf(name: string): number {
    const named = this.#btf.types.filter((type) => type.name === name);
    const kinds = ['func', 'typedef', 'struct'];
    return (
      kinds.map((kind) => named.find((type) => type.kind === kind)?.id).find((id) => id !== undefined) ?? 0
    );
  }
}

const insn = (code: number, dst = 0, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });
const END = [insn(0xb7), insn(0x95)];
const LOAD = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 } as const;
const STORE = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b } as const;

/** What the kernel says; undefined where it loads no program of the kind at all. */
export function asked(bpf: Bpf, types: KernelTypes, row: Row): Abilities | undefined {
  const target: ProbeTarget = {
    progType: row.facts.name,
    attachType: row.attachType,
    flags: row.facts.name === 'syscall' ? PROG_FLAG.BPF_F_SLEEPABLE : 0,
    attachBtfId: row.target === undefined ? 0 : types.idOf(row.target),
  };
  const load = (...insns: Insn[]): { result: number; log: string } => probeLoad(bpf, target, insns);
  const empty = load(...END);
  if (empty.result < 0 && empty.log === '') return undefined;
  if (empty.result < 0 && !empty.log.includes('At program exit'))
    throw new Error(`${row.name}: ${empty.log}`);
  const access = (store: boolean): string[] =>
    accessText(row.facts, (offset, size) => {
      const code = (store ? STORE : LOAD)[size as 1];
      const { result, log } = store
        ? load(insn(0xb7, 2), insn(code, 1, 2, offset), ...END)
        : load(insn(code, 0, 1, offset), ...END);
      if (result === 0 || log.includes('At program exit')) return true;
      if (log.includes('invalid bpf_context access')) return false;
      throw new Error(`${row.name}: ${size} bytes at ${offset}: ${log}`);
    });
  const helpers = [...HELPERS].filter(
    ([id]) => !/cannot use helper|unknown func|invalid func/.test(load(insn(0x85, 0, 0, 0, id), ...END).log),
  );
  const kfuncs = types.kfuncs.filter(
    ([, id]) => !/calling kernel function .* is not allowed/.test(load(insn(0x85, 0, 2, 0, id), ...END).log),
  );
  const range = /should have been in (\[.*\])/.exec(load(insn(0xb7, 0, 0, 0, 0x7ffffffe), insn(0x95)).log);
  return {
    helpers: helpers.map(([, { name }]) => name.slice('bpf_'.length)).join(' '),
    kfuncs: kfuncs.map(([name]) => name).join(' '),
    loads: access(false),
    stores: access(true),
    returns: range?.[1] ?? 'any',
  };
}
