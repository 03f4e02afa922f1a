export { type KernelBackend, type KernelObject, type KernelProgram, kernelBackend } from './backend.ts';
export type { RawPointer, RawTestRunAttr, RawTestRunResult } from './test-run.ts';
