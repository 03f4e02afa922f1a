export { CORE_RELO_KINDS, coreReloKind, describeCoreRelo } from './core.ts';
export { type BtfExt, type BtfExtCoreRelo, type BtfExtFunc, type BtfExtLine, parseBtfExt } from './ext.ts';
export {
  findDatasec,
  findFunc,
  findType,
  isEnum,
  isModifier,
  resolveType,
  sizeOfType,
  typeById,
} from './lookup.ts';
export { parseBtf } from './parse.ts';
export { printDeclaration, printDefinition, printType } from './print.ts';
export * from './types.ts';
