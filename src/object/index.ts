export { parseObject } from './parse.ts';
export { type RawMap, type RawObject, rawObject } from './raw.ts';
export type * from './spec.ts';
