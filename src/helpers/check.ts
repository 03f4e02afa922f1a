/** The helper calls of a program that must be refused: for loading, which stops at the first, and for `bpfrun check`. */
import { type ProgTypeName, PSEUDO_CALL } from '../uapi/bpf.ts';
import { HELPERS, helperName } from './registry.ts';

const CALL = 0x85;

/** An instruction as far as this check looks at it. */
interface CallSlot {
  readonly code: number;
  readonly src: number;
  readonly imm: number;
}

export interface HelperProblem {
  /** Slot of the call. */
  readonly insn: number;
  /** With the bpf_ prefix; `unknown#N` for a number that 6.18 does not have. */
  readonly helper: string;
  /** `missing` is ours: the kernel would run it. The others the kernel refuses, with EINVAL. */
  readonly problem: 'unknown' | 'not-allowed' | 'gpl-only' | 'missing';
  readonly reason: string;
}

const GPL_COMPATIBLE: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** Whether the kernel lets a program of this license call GPL-only helpers. */
export function isGplCompatible(license: string): boolean {
  return GPL_COMPATIBLE.has(license);
}

function problemOf(
  id: number,
  progType: ProgTypeName,
  gpl: boolean,
  allowed: ReadonlySet<string> | undefined,
): Pick<HelperProblem, 'problem' | 'reason'> | undefined {
  const helper = HELPERS.get(id);
  if (helper === undefined) return { problem: 'unknown', reason: 'Linux 6.18 has no helper of this number' };
  const { name, gplOnly, onlyFor, call } = helper;
  if (allowed && !allowed.has(name) && !allowed.has(name.slice('bpf_'.length)))
    return { problem: 'not-allowed', reason: `programs of type ${progType} cannot use this helper` };
  if (gplOnly && !gpl)
    return { problem: 'gpl-only', reason: 'only programs with a GPL-compatible license may call it' };
  if (onlyFor && !onlyFor.types.includes(progType)) return { problem: 'missing', reason: onlyFor.reason };
  return 'missing' in call ? { problem: 'missing', reason: call.missing } : undefined;
}

/**
 * Each call, in program order, of a helper that does not exist, that the type or the license forbids, or that is not
 * implemented. `allowed` holds helper names of the program type, with or without bpf_; undefined: any.
 */
export function checkHelpers(
  insns: readonly CallSlot[],
  progType: ProgTypeName,
  license: string,
  allowed?: ReadonlySet<string>,
): readonly HelperProblem[] {
  const gpl = isGplCompatible(license);
  const problems: HelperProblem[] = [];
  for (const [insn, { code, src, imm }] of insns.entries()) {
    if (code !== CALL || src !== PSEUDO_CALL.HELPER) continue;
    const found = problemOf(imm, progType, gpl, allowed);
    if (found) problems.push({ insn, helper: helperName(imm), ...found });
  }
  return problems;
}
