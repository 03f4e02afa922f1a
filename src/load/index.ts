export { helperName } from '../helpers/index.ts';
export { checkObject, type ObjectProblem } from './check-object.ts';
export { type LoadOptions, loadObject } from './load.ts';
export type { Runnable } from './runnable.ts';
