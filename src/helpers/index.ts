export { checkHelpers } from './check.ts';
export type { Task } from './current.ts';
export type { Helper } from './define.ts';
export { setPerfAttached } from './perf.ts';
export { HELPERS, helperByName, helperName } from './registry.ts';
export { signature } from './signature.ts';
export type { Vm } from './vm.ts';
