/** CO-RE relocation records in the words of the source: `struct task_struct.pid byte_off`. */

import type { BtfExtCoreRelo } from './ext.ts';
import { isEnum, resolveType } from './lookup.ts';
import { printType } from './print.ts';
import type { Btf, BtfType } from './types.ts';

/** enum bpf_core_relo_kind, libbpf's names. */
export const CORE_RELO_KINDS = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
] as const;

/** A record's kind by name; a number in text when it is unknown. */
export function coreReloKind(relo: BtfExtCoreRelo): string {
  return CORE_RELO_KINDS[relo.kind] ?? `kind ${relo.kind}`;
}

/** `struct s.member[2].x byte_off`, `enum e::VALUE enumval_value`, `struct s type_exists`. */
export function describeCoreRelo(btf: Btf, relo: BtfExtCoreRelo): string {
  return `${accessText(btf, relo)} ${coreReloKind(relo)}`;
}

function accessText(btf: Btf, { typeId, access, kind }: BtfExtCoreRelo): string {
  const root = printType(btf, typeId);
  if (CORE_RELO_KINDS[kind]?.startsWith('type_') || CORE_RELO_KINDS[kind]?.endsWith('_id')) return root;
  const indexes = access.split(':').map(Number);
  if (indexes.some((index) => !Number.isInteger(index))) return `${root} (access '${access}')`;
  let type = resolveType(btf, typeId);
  const [first = 0, ...rest] = indexes;
  if (isEnum(type)) {
    const value = type.values[first];
    return value ? `${root}::${value.name}` : root;
  }
  let text = first === 0 ? root : `${root}[${first}]`;
  for (const index of rest) {
    const step = stepInto(btf, type, index);
    if (!step) return `${text} (access '${access}')`;
    text += step.text;
    type = step.type;
  }
  return text;
}

function stepInto(btf: Btf, type: BtfType, index: number): { text: string; type: BtfType } | undefined {
  if (type.kind === 'array') return { text: `[${index}]`, type: resolveType(btf, type.type) };
  if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
  const member = type.members[index];
  // A member without a name is passed through in C, too.
  return member && { text: member.name === '' ? '' : `.${member.name}`, type: resolveType(btf, member.type) };
}
