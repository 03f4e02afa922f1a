/** BTF types as data (Documentation/bpf/btf.rst). Type references are ids: indexes into `Btf.types`. */

/** BTF_KIND_*. */
export const BTF_KIND = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;
export type BtfKindName = keyof typeof BTF_KIND;

interface Named {
  readonly id: number;
  /** '' when anonymous. */
  readonly name: string;
}

export interface BtfVoid extends Named {
  readonly kind: 'void';
}
export interface BtfInt extends Named {
  readonly kind: 'int';
  /** Bytes of storage. */
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  /** Significant bits, and how far they lie from bit 0. */
  readonly bits: number;
  readonly bitOffset: number;
}
export interface BtfFloat extends Named {
  readonly kind: 'float';
  readonly size: number;
}
/** Everything that only names or qualifies another type. */
export interface BtfRef extends Named {
  readonly kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag';
  readonly type: number;
}
export interface BtfArray extends Named {
  readonly kind: 'array';
  readonly type: number;
  readonly indexType: number;
  readonly nelems: number;
}
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** 0: not a bit field. */
  readonly bitSize: number;
}
export interface BtfStruct extends Named {
  readonly kind: 'struct' | 'union';
  readonly size: number;
  readonly members: readonly BtfMember[];
}
export interface BtfEnumValue {
  readonly name: string;
  readonly value: bigint;
}
export interface BtfEnum extends Named {
  readonly kind: 'enum' | 'enum64';
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumValue[];
}
export interface BtfFwd extends Named {
  readonly kind: 'fwd';
  readonly union: boolean;
}
/** BTF_FUNC_STATIC, _GLOBAL, _EXTERN; BTF_VAR_STATIC, _GLOBAL_ALLOCATED, _GLOBAL_EXTERN: the same three numbers. */
export const BTF_LINKAGE = { static: 0, global: 1, extern: 2 } as const;
export interface BtfFunc extends Named {
  readonly kind: 'func';
  readonly type: number;
  readonly linkage: number;
}
export interface BtfParam {
  readonly name: string;
  /** 0 with an empty name: `...`. */
  readonly type: number;
}
export interface BtfFuncProto extends Named {
  readonly kind: 'func_proto';
  readonly returns: number;
  readonly params: readonly BtfParam[];
}
export interface BtfVar extends Named {
  readonly kind: 'var';
  readonly type: number;
  readonly linkage: number;
}
export interface BtfSectionVar {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}
export interface BtfDatasec extends Named {
  readonly kind: 'datasec';
  readonly size: number;
  readonly vars: readonly BtfSectionVar[];
}
export interface BtfDeclTag extends Named {
  readonly kind: 'decl_tag';
  readonly type: number;
  /** Member or parameter the tag belongs to; -1 for the whole declaration. */
  readonly component: number;
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfFloat
  | BtfRef
  | BtfArray
  | BtfStruct
  | BtfEnum
  | BtfFwd
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfDeclTag;

export interface Btf {
  /** By id; [0] is void. All references lead to an entry, by-value cycles do not exist. */
  readonly types: readonly BtfType[];
  /** Where each type's record starts in the section, for rewriting it. [0] is 0. */
  readonly recordOffsets: readonly number[];
  /** Bytes of a value by id, -1 for types that have none (void, functions, forward declarations). */
  readonly sizes: Float64Array;
  /** Bytes of strings, those of the base included: where the next split BTF's offsets start. */
  readonly stringsSize: number;
  /** The string at an offset of the string section. @throws BtfError past its end. */
  string(offset: number): string;
}
