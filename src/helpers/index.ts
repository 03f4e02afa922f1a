export { checkHelpers, type HelperProblem, isGplCompatible } from './check.ts';
export { DEFAULT_TASK, type Task } from './current.ts';
export type { ArgKind, Helper, HelperAllowed, HelperCall, HelperReturn, MapOp, MemSize } from './define.ts';
export { setPerfAttached } from './perf.ts';
export { HELPERS, helperByName, helperName } from './registry.ts';
export { signature } from './signature.ts';
export type { Vm } from './vm.ts';
