/** eBPF programs to WebAssembly. */
export * from './interp/index.ts';
export { compile } from './jit/compile.ts';
export { maxCtxOffset } from './jit/ctx-reach.ts';
export { faultError, trapError } from './jit/fault.ts';
export { instantiate } from './jit/instantiate.ts';
export * from './types.ts';
