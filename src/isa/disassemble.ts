/** Instructions as text, in the syntax of Linux 6.18's verifier log. */
import type { Insn } from './insn.ts';
import type { AtomicRow, InsnRow, LoadImm64Row, Size } from './row.ts';
import { ROWS, rowOf, rowsOfCode } from './table.ts';

export interface DisassembleOptions {
  /** Name of a helper by id, with its bpf_ prefix; `unknown` is printed where there is none. */
  helperName?(id: number): string | undefined;
  /** Name of a kfunc by BTF id and fd index; `kernel-function` is printed where there is none. */
  kfuncName?(btfId: number, fdIndex: number): string | undefined;
  /** What to print between the brackets of `map[...]`: the map's name by what `imm` holds. */
  mapName?(imm: number, row: LoadImm64Row): string | undefined;
  /** Name of the slot that a jump, a call or a `func` load names, printed in place of `pc+N`. */
  symbol?(pc: number): string | undefined;
  /** Print the opcode byte, `(bf)`, as the log does. Without it a 64-bit constant ends in ` ll`. Default true. */
  readonly opcodes?: boolean;
}

const signed = (value: number): string => (value < 0 ? `${value}` : `+${value}`);
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const type = (size: Size, signExtend = false): string => `${signExtend ? 's' : 'u'}${size * 8}`;

function target(pc: number, offset: number, options: DisassembleOptions): string {
  return options.symbol?.(pc + 1 + offset) ?? `pc${signed(offset)}`;
}

function formatAtomic(row: AtomicRow, { dst, src, off }: Insn): string {
  const wide = row.size === 8 ? '64' : '';
  const place = (register: number): string => `(${type(row.size)} *)(r${register} ${signed(off)})`;
  switch (row.op) {
    case 'load_acquire':
      return `r${dst} = load_acquire(${place(src)})`;
    case 'store_release':
      return `store_release(${place(dst)}, r${src})`;
    case 'xchg':
      return `r${src} = atomic${wide}_xchg(${place(dst)}, r${src})`;
    case 'cmpxchg':
      return `r0 = atomic${wide}_cmpxchg(${place(dst)}, r0, r${src})`;
    default: {
      if (row.fetch) return `r${src} = atomic${wide}_fetch_${row.op}(${place(dst)}, r${src})`;
      const infix = { add: '+=', or: '|=', and: '&=', xor: '^=' }[row.op];
      return `lock *${place(dst)} ${infix} r${src}`;
    }
  }
}

function formatImm64(
  row: LoadImm64Row,
  pc: number,
  low: number,
  high: number,
  options: DisassembleOptions,
): string {
  const map = (): string => options.mapName?.(low, row) ?? String(low);
  switch (row.pseudo) {
    case 'imm': {
      const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      return `0x${value.toString(16)}${options.opcodes === false ? ' ll' : ''}`;
    }
    case 'map_fd':
      return `map[${map()}]`;
    case 'map_value':
      return `map[${map()}][0]${signed(high)}`;
    case 'map_idx':
      return `map_idx[${map()}]`;
    case 'map_idx_value':
      return `map_idx[${map()}][0]${signed(high)}`;
    case 'btf_id':
      return high === 0 ? `btf[${low}]` : `btf[${low}][${high}]`;
    case 'func':
      return `func ${target(pc, low, options)}`;
  }
}

function formatCall({ src, off, imm }: Insn, pc: number, options: DisassembleOptions): string {
  if (src === 1) return `call ${target(pc, imm, options)}`;
  if (src !== 2) return `call ${(src === 0 ? options.helperName?.(imm) : undefined) ?? 'unknown'}#${imm}`;
  const name = options.kfuncName?.(imm, off) ?? 'kernel-function';
  return `call ${name}#${imm}${off === 0 ? '' : ` fd_idx ${off}`}`;
}

