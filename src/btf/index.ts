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
export * from './types.ts';
