/** Instruction bytes to slots, without judging them: what the isa room decodes is one `Insn` a slot. */
import type { Insn } from '../isa/insn.ts';

export const INSN_SIZE = 8;
const BPF_LD_IMM64 = 0x18;
const BPF_CALL = 0x85;

/** Whether the slot starts a ld_imm64, which takes the next one too. */
export function isLdImm64(insn: Insn): boolean {
  return insn.code === BPF_LD_IMM64;
}

export function isCall(insn: Insn): boolean {
  return insn.code === BPF_CALL;
}

/** `bytes` holds whole slots, little endian; a rest of fewer than 8 bytes is the caller's to refuse. */
export function readSlots(bytes: Uint8Array): Insn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at + INSN_SIZE <= bytes.length; at += INSN_SIZE) {
    const registers = view.getUint8(at + 1);
    insns.push({
      code: view.getUint8(at),
      dst: registers & 15,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    });
  }
  return insns;
}
