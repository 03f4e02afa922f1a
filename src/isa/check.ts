/** Why an instruction or a program is illegal before anything is known about values; in the kernel log's words. */
import { BPF_CLASS, type Insn } from './insn.ts';
import type { InsnRow } from './row.ts';
import { rowOf, rowsOfCode } from './table.ts';

const hex2 = (value: number): string => value.toString(16).padStart(2, '0');

/** The kernel's name for the group of opcodes whose reserved fields are set. */
function reservedName(rows: readonly InsnRow[], { code }: Insn): string {
  const row = rows[0];
  switch (row?.shape) {
    case 'alu':
    case 'addrSpaceCast':
      if (row.name === 'mov') return 'BPF_MOV';
      if (row.name === 'neg') return 'BPF_NEG';
      return row.name === 'le' || row.name === 'be' || row.name === 'bswap' ? 'BPF_END' : 'BPF_ALU';
    case 'jump':
      return 'BPF_JMP/JMP32';
    case 'ja':
      return 'BPF_JA';
    case 'call':
      return 'BPF_CALL';
    case 'exit':
      return 'BPF_EXIT';
    case 'loadImm64':
      return 'BPF_LD_IMM64';
    case 'loadAbs':
    case 'loadInd':
      return 'BPF_LD_[ABS|IND]';
    default:
      return `BPF_${(Object.keys(BPF_CLASS)[code & 7] ?? '').toUpperCase()}`;
  }
}

function refusal(rows: readonly InsnRow[], insn: Insn): string {
  const { code, dst, src, off, imm } = insn;
  const shape = rows[0]?.shape;
  // The kernel looks at the mode of a LDX (bits 5-7) before it looks for the opcode.
  if (shape === undefined && (code & 7) === BPF_CLASS.LDX && code >> 5 !== 4)
    return 'BPF_LDX uses reserved fields';
  if (shape === undefined) return `unknown opcode ${hex2(code)}`;
  if (shape === 'loadImm64' && src > 6) return 'unrecognized bpf_ld_imm64 insn';
  if (shape === 'mayGoto') return `invalid may_goto off ${off} imm ${imm}`;
  if (shape === 'atomic' && !rows.some(({ fields }) => fields.imm === imm)) {
    return `BPF_ATOMIC uses invalid atomic opcode ${hex2(imm >>> 0)}`;
  }
  // A register that does not exist is the reason when the instruction would be fine with another one.
  if (rowOf({ ...insn, dst: Math.min(dst, 10), src: Math.min(src, 10) }) !== undefined) {
    return `R${src > 10 ? src : dst} is invalid`;
  }
  return `${reservedName(rows, insn)} uses reserved fields`;
}

/**
 * What the verifier refuses only where it gets to, and so lets stand in dead code: a write to r10, a constant divisor of
 * 0, a constant shift past the width, a cast between address spaces that do not exist.
 */
export function refusedWhenReached(row: InsnRow, { dst, src, imm }: Insn): string | undefined {
  if (dst === 10 && (row.dstUse === 'write' || row.dstUse === 'readWrite'))
    return 'frame pointer is read only';
  if (row.shape === 'atomic' && row.result === 'src' && src === 10) return 'frame pointer is read only';
  if (row.shape === 'alu' && row.source === 'imm') {
    if (imm === 0 && /div|mod/.test(row.name)) return 'div by zero';
    if (/sh/.test(row.name) && (imm < 0 || imm >= row.width)) return `invalid shift ${imm}`;
  }
  if (row.shape === 'addrSpaceCast' && imm !== 1 && imm !== 0x10000) {
    return 'addr_space_cast insn can only convert between address space 1 and 0';
  }
  return undefined;
}

/**
 * Says why slot `pc` is illegal by itself (opcode, reserved fields, registers, constant divisor or shift), or undefined.
 * The second slot of a ld_imm64 is judged with its first one.
 */
