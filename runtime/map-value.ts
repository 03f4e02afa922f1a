/** What every map type does with its values: copying around a spin lock, opening new memory to programs. */
import { MAP_CPUS, MAP_SPIN_LOCK, MAP_STRIDE, MAP_VALUE_SHADOW, MAP_VALUE_SIZE } from '../src/maps/layout';
import { copy, setShadow } from './memory';

// @ts-ignore: decorator
@inline
export function field(map: u32, offset: u32): u32 {
  return load<u32>(map + offset);
}

/** Copies a value; a bpf_spin_lock in it keeps what the destination has. */
// @ts-ignore: decorator
@inline
export function copyValue(map: u32, to: u32, from: u32): void {
  const size = field(map, MAP_VALUE_SIZE);
  const lock = field(map, MAP_SPIN_LOCK);
  if (lock == 0) {
    copy(to, from, size);
    return;
  }
  copy(to, from, lock - 1);
  copy(to + lock + 3, from + lock + 3, size - lock - 3);
}

/** Lets programs reach the value of each CPU at `value`. */
export function openValues(map: u32, value: u32): void {
  const cpus = field(map, MAP_CPUS);
  const stride = field(map, MAP_STRIDE);
  const shadow = field(map, MAP_VALUE_SHADOW);
  const size = field(map, MAP_VALUE_SIZE);
  for (let cpu: u32 = 0; cpu < cpus; cpu++) setShadow(value + cpu * stride, size, shadow);
}

/** Lets programs reach `count` elements that lie side by side from `first` on: the values of an array. */
export function open_elements(map: u32, first: u32, count: u32): void {
  const step = field(map, MAP_STRIDE) * field(map, MAP_CPUS);
  if (field(map, MAP_VALUE_SIZE) == field(map, MAP_STRIDE)) {
    setShadow(first, count * step, field(map, MAP_VALUE_SHADOW));
    return;
  }
  for (let i: u32 = 0; i < count; i++) openValues(map, first + i * step);
}
