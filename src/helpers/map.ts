/** Map access from programs. The runtime implements every operation per map type; the engine picks it by `mapOp`. */
import {
  callback,
  callbackCtx,
  defineHelper,
  int,
  map,
  mapKey,
  mapValue,
  mapValueOut,
  u64,
} from './define-helper.ts';

export const mapLookupElem = defineHelper({
  id: 1,
  name: 'bpf_map_lookup_elem',
  args: [map, mapKey],
  returns: 'ptr',
  mapOp: 'lookup',
  doc: 'Address of the value under `key`, or NULL.',
  call: { wasm: 'map_lookup_elem' },
});

export const mapUpdateElem = defineHelper({
  id: 2,
  name: 'bpf_map_update_elem',
  args: [map, mapKey, mapValue, u64('flags')],
  returns: 'int',
  mapOp: 'update',
  doc: 'Stores a copy of `value` under `key`.',
  errors: {
    EINVAL: 'unknown flag, or BPF_F_LOCK and the value has no bpf_spin_lock',
    EEXIST: 'BPF_NOEXIST and the key is present, as it always is in an array',
    ENOENT: 'BPF_EXIST and the key is absent',
    E2BIG: 'the map is full, or the index is past its end',
  },
  call: { wasm: 'map_update_elem' },
});

export const mapDeleteElem = defineHelper({
  id: 3,
  name: 'bpf_map_delete_elem',
  args: [map, mapKey],
  returns: 'int',
  mapOp: 'delete',
  doc: 'Removes `key` and its value.',
  errors: { ENOENT: 'the key is absent', EINVAL: 'elements of an array cannot be deleted' },
  call: { wasm: 'map_delete_elem' },
});

export const mapPushElem = defineHelper({
  id: 87,
  name: 'bpf_map_push_elem',
  args: [map, mapValue, u64('flags')],
  returns: 'int',
  mapOp: 'push',
  doc: 'Adds `value` to a queue, a stack or a bloom filter; BPF_EXIST makes room by dropping the oldest.',
  errors: { E2BIG: 'the map is full', EINVAL: 'unknown flag' },
  call: { wasm: 'map_push_elem' },
});

export const mapPopElem = defineHelper({
  id: 88,
  name: 'bpf_map_pop_elem',
  args: [map, mapValueOut],
  returns: 'int',
  mapOp: 'pop',
  doc: 'Takes the next value of a queue or stack; `value` is zeroed when there is none.',
  errors: { ENOENT: 'the map is empty' },
  call: { wasm: 'map_pop_elem' },
});

export const mapPeekElem = defineHelper({
  id: 89,
  name: 'bpf_map_peek_elem',
  args: [map, mapValueOut],
  returns: 'int',
  mapOp: 'peek',
  doc: 'Copies the next value of a queue or stack; of a bloom filter, asks whether `value` may be in it.',
  errors: { ENOENT: 'the map is empty, or the value is certainly not in the filter' },
  call: { wasm: 'map_peek_elem' },
});

export const mapLookupPercpuElem = defineHelper({
  id: 195,
  name: 'bpf_map_lookup_percpu_elem',
  args: [map, mapKey, int('cpu')],
  returns: 'ptr',
  mapOp: 'lookup_percpu',
  doc: "Address of CPU `cpu`'s value under `key` in a per-CPU map, or NULL.",
  call: { wasm: 'map_lookup_percpu_elem' },
});

export const forEachMapElem = defineHelper({
  id: 164,
  name: 'bpf_for_each_map_elem',
  args: [map, callback, callbackCtx, u64('flags')],
  returns: 'int',
  frame: true,
  mapOp: 'for_each',
  doc: 'Calls `callback_fn(map, key, value, ctx)` for each element until it returns 1; the number of calls made.',
  errors: { EINVAL: 'flags is not 0, or the map type cannot be walked' },
  call: { wasm: 'map_for_each' },
});

export const mapHelpers = [
  mapLookupElem,
  mapUpdateElem,
  mapDeleteElem,
  mapPushElem,
  mapPopElem,
  mapPeekElem,
  mapLookupPercpuElem,
  forEachMapElem,
] as const;