export function checkInsn(insns: readonly Insn[], pc: number): string | undefined {
  const insn = insns[pc];
  const row = insn && rowOf(insn);
  return malformed(insns, pc) ?? (insn && row && refusedWhenReached(row, insn));
}

function malformed(insns: readonly Insn[], pc: number): string | undefined {
  const insn = insns[pc];
  if (insn === undefined) return `no instruction ${pc}`;
  const row = rowOf(insn);
  if (row === undefined) return refusal(rowsOfCode(insn.code), insn);
  if (row.shape === 'loadImm64') {
    const high = insns[pc + 1];
    if (high?.code !== 0 || high.dst !== 0 || high.src !== 0 || high.off !== 0) {
      return 'invalid bpf_ld_imm64 insn';
    }
    if ((row.pseudo === 'map_fd' || row.pseudo === 'map_idx') && high.imm !== 0) {
      return 'unrecognized bpf_ld_imm64 insn';
    }
  }
  return undefined;
}

/** The slot that a jump, a call of a subprogram or a `func` load at `pc` names; undefined for everything else. */
export function targetOf(row: InsnRow, { off, imm }: Insn, pc: number): number | undefined {
  switch (row.shape) {
    case 'jump':
    case 'mayGoto':
      return pc + 1 + off;
    case 'ja':
      return pc + 1 + (row.offset === 'off' ? off : imm);
    case 'call':
      return row.callee === 'bpf' ? pc + 1 + imm : undefined;
    case 'loadImm64':
      return row.pseudo === 'func' ? pc + 1 + imm : undefined;
    default:
      return undefined;
  }
}

export interface IllegalInsn {
  readonly pc: number;
  readonly reason: string;
}

function checkTargets(insns: readonly Insn[], subprogs: readonly number[]): IllegalInsn | undefined {
  for (let sub = 0; sub < subprogs.length; sub++) {
    const start = subprogs[sub] ?? 0;
    const end = subprogs[sub + 1] ?? insns.length;
    let falls = true;
    for (let pc = start; pc < end; pc++) {
      const insn = insns[pc];
      const row = insn && rowOf(insn);
      if (insn === undefined || row === undefined) continue; // second slot of a ld_imm64
      falls = row.shape !== 'exit' && row.shape !== 'ja';
      const target = targetOf(row, insn, pc);
      if (row.shape === 'loadImm64') pc++;
      if (target === undefined) continue;
      if (row.shape === 'call' || row.shape === 'loadImm64') {
        if (!subprogs.includes(target)) return { pc, reason: `no subprogram starts at insn ${target}` };
      } else if (target < start || target >= end) {
        return { pc, reason: `jump out of range from insn ${pc} to ${target}` };
      } else if (target > 0 && insns[target]?.code === 0) {
        return { pc, reason: `jump into the middle of ldimm64 insn ${target - 1}` };
      }
    }
    if (falls) return { pc: end - 1, reason: 'last insn is not an exit or jmp' };
  }
  return undefined;
}

/**
 * The first reason why a program cannot be compiled, or undefined: a malformed instruction, a jump that leaves its
 * subprogram or enters a ld_imm64, a call to no subprogram, an end that falls through. `subprogs` are the first slots,
 * ascending. What {@link refusedWhenReached} names is no reason.
 */
export function checkInsns(
  insns: readonly Insn[],
  subprogs: readonly number[] = [0],
): IllegalInsn | undefined {
  if (insns.length === 0) return { pc: 0, reason: 'no instructions' };
  for (let pc = 0; pc < insns.length; pc++) {
    const reason = malformed(insns, pc);
    if (reason !== undefined) return { pc, reason };
    if (insns[pc]?.code === 0x18) {
      pc++;
      if (subprogs.includes(pc)) return { pc, reason: 'a subprogram starts in the middle of a ldimm64 insn' };
    }
  }
  return checkTargets(insns, subprogs);
}
