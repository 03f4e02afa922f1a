/** BPF_MAP_TYPE_QUEUE and STACK: a ring of max_entries + 1 slots, so that full and empty differ. */
import { MAP_MAX_ENTRIES, MAP_STRIDE, MAP_VALUE_SIZE, MAP_VALUES, QUEUE_HEAD, QUEUE_TAIL } from '../src/maps/layout';
import { BPF_EXIST, BPF_NOEXIST, E2BIG, EINVAL, ENOENT } from './errno';
import { field } from './map-value';
import { copy } from './memory';

// @ts-ignore: decorator
@inline
function slot(map: u32, index: u32): u32 {
  return field(map, MAP_VALUES) + index * field(map, MAP_STRIDE);
}

// @ts-ignore: decorator
@inline
function after(map: u32, index: u32): u32 {
  return index == field(map, MAP_MAX_ENTRIES) ? 0 : index + 1;
}

// @ts-ignore: decorator
@inline
function before(map: u32, index: u32): u32 {
  return index == 0 ? field(map, MAP_MAX_ENTRIES) : index - 1;
}

/** BPF_EXIST on a full map drops the oldest element. */
export function queue_push(map: u32, value: u32, flags: u64): i32 {
  if (flags & BPF_NOEXIST || flags > BPF_EXIST) return EINVAL;
  const head = field(map, QUEUE_HEAD);
  const next = after(map, head);
  if (next == field(map, QUEUE_TAIL)) {
    if (!(flags & BPF_EXIST)) return E2BIG;
    store<u32>(map, after(map, next), QUEUE_TAIL);
  }
  copy(slot(map, head), value, field(map, MAP_VALUE_SIZE));
  store<u32>(map, next, QUEUE_HEAD);
  return 0;
}

/** Copies the element at `index`; an empty map gives zeroes and ENOENT. */
function get(map: u32, value: u32, index: u32): i32 {
  const size = field(map, MAP_VALUE_SIZE);
  if (field(map, QUEUE_HEAD) == field(map, QUEUE_TAIL)) {
    memory.fill(value, 0, size);
    return ENOENT;
  }
  copy(value, slot(map, index), size);
  return 0;
}

export function queue_peek(map: u32, value: u32): i32 {
  return get(map, value, field(map, QUEUE_TAIL));
}

export function queue_pop(map: u32, value: u32): i32 {
  const errno = queue_peek(map, value);
  if (errno == 0) store<u32>(map, after(map, field(map, QUEUE_TAIL)), QUEUE_TAIL);
  return errno;
}

export function stack_peek(map: u32, value: u32): i32 {
  return get(map, value, before(map, field(map, QUEUE_HEAD)));
}

export function stack_pop(map: u32, value: u32): i32 {
  const errno = stack_peek(map, value);
  if (errno == 0) store<u32>(map, before(map, field(map, QUEUE_HEAD)), QUEUE_HEAD);
  return errno;
}
