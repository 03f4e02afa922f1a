/**
 * Assembly text to instructions. The syntax is the verifier log's; beyond it:
 *
 *   loop:  if r1 > 3 goto loop      labels; a program of several functions is several labels
 *   call bpf_map_lookup_elem        a helper by name (#1, bpf_map_lookup_elem#1), call label: a subprogram
 *   call kernel-function#77         a kfunc by BTF id, `fd_idx 2` after it where it lies in a module
 *   r1 = 0x1122334455667788 ll      ld_imm64, also without ` ll` where 32 bits are too few
 *   r1 = map[flows]                 a map's header; map[0] by number
 *   r1 = map[flows][0]+8            byte 8 of its first value; map_idx[0], map_idx[0][0]+8: by fd_array index
 *   r1 = btf[5]   r2 = func label   a kernel variable by BTF id; the address of a subprogram, for callbacks
 *
 * Statements end at a newline or `;`. `//`, and `#` at the start of a statement, begin a comment. Lines of a log
 * (`3: (bf) r1 = r10 ; R1=fp0`) are taken as they are; an opcode in parentheses must be the one the text encodes to.
 */
import { AsmError } from '../errors.ts';
import { type Names, readStatement } from './grammar.ts';
import type { Insn } from './insn.ts';
import { LABEL, type Target } from './operands.ts';
import type { InsnRow } from './row.ts';
import { createScanner, type Scanner, splitStatements } from './scanner.ts';

export interface AssembleOptions {
  /** Id of a helper by its name with the bpf_ prefix. */
  helperId?(name: string): number | undefined;
  /** BTF id of a kfunc. */
  kfuncId?(name: string): number | undefined;
  /** What `imm` holds for a map that is named in `map[...]`. */
  mapIndex?(name: string): number | undefined;
}

export interface Assembly {
  readonly insns: readonly Insn[];
  /** Slot of each label. */
  readonly labels: ReadonlyMap<string, number>;
}

interface Pending {
  readonly pc: number;
  readonly field: 'off' | 'imm';
  readonly target: Target;
  readonly scanner: Scanner;
}

function labelOf(scanner: Scanner): string | undefined {
  const start = scanner.position();
  const name = scanner.match(LABEL)?.[0];
  if (name !== undefined && scanner.eat(':')) return name;
  scanner.rewind(start);
  return undefined;
}

function slotOf({ code, fields: fixed }: InsnRow, free: Partial<Insn>): Insn {
  const field = (name: keyof typeof fixed): number => {
    const value = fixed[name];
    return value === 'free' ? (free[name] ?? 0) : value;
  };
  return { code, dst: field('dst'), src: field('src'), off: field('off'), imm: field('imm') };
}

/** Like {@link assemble}, with the labels. */
export function assembleWithLabels(text: string, options: AssembleOptions = {}): Assembly {
  const insns: Insn[] = [];
  const labels = new Map<string, number>();
  const pending: Pending[] = [];
  const statements = splitStatements(text);
  const known = new Set<string>();
  for (const statement of statements) {
    const label = labelOf(createScanner(statement));
    if (label !== undefined) known.add(label);
  }
  const names: Names = { ...options, isLabel: (name) => known.has(name) };
  for (const statement of statements) {
    const scanner = createScanner(statement);
    for (let label = labelOf(scanner); label !== undefined; label = labelOf(scanner)) {
      if (labels.has(label)) scanner.fail(`label '${label}' is there already`, 0);
      if (/^[rw](10|[0-9])$/.test(label)) scanner.fail(`'${label}' is a register and cannot be a label`, 0);
      labels.set(label, insns.length);
    }
    if (scanner.atEnd()) continue;
    const { row, fields, high, aim } = readStatement(scanner, names);
    if (aim) pending.push({ pc: insns.length, ...aim, scanner });
    insns.push(slotOf(row, fields));
    if (row.shape === 'loadImm64') insns.push({ code: 0, dst: 0, src: 0, off: 0, imm: high });
    if (!scanner.atEnd()) scanner.fail(`unexpected ${scanner.rest()}`, scanner.position());
  }
  for (const { pc, field, target, scanner } of pending) {
    const offset =
      target.kind === 'relative' ? target.offset : (labels.get(target.label) ?? Number.NaN) - pc - 1;
    if (Number.isNaN(offset)) {
      scanner.fail(`there is no label '${target.kind === 'label' ? target.label : ''}'`, target.position);
    }
    const limit = field === 'off' ? 0x8000 : 0x80000000;
    if (offset < -limit || offset >= limit)
      scanner.fail(`offset ${offset} does not fit the instruction`, target.position);
    const insn = insns[pc];
    if (insn) insns[pc] = { ...insn, [field]: offset };
  }
  const lost = [...labels].find(([, pc]) => pc >= insns.length);
  if (lost) throw new AsmError(text.split('\n').length, 1, `label '${lost[0]}' has no instruction`);
  return { insns, labels };
}

/** @throws {@link AsmError} with line and column of the first word that is wrong. */
export function assemble(text: string, options: AssembleOptions = {}): Insn[] {
  return [...assembleWithLabels(text, options).insns];
}
