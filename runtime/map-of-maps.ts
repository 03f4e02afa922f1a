/** Maps whose elements are references: array_of_maps, hash_of_maps, and the index maps of redirection. */
import { array_lookup } from './array';
import { hash_lookup } from './hash';

/** Header of the inner map, or 0. */
export function array_of_maps_lookup(map: u32, key: u32): u32 {
  const slot = array_lookup(map, key);
  return slot == 0 ? 0 : load<u32>(slot);
}

export function hash_of_maps_lookup(map: u32, key: u32): u32 {
  const slot = hash_lookup(map, key);
  return slot == 0 ? 0 : load<u32>(slot);
}

/** Address of the element, or 0 where none is set: an element in use begins with a word that is not 0. */
export function index_lookup(map: u32, key: u32): u32 {
  const slot = array_lookup(map, key);
  return slot == 0 || load<u32>(slot) == 0 ? 0 : slot;
}
