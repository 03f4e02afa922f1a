/**
 * Map helpers for a map known only at run time (an inner map): branch on the family of operations in the header.
 * What the kernel's verifier would forbid (lookup in a queue, update of a ring buffer) returns NULL or -ENOTSUPP.
 */
import {
  MAP_OPS,
  OPS_ARRAY,
  OPS_ARRAY_OF_MAPS,
  OPS_BLOOM,
  OPS_DEVMAP_HASH,
  OPS_HASH,
  OPS_HASH_OF_MAPS,
  OPS_INDEX,
  OPS_LPM,
  OPS_LRU_HASH,
  OPS_LRU_PERCPU_HASH,
  OPS_PERCPU_ARRAY,
  OPS_PERCPU_HASH,
  OPS_QUEUE,
  OPS_STACK,
} from '../src/maps/layout';
import {
  array_delete,
  array_lookup,
  array_update,
  percpu_array_lookup,
  percpu_array_lookup_percpu,
  percpu_array_update,
} from './array';
import { bloom_peek, bloom_push } from './bloom';
import { ENOTSUPP } from './errno';
import {
  hash_delete,
  hash_lookup,
  hash_update,
  percpu_hash_lookup,
  percpu_hash_lookup_percpu,
  percpu_hash_update,
} from './hash';
import { lpm_delete, lpm_lookup, lpm_update } from './lpm';
import {
  lru_hash_delete,
  lru_hash_lookup,
  lru_hash_update,
  lru_percpu_hash_lookup,
  lru_percpu_hash_lookup_percpu,
  lru_percpu_hash_update,
} from './lru';
import { array_of_maps_lookup, hash_of_maps_lookup, index_lookup } from './map-of-maps';
import { field } from './map-value';
import { queue_peek, queue_pop, queue_push, stack_peek, stack_pop } from './queue';

export function map_lookup_elem(map: u32, key: u32): u32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_ARRAY) return array_lookup(map, key);
  if (ops == OPS_HASH || ops == OPS_DEVMAP_HASH) return hash_lookup(map, key);
  if (ops == OPS_LRU_HASH) return lru_hash_lookup(map, key);
  if (ops == OPS_PERCPU_ARRAY) return percpu_array_lookup(map, key);
  if (ops == OPS_PERCPU_HASH) return percpu_hash_lookup(map, key);
  if (ops == OPS_LPM) return lpm_lookup(map, key);
  if (ops == OPS_ARRAY_OF_MAPS) return array_of_maps_lookup(map, key);
  if (ops == OPS_HASH_OF_MAPS) return hash_of_maps_lookup(map, key);
  if (ops == OPS_LRU_PERCPU_HASH) return lru_percpu_hash_lookup(map, key);
  if (ops == OPS_INDEX) return index_lookup(map, key);
  return 0;
}

export function map_update_elem(map: u32, key: u32, value: u32, flags: u64): i32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_ARRAY) return array_update(map, key, value, flags);
  if (ops == OPS_HASH) return hash_update(map, key, value, flags);
  if (ops == OPS_LRU_HASH) return lru_hash_update(map, key, value, flags);
  if (ops == OPS_PERCPU_ARRAY) return percpu_array_update(map, key, value, flags);
  if (ops == OPS_PERCPU_HASH) return percpu_hash_update(map, key, value, flags);
  if (ops == OPS_LPM) return lpm_update(map, key, value, flags);
  if (ops == OPS_LRU_PERCPU_HASH) return lru_percpu_hash_update(map, key, value, flags);
  return ENOTSUPP;
}

export function map_delete_elem(map: u32, key: u32): i32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_HASH || ops == OPS_PERCPU_HASH) return hash_delete(map, key);
  if (ops == OPS_LRU_HASH || ops == OPS_LRU_PERCPU_HASH) return lru_hash_delete(map, key);
  if (ops == OPS_ARRAY || ops == OPS_PERCPU_ARRAY) return array_delete(map, key);
  if (ops == OPS_LPM) return lpm_delete(map, key);
  return ENOTSUPP;
}

export function map_push_elem(map: u32, value: u32, flags: u64): i32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_QUEUE || ops == OPS_STACK) return queue_push(map, value, flags);
  if (ops == OPS_BLOOM) return bloom_push(map, value, flags);
  return ENOTSUPP;
}

export function map_pop_elem(map: u32, value: u32): i32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_QUEUE) return queue_pop(map, value);
  if (ops == OPS_STACK) return stack_pop(map, value);
  return ENOTSUPP;
}

export function map_peek_elem(map: u32, value: u32): i32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_QUEUE) return queue_peek(map, value);
  if (ops == OPS_STACK) return stack_peek(map, value);
  if (ops == OPS_BLOOM) return bloom_peek(map, value);
  return ENOTSUPP;
}

export function map_lookup_percpu_elem(map: u32, key: u32, cpu: u32): u32 {
  const ops = field(map, MAP_OPS);
  if (ops == OPS_PERCPU_ARRAY) return percpu_array_lookup_percpu(map, key, cpu);
  if (ops == OPS_PERCPU_HASH) return percpu_hash_lookup_percpu(map, key, cpu);
  if (ops == OPS_LRU_PERCPU_HASH) return lru_percpu_hash_lookup_percpu(map, key, cpu);
  return 0;
}
