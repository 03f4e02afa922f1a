/** A linked program with its type, functions, source lines and open references. */

import { type Btf, type BtfExt, coreReloKind, describeCoreRelo } from '../btf/index.ts';
import { INSN_SIZE } from '../isa/index.ts';
import { matchSection } from '../prog-types/index.ts';
import type { CodeFunction } from './functions.ts';
import type { Linked, Placed } from './link.ts';
import type { FuncInfo, LineInfo, LineSpec, ProgramSpec, UnresolvedReference } from './spec.ts';

export interface DebugInfo {
  readonly btf: Btf;
  readonly ext: BtfExt;
}

export function programSpec(main: CodeFunction, linked: Linked, debug: DebugInfo | undefined): ProgramSpec {
  const section = main.section.name;
  const match = matchSection(section);
  const unresolved: UnresolvedReference[] = [...linked.unresolved];
  if (!match) {
    unresolved.push({
      kind: 'prog_type',
      name: section,
      section,
      insn: -1,
      reason: 'no SEC() name that libbpf knows',
    });
  }
  const info = debug && debugInfo(linked.placed, debug);
  unresolved.push(...(debug ? coreReferences(linked.placed, debug) : []));
  return {
    name: main.name,
    section,
    progType: match?.progType,
    attachType: match?.attachType,
    attachTarget: match?.attachTarget ?? '',
    flags: match?.flags ?? 0,
    autoload: !section.startsWith('?'),
    insns: linked.insns,
    functions: linked.placed.map(({ code, pc }, index) => ({
      name: code.name,
      pc,
      btfId: info?.funcIds[index] ?? 0,
      global: code.global && !code.hidden,
    })),
    lines: info?.lines ?? [],
    ...(info && info.funcInfo.length > 0 ? { funcInfo: info.funcInfo, lineInfo: info.lineInfo } : {}),
    unresolved: unresolved.sort((a, b) => a.insn - b.insn),
  };
}

interface ProgramInfo {
  readonly funcIds: readonly number[];
  /** Empty when a function has none: the kernel wants all or nothing. */
  readonly funcInfo: readonly FuncInfo[];
  readonly lineInfo: readonly LineInfo[];
  readonly lines: readonly LineSpec[];
}

function debugInfo(placed: readonly Placed[], { btf, ext }: DebugInfo): ProgramInfo {
  const funcIds: number[] = [];
  const lineInfo: LineInfo[] = [];
  const lines: LineSpec[] = [];
  for (const { code, pc } of placed) {
    const funcs = within(ext.funcs.get(code.section.name), code);
    funcIds.push(funcs.find(({ insnOff }) => insnOff === code.start * INSN_SIZE)?.typeId ?? 0);
    for (const record of within(ext.lines.get(code.section.name), code)) {
      const insnOff = pc + record.insnOff / INSN_SIZE - code.start;
      lineInfo.push({ ...record, insnOff });
      lines.push({
        pc: insnOff,
        file: btf.string(record.fileNameOff),
        line: record.lineCol >>> 10,
        column: record.lineCol & 0x3ff,
        text: btf.string(record.lineOff).trim(),
      });
    }
  }
  const funcInfo = placed.map(({ pc }, index) => ({ insnOff: pc, typeId: funcIds[index] ?? 0 }));
  return { funcIds, funcInfo: funcIds.includes(0) ? [] : funcInfo, lineInfo, lines };
}

/** The records of a section (ascending) that lie in a function, at whole instructions. */
function within<T extends { readonly insnOff: number }>(
  records: readonly T[] | undefined,
  code: CodeFunction,
): T[] {
  if (!records) return [];
  const from = code.start * INSN_SIZE;
  const end = from + code.length * INSN_SIZE;
  let low = 0;
  for (let high = records.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (records[middle]!.insnOff < from) low = middle + 1;
    else high = middle;
  }
  const found: T[] = [];
  for (let record = records[low]; record && record.insnOff < end; record = records[++low]) {
    if (record.insnOff % INSN_SIZE === 0) found.push(record);
  }
  return found;
}

/** All CO-RE relocations but local type ids, which the compiler filled in already. */
function coreReferences(placed: readonly Placed[], { btf, ext }: DebugInfo): UnresolvedReference[] {
  return placed.flatMap(({ code, pc }) =>
    within(ext.coreRelos.get(code.section.name), code)
      .filter((relo) => coreReloKind(relo) !== 'local_type_id')
      .map((relo) => ({
        kind: 'core' as const,
        name: describeCoreRelo(btf, relo),
        section: code.section.name,
        insn: pc + relo.insnOff / INSN_SIZE - code.start,
        reason: 'a CO-RE relocation, which needs the BTF of a kernel',
      })),
  );
}
