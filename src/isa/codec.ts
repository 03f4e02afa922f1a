/** Instruction bytes to slots and back (little endian). */
import { VerifierError } from '../errors.ts';
import type { Insn } from './insn.ts';

export const INSN_SIZE = 8;

/**
 * Decodes every 8-byte slot; does not judge them (see {@link checkInsns}).
 * @throws {@link VerifierError} (EINVAL) when the bytes are no whole number of slots, with the slot that is cut.
 */
export function decode(bytes: Uint8Array): Insn[] {
  const count = Math.floor(bytes.length / INSN_SIZE);
  if (count * INSN_SIZE !== bytes.length) {
    const rule = `${bytes.length % INSN_SIZE} bytes left, an instruction has ${INSN_SIZE}`;
    throw new VerifierError(count, rule, { errno: 'EINVAL' });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns = new Array<Insn>(count);
  for (let pc = 0; pc < count; pc++) {
    const at = pc * INSN_SIZE;
    const registers = view.getUint8(at + 1);
    insns[pc] = {
      code: view.getUint8(at),
      dst: registers & 0xf,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    };
  }
  return insns;
}

/** @throws {@link VerifierError} (EINVAL) naming the slot and the field that does not fit. `imm` may be s32 or u32. */
export function encode(insns: readonly Insn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * INSN_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [pc, { code, dst, src, off, imm }] of insns.entries()) {
    const at = pc * INSN_SIZE;
    const fits = (field: string, value: number, low: number, high: number): number => {
      if (Number.isInteger(value) && value >= low && value <= high) return value;
      throw new VerifierError(pc, `${field} ${value} is not in ${low}..${high}`, { errno: 'EINVAL' });
    };
    view.setUint8(at, fits('code', code, 0, 0xff));
    view.setUint8(at + 1, fits('dst', dst, 0, 15) | (fits('src', src, 0, 15) << 4));
    view.setInt16(at + 2, fits('off', off, -0x8000, 0x7fff), true);
    view.setInt32(at + 4, fits('imm', imm, -0x80000000, 0xffffffff), true);
  }
  return bytes;
}
