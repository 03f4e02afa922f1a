export { parseObject } from './parse.ts';
export { mapTypeName, type RawMap, type RawObject, type RawProgram, rawMap, rawObject } from './raw.ts';
export type * from './spec.ts';
