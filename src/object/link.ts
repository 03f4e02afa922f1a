/**
 * Static linking of one program: its own instructions, followed by each subprogram it reaches, once, in the order in
 * which libbpf appends them (depth first, by instruction), with calls, function addresses, maps and variables resolved.
 */
import type { ElfSymbol } from '../elf/index.ts';
import { SHN, STT } from '../elf/index.ts';
import { ObjectError, RelocationError } from '../errors.ts';
import { INSN_SIZE, type Insn } from '../isa/index.ts';
import { PSEUDO_CALL, PSEUDO_LD } from '../uapi/bpf.ts';
import type { Code, CodeFunction } from './functions.ts';
import { isCall, isLdImm64 } from './slots.ts';
import type { UnresolvedReference } from './spec.ts';

/** BPF_MAX_SUBPROGS. */
const MAX_FUNCTIONS = 256;
/** Slots of all programs of an object together: four times what the kernel lets one program have. */
const MAX_SLOTS = 4_000_000;

/** What a symbol outside the code stands for. */
export type SymbolTarget =
  | { readonly kind: 'map'; readonly map: number }
  | { readonly kind: 'data'; readonly map: number; readonly offset: number }
  | { readonly kind: 'unresolved'; readonly reference: Pick<UnresolvedReference, 'kind' | 'reason'> };

export type ResolveSymbol = (symbol: ElfSymbol, place: RelocationPlace) => SymbolTarget;

export interface RelocationPlace {
  readonly section: string;
  readonly insn: number;
  readonly symbol: string;
  /** What the instruction held before: the addend. */
  readonly imm: number;
}

/** A function inside the linked program. */
export interface Placed {
  readonly code: CodeFunction;
  readonly pc: number;
}

export interface Linked {
  readonly insns: readonly Insn[];
  readonly placed: readonly Placed[];
  readonly unresolved: readonly UnresolvedReference[];
}

/** A function with everything resolved that does not depend on where it comes to lie. */
interface Prepared {
  readonly insns: readonly Insn[];
  /** Instructions whose `imm` becomes the distance to another function. */
  readonly references: readonly { readonly insn: number; readonly callee: CodeFunction }[];
  readonly unresolved: readonly (UnresolvedReference & { readonly insn: number })[];
}

/** A linker keeps what it resolved for one program for the next; all share the object's budget. */
export function linker(code: Code, resolve: ResolveSymbol): (main: CodeFunction) => Linked {
  const prepared = new Map<CodeFunction, Prepared>();
  let slots = 0;
  const prepare = (fn: CodeFunction): Prepared => {
    const known = prepared.get(fn);
    if (known) return known;
    const fresh = prepareFunction(code, fn, resolve);
    prepared.set(fn, fresh);
    return fresh;
  };
  return (main) => {
    const insns: Insn[] = [];
    const placed = new Map<CodeFunction, number>();
    const unresolved: UnresolvedReference[] = [];
    const place = (fn: CodeFunction): Frame => {
      if (placed.size >= MAX_FUNCTIONS)
        throw new ObjectError(
          fn.section.name,
          `program '${main.name}' has more than ${MAX_FUNCTIONS} functions`,
        );
      slots += fn.length;
      if (slots > MAX_SLOTS)
        throw new ObjectError(
          fn.section.name,
          `the linked programs have more than ${MAX_SLOTS} instructions`,
        );
      const body = prepare(fn);
      const pc = insns.length;
      placed.set(fn, pc);
      for (const insn of body.insns) insns.push(insn);
      for (const entry of body.unresolved) unresolved.push({ ...entry, insn: pc + entry.insn });
      return { body, pc, next: 0 };
    };
    const stack = [place(main)];
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const reference = frame.body.references[frame.next++];
      if (!reference) {
        stack.pop();
        continue;
      }
      if (!placed.has(reference.callee)) stack.push(place(reference.callee));
      const at = frame.pc + reference.insn;
      insns[at] = { ...insns[at]!, imm: placed.get(reference.callee)! - at - 1 };
    }
    return { insns, placed: [...placed].map(([fn, pc]) => ({ code: fn, pc })), unresolved };
  };
}

interface Frame {
  readonly body: Prepared;
  readonly pc: number;
  next: number;
}

function prepareFunction(code: Code, fn: CodeFunction, resolve: ResolveSymbol): Prepared {
  const insns = fn.insns.slice();
  const references: { insn: number; callee: CodeFunction }[] = [];
  const unresolved: UnresolvedReference[] = [];
  for (let index = 0; index < insns.length; index++) {
    const insn = insns[index]!;
    const symbol = fn.symbols.get(fn.start + index);
    if (!symbol && !(isCall(insn) && insn.src === PSEUDO_CALL.CALL)) {
      if (isLdImm64(insn)) index++;
      continue;
    }
    const place = {
      section: fn.section.name,
      insn: fn.start + index,
      symbol: symbol?.name ?? '',
      imm: insn.imm,
    };
    const callee = calleeOf(code, fn, index, symbol, place);
    if (callee) {
      references.push({ insn: index, callee });
      if (isLdImm64(insn)) insns[index] = { ...insn, src: PSEUDO_LD.FUNC };
      if (isLdImm64(insn)) insns[++index] = { ...insns[index]!, imm: 0 };
      continue;
    }
    const target = resolve(symbol!, place);
    if (target.kind === 'unresolved') {
      unresolved.push({ ...target.reference, name: place.symbol, section: place.section, insn: index });
      if (isLdImm64(insn)) index++;
      continue;
    }
    if (index + 1 >= insns.length)
      throw new RelocationError(place, 'the second half of the ld_imm64 is missing');
    const isMap = target.kind === 'map';
    insns[index] = { ...insn, src: isMap ? PSEUDO_LD.MAP_FD : PSEUDO_LD.MAP_VALUE, imm: target.map };
    index++;
    insns[index] = { ...insns[index]!, imm: isMap ? 0 : target.offset | 0 };
  }
  return { insns, references, unresolved };
}

/** The function that an instruction calls or takes the address of; undefined when its symbol is something else. */
function calleeOf(
  code: Code,
  fn: CodeFunction,
  index: number,
  symbol: ElfSymbol | undefined,
  place: RelocationPlace,
): CodeFunction | undefined {
  const insn = fn.insns[index]!;
  if (symbol && !isCall(insn) && !isLdImm64(insn)) {
    throw new RelocationError(
      place,
      `instruction 0x${insn.code.toString(16)} is neither a call nor a ld_imm64`,
    );
  }
  if (symbol && symbol.section === SHN.UNDEF) return undefined;
  const isCode = symbol === undefined || symbol.type === STT.FUNC || code.has(symbol.section);
  if (isCall(insn) && insn.src !== PSEUDO_CALL.CALL)
    throw new RelocationError(place, `a call with src_reg ${insn.src} takes no symbol`);
  if (!isCode) {
    if (isCall(insn)) throw new RelocationError(place, 'the called symbol is no function');
    return undefined;
  }
  // A call's addend counts slots from the next one, an address's counts bytes.
  const slot = isCall(insn)
    ? (symbol ? symbol.value / INSN_SIZE : fn.start + index) + insn.imm + 1
    : (symbol!.value + insn.imm) / INSN_SIZE;
  const section = symbol?.section ?? fn.section.index;
  const callee = code.at(section, slot);
  if (!callee) throw new RelocationError(place, `no function starts at slot ${slot} of section ${section}`);
  return callee;
}
