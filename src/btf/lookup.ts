/** Finding and following types. */
import { BtfError } from '../errors.ts';
import type { Btf, BtfDatasec, BtfEnum, BtfFunc, BtfType } from './types.ts';

/** The type with this id. @throws {@link BtfError} when there is none. */
export function typeById(btf: Btf, id: number): BtfType {
  const type = btf.types[id];
  if (!type) throw new BtfError(id, `does not exist, the last one is ${btf.types.length - 1}`);
  return type;
}

/** Follows typedefs and qualifiers to what they stand for. */
export function resolveType(btf: Btf, id: number): BtfType {
  let type = typeById(btf, id);
  while (isModifier(type) || type.kind === 'typedef') type = typeById(btf, type.type);
  return type;
}

/** const, volatile, restrict and type tags: what does not change the value. */
export function isModifier(
  type: BtfType,
): type is BtfType & { kind: 'const' | 'volatile' | 'restrict' | 'type_tag'; type: number } {
  return (
    type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'type_tag'
  );
}

/** Bytes of a value; -1 for types that have none. */
export function sizeOfType(btf: Btf, id: number): number {
  return btf.sizes[typeById(btf, id).id] ?? -1;
}

/** The first type of this kind and name. */
export function findType<K extends BtfType['kind']>(
  btf: Btf,
  kind: K,
  name: string,
): (BtfType & { readonly kind: K }) | undefined {
  return btf.types.find(
    (type): type is BtfType & { readonly kind: K } => type.kind === kind && type.name === name,
  );
}

export function findDatasec(btf: Btf, name: string): BtfDatasec | undefined {
  return findType(btf, 'datasec', name);
}

export function findFunc(btf: Btf, name: string): BtfFunc | undefined {
  return findType(btf, 'func', name);
}

export function isEnum(type: BtfType): type is BtfEnum {
  return type.kind === 'enum' || type.kind === 'enum64';
}