function formatRow(row: InsnRow, insn: Insn, pc: number, high: number, options: DisassembleOptions): string {
  const { dst, src, off, imm } = insn;
  switch (row.shape) {
    case 'alu': {
      const letter = row.width === 32 ? 'w' : 'r';
      if (row.name === 'neg') return `${letter}${dst} = -${letter}${dst}`;
      if (row.name === 'movsx') return `${letter}${dst} = (s${off})${letter}${src}`;
      // The size is printed as it stands: the log shows an illegal one before it refuses it.
      if (row.source === 'none') return `r${dst} = ${row.name}${imm} r${dst}`;
      return `${letter}${dst} ${row.infix} ${row.source === 'reg' ? `${letter}${src}` : imm}`;
    }
    case 'jump': {
      const letter = row.width === 32 ? 'w' : 'r';
      const right = row.source === 'reg' ? `${letter}${src}` : hex(imm);
      return `if ${letter}${dst} ${row.infix} ${right} goto ${target(pc, off, options)}`;
    }
    case 'ja':
      return row.offset === 'off' ? `goto ${target(pc, off, options)}` : `gotol ${target(pc, imm, options)}`;
    case 'mayGoto':
      return `may_goto ${target(pc, off, options)}`;
    case 'load':
      return `r${dst} = *(${type(row.size, row.signExtend)} *)(r${src} ${signed(off)})`;
    case 'store':
      return `*(${type(row.size)} *)(r${dst} ${signed(off)}) = ${row.source === 'reg' ? `r${src}` : imm}`;
    case 'atomic':
      return formatAtomic(row, insn);
    case 'loadImm64':
      return `r${dst} = ${formatImm64(row, pc, imm, high, options)}`;
    case 'call':
      return formatCall(insn, pc, options);
    case 'exit':
      return 'exit';
    case 'loadAbs':
      return `r0 = *(${type(row.size)} *)skb[${imm}]`;
    case 'loadInd':
      return `r0 = *(${type(row.size)} *)skb[r${src} + ${imm}]`;
    case 'addrSpaceCast':
      return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
  }
}

/** The row to print an illegal instruction by: same opcode, and the same selecting field where possible. */
function nearestRow(insn: Insn): InsnRow | undefined {
  const rows = rowsOfCode(insn.code);
  const sample = rows[0];
  if (sample?.shape === 'atomic') {
    const row = ROWS.find((one) => one.shape === 'atomic' && one.fields.imm === insn.imm);
    return row?.shape === 'atomic' ? { ...row, size: sample.size } : undefined;
  }
  return (
    rows.find(({ fields }) => fields.off !== 'free' && fields.off === insn.off && fields.src !== 0) ??
    rows.find(({ fields }) => fields.off === insn.off) ??
    rows[0]
  );
}

/**
 * One instruction, `(bf) r1 = r10`; also an illegal one as far as its opcode is known, else `BUG_ff`.
 * @param pc its slot; a ld_imm64 reads the next one too.
 */
export function formatInsn(insns: readonly Insn[], pc: number, options: DisassembleOptions = {}): string {
  const insn = insns[pc];
  if (insn === undefined) return '';
  const code = insn.code.toString(16).padStart(2, '0');
  const row = rowOf(insn) ?? nearestRow(insn);
  const text = row ? formatRow(row, insn, pc, insns[pc + 1]?.imm ?? 0, options) : `BUG_${code}`;
  return options.opcodes === false ? text : `(${code}) ${text}`;
}

/** One line an instruction, `3: (bf) r1 = r10`, the number being its slot. {@link assemble} reads these lines back. */
export function disassemble(insns: readonly Insn[], options: DisassembleOptions = {}): string[] {
  const lines: string[] = [];
  for (let pc = 0; pc < insns.length; pc++) {
    lines.push(`${pc}: ${formatInsn(insns, pc, options)}`);
    if (insns[pc]?.code === 0x18) pc++;
  }
  return lines;
}
