export { type Loaded, type LoadOptions, loadObject } from './load.ts';
export type { Runnable } from './runnable.ts';
