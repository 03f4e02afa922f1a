/** How a TypeScript helper ends the run because of an argument that the kernel's verifier would have refused. */
import { InternalError } from '../errors.ts';
import { CELL_PC, FAULT_ARG_READ, FAULT_ARG_WRITE, FAULT_HELPER, type Machine } from '../machine/index.ts';

function raise(machine: Machine, kind: number, address: number, size: number, rule?: string): never {
  const pc = machine.i32[CELL_PC >> 2] ?? -1;
  if (machine.onFault) return machine.onFault(kind, pc, address | 0, 0, size, rule);
  throw new InternalError(`helper called outside a run: ${rule ?? 'a bad memory argument'}`);
}

/** The argument at `address` is not what the helper takes. */
export function badArgument(machine: Machine, address: number, rule: string): never {
  return raise(machine, FAULT_HELPER, address, 0, rule);
}

/** Ends the run unless all of [address, address + size) has the access bits `mask` (SHADOW_*). */
export function requireAccess(machine: Machine, address: number, size: number, mask: number): void {
  if (machine.runtime['check_range']?.(address, 0, size, mask) === 1) return;
  raise(machine, mask & 2 ? FAULT_ARG_WRITE : FAULT_ARG_READ, address, size);
}
