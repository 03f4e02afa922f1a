/** Writes instructions by the key of their row, with jumps and calls to labels. */
import { type Insn, rowByKey } from '../../src/isa/index.ts';
import { PSEUDO_LD } from '../../src/uapi/bpf.ts';

export interface Label {
  /** Slot; -1 until it is placed. */
  pc: number;
}

interface Fixup {
  readonly at: number;
  readonly label: Label;
  readonly field: 'off' | 'imm';
}

type Operands = Partial<Omit<Insn, 'code'>>;

export class ProgramWriter {
  readonly #insns: Insn[] = [];
  readonly #fixups: Fixup[] = [];

  get length(): number {
    return this.#insns.length;
  }

  /** The row's fixed fields are filled in. */
  emit(key: string, operands: Operands = {}): void {
    const row = rowByKey(key);
    if (!row) throw new RangeError(`the table has no row '${key}'`);
    const field = (name: 'dst' | 'src' | 'off' | 'imm'): number => {
      const fixed = row.fields[name];
      return fixed === 'free' ? (operands[name] ?? 0) : fixed;
    };
    this.#insns.push({
      code: row.code,
      dst: field('dst'),
      src: field('src'),
      off: field('off'),
      imm: field('imm'),
    });
  }

  /** A jump, a bpf-to-bpf call, gotol or may_goto. */
  jump(key: string, label: Label, operands: Operands = {}): void {
    const field = key === 'gotol' || key === 'call_bpf' ? 'imm' : 'off';
    this.#fixups.push({ at: this.#insns.length, label, field });
    this.emit(key, operands);
  }

  place(label: Label): void {
    label.pc = this.#insns.length;
  }

  constant(dst: number, value: bigint): void {
    this.#imm64(dst, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  map(dst: number, index: number): void {
    this.#imm64(dst, PSEUDO_LD.MAP_FD, index, 0);
  }

  mapValue(dst: number, index: number, offset: number): void {
    this.#imm64(dst, PSEUDO_LD.MAP_VALUE, index, offset);
  }

  callback(dst: number, label: Label): void {
    this.#fixups.push({ at: this.#insns.length, label, field: 'imm' });
    this.#imm64(dst, PSEUDO_LD.FUNC, 0, 0);
  }

  #imm64(dst: number, src: number, low: number, high: number): void {
    this.#insns.push(
      { code: 0x18, dst, src, off: 0, imm: low },
      { code: 0, dst: 0, src: 0, off: 0, imm: high },
    );
  }

  finish(): readonly Insn[] {
    const insns = [...this.#insns];
    for (const { at, label, field } of this.#fixups) {
      if (label.pc < 0) throw new RangeError(`the label that insn ${at} names is nowhere`);
      insns[at] = { ...(insns[at] as Insn), [field]: label.pc - at - 1 };
    }
    return insns;
  }
}
