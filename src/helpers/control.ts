/** Control flow and locks: tail calls, bpf_loop, spin locks. */
import { callback, callbackCtx, ctx, defineHelper, int, map, object, u64 } from './define-helper.ts';

export const tailCall = defineHelper({
  id: 12,
  name: 'bpf_tail_call',
  args: [ctx, map, int('index')],
  returns: 'int',
  special: 'tail_call',
  doc: 'Goes on in the program of slot `index` and does not return; returns when the slot is empty, past the end, or after 33 tail calls.',
  // The engine compiles it; nothing calls this name.
  call: { wasm: 'tail_call' },
});

export const loop = defineHelper({
  id: 181,
  name: 'bpf_loop',
  args: [u64('nr_loops'), callback, callbackCtx, u64('flags')],
  returns: 'int',
  frame: true,
  doc: 'Calls `callback_fn(i, ctx)` for i from 0 to nr_loops - 1 until it returns 1; the number of calls made.',
  errors: { EINVAL: 'flags is not 0', E2BIG: 'nr_loops is more than 8388608' },
  call: { wasm: 'bpf_loop' },
});

export const spinLock = defineHelper({
  id: 93,
  name: 'bpf_spin_lock',
  args: [object('bpf_spin_lock', 'lock')],
  returns: 'void',
  doc: 'Takes the lock in a map value. Nothing runs at the same time, so that it is free unless the program holds it: a fault.',
  call: { wasm: 'spin_lock' },
});

export const spinUnlock = defineHelper({
  id: 94,
  name: 'bpf_spin_unlock',
  args: [object('bpf_spin_lock', 'lock')],
  returns: 'void',
  doc: 'Releases the lock.',
  call: { wasm: 'spin_unlock' },
});

export const controlHelpers = [tailCall, loop, spinLock, spinUnlock] as const;
