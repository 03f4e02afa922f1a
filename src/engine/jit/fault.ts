/** The error of a run that was ended, from what env.fault got or from a WebAssembly trap. */
import { FaultError, type FaultKind } from '../../errors.ts';
import { refusedWhenReached, rowOf } from '../../isa/index.ts';
import type { Machine } from '../../machine/index.ts';
import {
  CELL_FUEL_LIMIT,
  FAULT_ARG_CTX,
  FAULT_ARG_MAP,
  FAULT_ARG_READ,
  FAULT_ARG_WRITE,
  FAULT_BUDGET,
  FAULT_CALL,
  FAULT_DEPTH,
  FAULT_HELPER,
  FAULT_INSN,
  FAULT_LOAD,
  FAULT_STORE,
  MAX_FRAMES,
} from '../../machine/layout.ts';
import type { CompiledProgram, EngineProgram } from '../types.ts';

const KINDS: Readonly<Record<number, FaultKind>> = {
  [FAULT_LOAD]: 'load',
  [FAULT_STORE]: 'store',
  [FAULT_HELPER]: 'helper',
  [FAULT_BUDGET]: 'budget',
  [FAULT_DEPTH]: 'call',
  [FAULT_CALL]: 'call',
  [FAULT_ARG_READ]: 'helper',
  [FAULT_ARG_WRITE]: 'helper',
  [FAULT_ARG_MAP]: 'helper',
  [FAULT_ARG_CTX]: 'helper',
  [FAULT_INSN]: 'trap',
};

const bytes = (size: number): string => (size === 1 ? '1 byte' : `${size} bytes`);

/** `0x` and the 64-bit address without leading zeros. */
function hex64(low: number, high: number): string {
  const lower = (low >>> 0).toString(16);
  return high === 0 ? `0x${lower}` : `0x${(high >>> 0).toString(16)}${lower.padStart(8, '0')}`;
}

/**
 * What a fault means, in words: the instruction and its source line, the address, what lies there or how far away, and
 * what is allowed there. Arguments are those of `env.fault`; `rule` is what a helper says about its argument.
 */
export function faultError(
  program: EngineProgram,
  kind: number,
  pc: number,
  low: number,
  high: number,
  size: number,
  machine: Machine,
  rule?: string,
): FaultError {
  const address =
    kind === FAULT_BUDGET || kind === FAULT_DEPTH || kind === FAULT_INSN ? '' : hex64(low, high);
  const place = {
    kind: KINDS[kind] ?? 'trap',
    program: program.name,
    insn: pc,
    source: program.lineAt(pc),
    address,
  };
  return new FaultError(place, rule ?? ruleOf(program, kind, pc, low, high, size, machine));
}

function ruleOf(
  program: EngineProgram,
  kind: number,
  pc: number,
  low: number,
  high: number,
  size: number,
  machine: Machine,
): string {
  const address = hex64(low, high);
  const where = (): string => whereIs(low, high, machine);
  switch (kind) {
    case FAULT_LOAD:
      return `cannot read ${bytes(size)} at ${address}: ${where()}`;
    case FAULT_STORE:
      return `cannot write ${bytes(size)} at ${address}: ${where()}`;
    case FAULT_ARG_READ:
      return `the helper would read ${bytes(size >>> 0)} at ${address}: ${where()}`;
    case FAULT_ARG_WRITE:
      return `the helper would write ${bytes(size >>> 0)} at ${address}: ${where()}`;
    case FAULT_ARG_MAP:
      return `the helper wants a map, and ${address} is not one of the right type: ${where()}`;
    case FAULT_ARG_CTX:
      return `the helper wants the program's context, and ${address} is not it: ${where()}`;
    case FAULT_BUDGET:
      return `more than ${machine.i32[CELL_FUEL_LIMIT >> 2]} instructions were executed, the last of them in the loop or call of ${nameAt(program, pc)} that begins here`;
    case FAULT_DEPTH:
      return `the call stack of ${MAX_FRAMES + 1} frames is too deep: the limit is ${MAX_FRAMES}`;
    case FAULT_INSN:
      return refusalAt(program, pc);
    case FAULT_CALL:
      return `there is no function ${address} to call`;
    default:
      return `bad helper argument ${address}`;
  }
}

function refusalAt({ insns }: EngineProgram, pc: number): string {
  const insn = insns[pc];
  const row = insn && rowOf(insn);
  return (insn && row && refusedWhenReached(row, insn)) ?? 'illegal instruction';
}

function whereIs(low: number, high: number, machine: Machine): string {
  if (high !== 0) return 'an address here has 32 bits, so this is no pointer';
  return machine.describe(low >>> 0);
}

function nameAt({ subprogs, subprogNames, name }: EngineProgram, pc: number): string {
  let index = 0;
  while (index + 1 < subprogs.length && (subprogs[index + 1] ?? 0) <= pc) index++;
  return `'${subprogNames[index] ?? name}'`;
}

/**
 * The fault behind a WebAssembly.RuntimeError that a run threw: V8 and others print `wasm-function[1]:0x2f`, the byte of
 * the module, in the stack. `pc` is the last known instruction where the stack says nothing.
 */
export function trapError(
  program: EngineProgram,
  compiled: CompiledProgram,
  error: Error,
  pc = -1,
): FaultError {
  const offset = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec(error.stack ?? '')?.[1];
  const insn = offset === undefined ? pc : compiled.insnAt(Number.parseInt(offset, 16));
  const place = { kind: 'trap', program: program.name, insn, source: program.lineAt(insn) } as const;
  return new FaultError(place, `the program's access or call is impossible: ${error.message}`, {
    cause: error,
  });
}
