/** What linking must tell apart among instructions. */
import type { Insn } from '../isa/index.ts';

const BPF_LD_IMM64 = 0x18;
const BPF_CALL = 0x85;

/** Whether the slot starts a ld_imm64, which takes the next one too. */
export function isLdImm64(insn: Insn): boolean {
  return insn.code === BPF_LD_IMM64;
}

export function isCall(insn: Insn): boolean {
  return insn.code === BPF_CALL;
}
