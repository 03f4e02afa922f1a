/** A program as the records that the interpreter's loop reads. */
import { InternalError, UnsupportedError, VerifierError } from '../../errors.ts';
import {
  checkInsns,
  type Insn,
  type InsnRow,
  type LoadImm64Row,
  refusedWhenReached,
  rowOf,
  targetOf,
} from '../../isa/index.ts';
import { addressOf } from '../address.ts';
import type { EngineEnv, EngineProgram } from '../types.ts';
import { RECORD_DST, RECORD_OFFSET, RECORD_OPERAND, RECORD_SIZE, RECORD_SRC } from './state.ts';

const EXIT = rowOf({ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 })?.id ?? 0;

/** The 64-bit constant that a ld_imm64 loads. */
function resolveImm64(
  { pseudo }: LoadImm64Row,
  pc: number,
  { insns, subprogs }: EngineProgram,
  env: EngineEnv,
): bigint {
  if (pseudo === 'imm') return (BigInt(insns[pc + 1]?.imm ?? 0) << 32n) | BigInt((insns[pc]?.imm ?? 0) >>> 0);
  const subprogAt = (slot: number): number | undefined => {
    const index = subprogs.indexOf(slot);
    return index < 0 ? undefined : index;
  };
  return BigInt(addressOf(pseudo, insns, pc, env, subprogAt));
}

function operandOf(row: InsnRow, insn: Insn, pc: number, program: EngineProgram, env: EngineEnv): bigint {
  if (row.shape === 'loadImm64') return resolveImm64(row, pc, program, env);
  return BigInt(insn.imm);
}

function offsetOf(row: InsnRow, insn: Insn, pc: number): number {
  return row.shape === 'loadImm64' ? 0 : (targetOf(row, insn, pc) ?? insn.off);
}

/**
 * @throws {@link VerifierError} where an instruction is illegal or names what is not there, {@link UnsupportedError} for
 *   kfuncs, kernel variables and the arena.
 */
export function translate(program: EngineProgram, env: EngineEnv): Uint8Array {
  const { insns, subprogs } = program;
  const illegal = checkInsns(insns, subprogs);
  if (illegal) throw new VerifierError(illegal.pc, illegal.reason, { errno: 'EINVAL' });
  const bytes = new Uint8Array(insns.length * RECORD_SIZE);
  const view = new DataView(bytes.buffer);
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc];
    const row = insn && rowOf(insn);
    if (insn === undefined || row === undefined) throw new InternalError(`insn ${pc} has no row`);
    const unreachable = refusedWhenReached(row, insn) !== undefined;
    if (!unreachable) refuse(row, insn, pc, env);
    const at = pc * RECORD_SIZE;
    // The loop leaves an exit to the interpreter, which sees what it really is.
    view.setUint16(at, unreachable ? EXIT : row.id, true);
    view.setUint8(at + RECORD_DST, insn.dst * 8);
    view.setUint8(at + RECORD_SRC, insn.src * 8);
    view.setInt32(at + RECORD_OFFSET, offsetOf(row, insn, pc), true);
    view.setBigInt64(at + RECORD_OPERAND, operandOf(row, insn, pc, program, env), true);
    if (row.shape === 'loadImm64') pc++;
  }
  return bytes;
}

function refuse(row: InsnRow, { imm }: Insn, pc: number, env: EngineEnv): void {
  if (row.shape === 'addrSpaceCast')
    throw new UnsupportedError('addr_space_cast', `insn ${pc} casts an arena pointer`);
  if (row.shape !== 'call') return;
  if (row.callee === 'kfunc') throw new UnsupportedError(`kfunc #${imm}`, `insn ${pc} calls it`);
  if (row.callee !== 'helper') return;
  const helper = env.helpers.get(imm);
  if (helper === undefined) throw new VerifierError(pc, `unknown func unknown#${imm}`, { errno: 'EINVAL' });
  if ('missing' in helper.call)
    throw new UnsupportedError(helper.name, `insn ${pc} calls it: ${helper.call.missing}`);
}
