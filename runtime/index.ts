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
export {
  bpf_loop,
  bpf_ringbuf_output,
  bpf_ringbuf_query,
  bpf_ringbuf_reserve,
  get_numa_node_id,
  get_prandom_u32,
  get_smp_processor_id,
  jiffies64,
  ktime_get_boot_ns,
  ktime_get_coarse_ns,
  ktime_get_ns,
  ktime_get_tai_ns,
  spin_lock,
  spin_unlock,
} from './helpers-base';
export { map_for_each } from './for-each';
export {
  lru_hash_delete,
  lru_hash_lookup,
  lru_hash_update,
  lru_percpu_hash_element,
  lru_percpu_hash_lookup,
  lru_percpu_hash_lookup_percpu,
  lru_percpu_hash_update,
} from './lru';
export { lpm_delete, lpm_lookup, lpm_next_key, lpm_update } from './lpm';
export {
  map_delete_elem,
  map_lookup_elem,
  map_lookup_percpu_elem,
  map_peek_elem,
  map_pop_elem,
  map_push_elem,
  map_update_elem,
} from './map';
export { array_of_maps_lookup, hash_of_maps_lookup, index_lookup } from './map-of-maps';
export {
  ringbuf_consume,
  ringbuf_discard,
  ringbuf_map_of,
  ringbuf_output,
  ringbuf_query,
  ringbuf_reserve,
  ringbuf_submit,
} from './ringbuf';
export { bloom_peek, bloom_push } from './bloom';
export { queue_peek, queue_pop, queue_push, stack_peek, stack_pop } from './queue';
export { bpf_csum_diff, bpf_l3_csum_replace, bpf_l4_csum_replace } from './helpers-csum';
export {
  bpf_skb_load_bytes,
  bpf_skb_load_bytes_relative,
  bpf_skb_pull_data,
  bpf_skb_store_bytes,
  ld_abs,
} from './helpers-skb';
export {
  bpf_xdp_adjust_head,
  bpf_xdp_adjust_meta,
  bpf_xdp_adjust_tail,
  bpf_xdp_get_buff_len,
  bpf_xdp_load_bytes,
  bpf_xdp_store_bytes,
  xdp_set_ends,
} from './helpers-xdp';
export { csum_fold, csum_partial, packet_open } from './packet';
export { open_elements } from './map-value';
