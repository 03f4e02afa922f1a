/** Members of a struct or union as C names them: those of anonymous members count as the outer one's. */
import { BtfError } from '../errors.ts';
import { resolveType } from './lookup.ts';
import type { Btf, BtfMember, BtfStruct } from './types.ts';

/** More than any real type has; nested anonymous unions of nothing could multiply without end. */
const MAX_MEMBERS = 1 << 16;

const known = new WeakMap<BtfStruct, readonly BtfMember[]>();

/** In declaration order, `bitOffset` from the start of the outer type. Nameless bit fields are padding and left out. */
export function flatMembers(btf: Btf, type: BtfStruct): readonly BtfMember[] {
  const cached = known.get(type);
  if (cached) return cached;
  const members: BtfMember[] = [];
  let visited = 0;
  const visit = (outer: BtfStruct, base: number): void => {
    for (const member of outer.members) {
      if (++visited > MAX_MEMBERS) throw new BtfError(type.id, `more than ${MAX_MEMBERS} members`);
      const bitOffset = base + member.bitOffset;
      if (member.name !== '') members.push({ ...member, bitOffset });
      else {
        const inner = resolveType(btf, member.type);
        if (inner.kind === 'struct' || inner.kind === 'union') visit(inner, bitOffset);
      }
    }
  };
  visit(type, 0);
  known.set(type, members);
  return members;
}
