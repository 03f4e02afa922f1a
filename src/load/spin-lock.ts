/** Where a map's values hold a `struct bpf_spin_lock`: what copies of values leave out, as BTF tells the kernel. */
import { type Btf, type BtfType, typeById } from '../btf/index.ts';

const LOCK = 'bpf_spin_lock';
const LOCK_ALIGNMENT = 4;

/**
 * Byte offset of the lock in a value of this type (a struct, or the DATASEC of a data map); undefined when it has none.
 * The kernel looks into members and array elements that are structs, and not behind typedefs.
 */
export function spinLockOffset(btf: Btf | undefined, valueTypeId: number): number | undefined {
  if (!btf || valueTypeId === 0) return undefined;
  return lockIn(btf, typeById(btf, valueTypeId), 0);
}

function lockIn(btf: Btf, type: BtfType, base: number): number | undefined {
  for (const [offset, typeId] of partsOf(btf, type)) {
    const element = elementOf(btf, typeById(btf, typeId));
    if (element.kind !== 'struct') continue;
    const at = base + offset;
    if (element.name !== LOCK) {
      const inside = lockIn(btf, element, at);
      if (inside !== undefined) return inside;
    } else if (at % LOCK_ALIGNMENT === 0) return at;
  }
  return undefined;
}

function* partsOf(btf: Btf, type: BtfType): Generator<readonly [offset: number, typeId: number]> {
  if (type.kind === 'struct')
    for (const { bitOffset, type: member } of type.members) yield [bitOffset / 8, member];
  if (type.kind === 'datasec') {
    for (const { offset, type: id } of type.vars) {
      const variable = typeById(btf, id);
      if (variable.kind === 'var') yield [offset, variable.type];
    }
  }
}

function elementOf(btf: Btf, type: BtfType): BtfType {
  let element = type;
  while (element.kind === 'array')
    element = element.nelems === 0 ? typeById(btf, 0) : typeById(btf, element.type);
  return element;
}
