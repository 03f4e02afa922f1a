/**
 * One eBPF instruction slot, as `struct bpf_insn` lays it out (8 bytes, RFC 9669 section 3):
 *
 *   byte 0      byte 1          bytes 2-3   bytes 4-7
 *   opcode      src:4 | dst:4   offset s16  immediate s32        (little endian)
 *
 * A program is `readonly Insn[]`, one entry per slot, so that an index is the kernel log's instruction number.
 * ld_imm64 takes two slots; its second one has code 0 and carries the upper 32 bits in `imm`.
 */
export interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/** Instruction classes: the low three bits of `code`. */
export const BPF_CLASS = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;
