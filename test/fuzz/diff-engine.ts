/** The campaign of `npm run diff:engine`: random programs through the kernel and our engines, on the same inputs. */
import type { Insn } from '../../src/isa/index.ts';
import { keepSlots, slotsOf } from './delete-slots.ts';
import { type Answer, type DiffInput, randomInput } from './diff-case.ts';
import { generate } from './generate.ts';
import type { KernelEngine, KernelProgramRun } from './kernel-engine.ts';
import { type OurAnswer, OurEngines } from './our-engines.ts';
import { DIFF_TYPES, type DiffType } from './program-scope.ts';
import { random } from './random.ts';
import { shrinkList } from './shrink.ts';

export interface DiffProgram {
  readonly progType: DiffType;
  readonly insns: readonly Insn[];
  readonly wild: boolean;
  readonly inputs: readonly DiffInput[];
}

export interface Difference {
  readonly input: number;
  /** Names of the two engines; the kernel is `kernel`. */
  readonly engines: readonly [string, string];
  /** What each said, the same number of lines. */
  readonly said: readonly [Answer, Answer];
}

/** Why the kernel did not run it. */
export type KernelVerdict = 'accepted' | 'not asked' | { readonly refused: string };

export interface Comparison {
  readonly kernel: KernelVerdict;
  readonly difference: Difference | undefined;
  readonly faulted: boolean;
}

export type KernelEngines = (progType: DiffType) => KernelEngine;

const INPUTS = 3;

export function diffProgram(seed: number, index: number): DiffProgram {
  const rng = random(seed * 1_000_003 + index);
  const program = generate(rng);
  return { ...program, inputs: Array.from({ length: INPUTS }, () => randomInput(rng)) };
}

const ours = new Map<DiffType, OurEngines>(DIFF_TYPES.map((type) => [type, new OurEngines(type)]));
const shifted = new Map<DiffType, OurEngines>(
  DIFF_TYPES.map((type) => [type, new OurEngines(type, { shifted: true })]),
);

/** Runs a program everywhere; the first difference, if there is any. */
export function compareProgram(program: DiffProgram, kernels: KernelEngines | undefined): Comparison {
  const { progType, insns, wild } = program;
  const loaded = wild ? undefined : kernels?.(progType).load(insns);
  const kernel = typeof loaded === 'object' ? loaded : undefined;
  const verdict: KernelVerdict =
    loaded === undefined ? 'not asked' : typeof loaded === 'string' ? { refused: loaded } : 'accepted';
  try {
    const { difference, faulted } = compareLoaded(program, kernel);
    return { kernel: verdict, difference, faulted };
  } finally {
    kernel?.close();
  }
}

interface Compared {
  readonly difference: Difference | undefined;
  readonly faulted: boolean;
}

function compareLoaded(program: DiffProgram, kernel: KernelProgramRun | undefined): Compared {
  const our = (ours.get(program.progType) as OurEngines).load(program.insns);
  let faulted = false;
  for (const [index, input] of program.inputs.entries()) {
    const checked = our('checked', input);
    const interpreted = our('interpreter', input);
    // The JIT does not look at what no path reaches. Such code never gets past the kernel.
    if (program.wild && interpreted.fault?.startsWith('refused'))
      return { difference: undefined, faulted: true };
    faulted ||= checked.fault !== undefined;
    // Where the checks end a run, a trusted one does anything; the blindly edited never come near a verifier.
    const trusted = checked.fault === undefined && !program.wild ? our('trusted', input) : undefined;
    const said = kernel?.run(input);
    const difference =
      differ(index, 'interpreter', lines(interpreted), 'checked', lines(checked)) ??
      (trusted && differ(index, 'trusted', lines(trusted), 'checked', lines(checked))) ??
      (said && differ(index, 'kernel', said, 'checked', checked.fault ? [checked.fault] : checked.answer));
    if (difference) return { difference, faulted };
  }
  return { difference: undefined, faulted };
}

/** A run that is ended has paid for instructions that it did not reach, and a budget ends where the engine looks at it. */
function lines({ answer, executed, fault }: OurAnswer): Answer {
  if (fault === undefined) return [...answer, `executed ${executed}`];
  return [fault.startsWith('budget') ? 'budget fault' : fault];
}

function differ(
  input: number,
  one: string,
  first: Answer,
  other: string,
  second: Answer,
): Difference | undefined {
  if (first.length === second.length && first.every((line, index) => line === second[index]))
    return undefined;
  return { input, engines: [one, other], said: [first, second] };
}

/**
 * Whether the program shows an address or what was never written, which is anything: the kernel lets privileged programs
 * do that, and leaving out instructions leads there.
 */
function isVague({ progType, insns, inputs }: DiffProgram): boolean {
  const one = (ours.get(progType) as OurEngines).load(insns);
  const other = (shifted.get(progType) as OurEngines).load(insns);
  return inputs.some((input) => {
    const said = lines(one('checked', input));
    return differ(0, '', said, '', lines(other('checked', input))) !== undefined;
  });
}

/** Whether a word of the kernel's answer that we do not give is one of its addresses. */
function showsAddress({ engines, said }: Difference): boolean {
  if (engines[0] !== 'kernel') return false;
  return said[0].some((line, index) => {
    if (line === said[1][index]) return false;
    const bytes = /^\w+ ([0-9a-f]{16,})/.exec(line)?.[1] ?? '';
    return (bytes.match(/.{16}/g) ?? []).some(
      (word) => /[89a-f].ffff$/.test(word) && !/ffffffff$/.test(word),
    );
  });
}

/** Fewer instructions and one input, with a difference between the same engines. */
export function shrinkProgram(program: DiffProgram, kernels: KernelEngines | undefined): DiffProgram {
  const found = compareProgram(program, kernels).difference;
  if (!found) return program;
  const one: DiffProgram = { ...program, inputs: [program.inputs[found.input] as DiffInput] };
  const persists = (candidate: DiffProgram): boolean => {
    const { difference } = compareProgram(candidate, kernels);
    if (difference === undefined || difference.engines.join() !== found.engines.join()) return false;
    return candidate.wild || !(isVague(candidate) || showsAddress(difference));
  };
  const start = persists(one) ? one : program;
  const kept = shrinkList(
    slotsOf(start.insns),
    (slots) => slots.length > 0 && persists({ ...start, insns: keepSlots(start.insns, slots) }),
  );
  return { ...start, insns: keepSlots(start.insns, kept) };
}
