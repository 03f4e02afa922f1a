export type { MapAttr } from './attr.ts';
export { BpfMapHandle, type MapEngineInfo } from './handle.ts';
export type { MapType } from './map-type.ts';
export { compatible as progArrayCompatible } from './prog-array.ts';
export type { ProgramRef } from './references.ts';
export { createMaps, MapTable, mapMemory } from './table.ts';
export { MAP_TYPES } from './types.ts';
