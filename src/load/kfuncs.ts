/** Calls of kernel functions by BTF id, which programs built from instructions hold: an object's name theirs themselves. */
import type { ProgramSpec, UnresolvedReference } from '../object/index.ts';
import { PSEUDO_CALL } from '../uapi/bpf.ts';

const CALL = 0x85;

/** The calls that `program.unresolved` does not name. */
export function unnamedKfuncs({ insns, section, unresolved }: ProgramSpec): readonly UnresolvedReference[] {
  return insns.flatMap(({ code, src, imm }, insn) => {
    if (code !== CALL || src !== PSEUDO_CALL.KFUNC) return [];
    if (unresolved.some((reference) => reference.insn === insn)) return [];
    const reason = 'calls of kernel functions are not supported';
    return [{ kind: 'kfunc', name: `BTF id ${imm}`, section, insn, reason } as const];
  });
}
