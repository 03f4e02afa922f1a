export type { MapAttr } from './attr.ts';
export type { BpfMapHandle } from './handle.ts';

export { compatible as progArrayCompatible } from './prog-array.ts';

export { createMaps, MapTable, mapMemory } from './table.ts';
export { MAP_TYPES } from './types.ts';
