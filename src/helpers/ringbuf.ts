/** Ring buffers. */
import { defineHelper, map, memRead, object, sizeOrZero, u64 } from './define-helper.ts';

export const ringbufOutput = defineHelper({
  id: 130,
  name: 'bpf_ringbuf_output',
  args: [map, memRead('data', { arg: 2 }), sizeOrZero('size'), u64('flags')],
  returns: 'int',
  doc: 'Copies a record into the ring buffer.',
  errors: { EINVAL: 'unknown flag', EAGAIN: 'no room' },
  call: { wasm: 'bpf_ringbuf_output' },
});

export const ringbufReserve = defineHelper({
  id: 131,
  name: 'bpf_ringbuf_reserve',
  args: [map, u64('size'), u64('flags')],
  returns: 'ptr',
  doc: 'Address of a record of `size` bytes to fill and submit; NULL when flags is not 0 or there is no room.',
  call: { wasm: 'bpf_ringbuf_reserve' },
});

export const ringbufSubmit = defineHelper({
  id: 132,
  name: 'bpf_ringbuf_submit',
  args: [object('ringbuf_record', 'data'), u64('flags')],
  returns: 'void',
  doc: 'Hands a reserved record to the consumer.',
  call: { wasm: 'ringbuf_submit' },
});

export const ringbufDiscard = defineHelper({
  id: 133,
  name: 'bpf_ringbuf_discard',
  args: [object('ringbuf_record', 'data'), u64('flags')],
  returns: 'void',
  doc: 'Drops a reserved record.',
  call: { wasm: 'ringbuf_discard' },
});

export const ringbufQuery = defineHelper({
  id: 134,
  name: 'bpf_ringbuf_query',
  args: [map, u64('flags')],
  returns: 'u64',
  doc: 'BPF_RB_AVAIL_DATA, RING_SIZE, CONS_POS or PROD_POS of the ring; 0 for any other question.',
  call: { wasm: 'bpf_ringbuf_query' },
});

export const ringbufHelpers = [
  ringbufOutput,
  ringbufReserve,
  ringbufSubmit,
  ringbufDiscard,
  ringbufQuery,
] as const;
