/**
 * The runtime: hot map operations and helpers, one wasm module that shares the machine's memory and table.
 * Built by scripts/build-runtime.ts into src/machine/runtime.wasm.ts; names of exports are the contract with the engine.
 * No static data, no allocation: every byte of state lies where src/machine/layout.ts and src/maps/layout.ts say.
 */
export { check_range, check_string, init } from './memory';
export {
  array_check_update,
  array_delete,
  array_lookup,
  array_update,
  percpu_array_element,
  percpu_array_lookup,
  percpu_array_lookup_percpu,
  percpu_array_update,
} from './array';
export {
  hash_delete,
  hash_lookup,
  hash_update,
  percpu_hash_element,
  percpu_hash_lookup,
  percpu_hash_lookup_percpu,
  percpu_hash_update,
} from './hash';
export { hash_count, hash_next_key } from './hash-table';
