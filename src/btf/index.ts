export { CORE_RELO_KINDS, coreReloKind, describeCoreRelo } from './core.ts';
export { type BtfValue, decodeValue, jsonValue } from './decode.ts';
export { encodeValue } from './encode.ts';
export { type BtfExt, type BtfExtCoreRelo, type BtfExtFunc, type BtfExtLine, parseBtfExt } from './ext.ts';
export { formatValue } from './format.ts';
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
