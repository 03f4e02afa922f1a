/** Array maps: BPF_MAP_TYPE_ARRAY and PERCPU_ARRAY. A per-CPU element holds its CPUs' values side by side. */
import { CELL_CPU } from '../src/machine/layout';
import { MAP_CPUS, MAP_MAX_ENTRIES, MAP_SPIN_LOCK, MAP_STRIDE, MAP_VALUES } from '../src/maps/layout';
import { BPF_EXIST, BPF_F_LOCK, BPF_NOEXIST, E2BIG, EEXIST, EINVAL } from './errno';
import { copyValue, field } from './map-value';

export function array_lookup(map: u32, key: u32): u32 {
  const index = load<u32>(key);
  if (index >= field(map, MAP_MAX_ENTRIES)) return 0;
  return field(map, MAP_VALUES) + index * field(map, MAP_STRIDE);
}

/** Address of the value of CPU 0, for the user side too. */
export function percpu_array_element(map: u32, key: u32): u32 {
  const index = load<u32>(key);
  if (index >= field(map, MAP_MAX_ENTRIES)) return 0;
  return field(map, MAP_VALUES) + index * field(map, MAP_STRIDE) * field(map, MAP_CPUS);
}

export function percpu_array_lookup(map: u32, key: u32): u32 {
  const element = percpu_array_element(map, key);
  return element == 0 ? 0 : element + load<u32>(CELL_CPU) * field(map, MAP_STRIDE);
}

export function percpu_array_lookup_percpu(map: u32, key: u32, cpu: u32): u32 {
  if (cpu >= field(map, MAP_CPUS)) return 0;
  const element = percpu_array_element(map, key);
  return element == 0 ? 0 : element + cpu * field(map, MAP_STRIDE);
}

/** The errno of an array update, in the kernel's order: flags, index, NOEXIST, lock. */
export function array_check_update(map: u32, key: u32, flags: u64): i32 {
  if ((flags & ~BPF_F_LOCK) > BPF_EXIST) return EINVAL;
  if (load<u32>(key) >= field(map, MAP_MAX_ENTRIES)) return E2BIG;
  if (flags & BPF_NOEXIST) return EEXIST;
  if (flags & BPF_F_LOCK && field(map, MAP_SPIN_LOCK) == 0) return EINVAL;
  return 0;
}

export function array_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  const errno = array_check_update(map, key, flags);
  if (errno == 0) copyValue(map, array_lookup(map, key), value);
  return errno;
}

export function percpu_array_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  const errno = array_check_update(map, key, flags);
  if (errno == 0) copyValue(map, percpu_array_lookup(map, key), value);
  return errno;
}

/** An array element cannot be deleted. */
export function array_delete(map: u32, key: u32): i32 {
  return EINVAL;
}
