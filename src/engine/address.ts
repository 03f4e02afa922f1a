/** What a ld_imm64 that names something stands for: the address of a map or of a value, the index of a function. */
import { UnsupportedError, VerifierError } from '../errors.ts';
import type { Insn, LoadImm64Row } from '../isa/index.ts';
import type { EngineEnv, EngineMap } from './types.ts';

/**
 * @param subprogAt the subprogram that starts at a slot.
 * @throws {@link VerifierError} (EINVAL) where there is no such map, value or function; {@link UnsupportedError} for variables of the kernel.
 */
export function addressOf(
  pseudo: Exclude<LoadImm64Row['pseudo'], 'imm'>,
  insns: readonly Insn[],
  pc: number,
  env: EngineEnv,
  subprogAt: (slot: number) => number | undefined,
): number {
  const { imm } = insns[pc] as Insn;
  const high = insns[pc + 1]?.imm ?? 0;
  switch (pseudo) {
    case 'map_fd':
    case 'map_idx':
      return mapOf(env, imm, pc).address;
    case 'map_value':
    case 'map_idx_value': {
      const { name, valueAddress, valueSize } = mapOf(env, imm, pc);
      if (valueAddress === undefined) throw refusal(pc, `map '${name}' has no direct value access`);
      if (high < 0 || high >= valueSize)
        throw refusal(pc, `offset ${high >>> 0} is past the ${valueSize} bytes of map '${name}'`);
      return valueAddress + high;
    }
    case 'func': {
      const index = subprogAt(pc + 1 + imm);
      if (index === undefined) throw refusal(pc, `no subprogram starts at insn ${pc + 1 + imm}`);
      return env.tableBase + index;
    }
    case 'btf_id':
      throw new UnsupportedError(`ksym with BTF id ${imm}`, `insn ${pc}: kernel variables are not supported`);
  }
}

function mapOf({ maps }: EngineEnv, index: number, pc: number): EngineMap {
  const map = maps[index];
  if (!map) throw refusal(pc, `map ${index} does not exist: the program has ${maps.length}`);
  return map;
}

function refusal(pc: number, rule: string): VerifierError {
  return new VerifierError(pc, rule, { errno: 'EINVAL' });
}
