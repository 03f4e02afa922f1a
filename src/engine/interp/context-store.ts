/** Stores to the context, which some fields do not take whole. */
import type { Insn, StoreRow } from '../../isa/index.ts';
import { CTX_BASE } from '../../machine/layout.ts';
import type { EngineCtxField } from '../types.ts';

/** Executes a store whose address has been checked and lies in the context area. */
export function storeToContext(
  view: DataView,
  fields: readonly EngineCtxField[],
  { size, source }: StoreRow,
  { dst, src, off, imm }: Insn,
  registers: BigUint64Array,
): void {
  const address = Number(BigInt.asUintN(64, (registers[dst] ?? 0n) + BigInt(off)));
  const field = fields.find((one) => CTX_BASE + one.offset === address && one.size === size);
  const whole = source === 'imm' ? BigInt.asUintN(64, BigInt(imm)) : (registers[src] ?? 0n);
  if (field?.storeBelow !== undefined) {
    const compared = source === 'imm' ? BigInt(imm) : whole;
    if (compared >= BigInt(field.storeBelow)) return;
  }
  const value = field?.storeMask === undefined ? whole : whole & BigInt(field.storeMask >>> 0);
  for (let i = 0; i < size; i++) view.setUint8(address + i, Number((value >> BigInt(8 * i)) & 0xffn));
}
