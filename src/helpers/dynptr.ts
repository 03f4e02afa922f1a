/**
 * Dynptrs: 16 bytes on the program's stack, as struct bpf_dynptr_kern lays them out (little endian).
 *
 *   0  u64 data      address; 0 in an invalid dynptr
 *   8  u32 size      bits 0-23 size, 28-30 type, 31 read-only
 *   12 u32 offset    added to every offset
 *
 * No verifier guards them here, so every use checks the memory they stand for.
 */
import { type Machine, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import { defineHelper, int, map, memRead, memWrite, object, sizeOrZero, u64 } from './define-helper.ts';
import { badArgument, requireAccess } from './fault.ts';
import { negative } from './result.ts';

const DYNPTR_SIZE = 16;
const SIZE_MASK = 0xffffff;
const TYPE_SHIFT = 28;
const TYPE_LOCAL = 1;
const TYPE_RINGBUF = 2;
const RDONLY = 0x8000_0000;
const READ_WRITE = SHADOW_READ | SHADOW_WRITE;

const dynptr = object('bpf_dynptr', 'ptr');

interface Dynptr {
  readonly data: number;
  readonly size: number;
  readonly offset: number;
  readonly type: number;
  readonly readOnly: boolean;
}

function readDynptr(machine: Machine, at: number): Dynptr {
  const address = at >>> 0;
  requireAccess(machine, address, DYNPTR_SIZE, READ_WRITE);
  const { view } = machine;
  const meta = view.getUint32(address + 8, true);
  if (view.getUint32(address + 4, true) !== 0) badArgument(machine, address, 'no dynptr');
  const type = (meta >>> TYPE_SHIFT) & 7;
  const data = view.getUint32(address, true);
  if (data !== 0 && type !== TYPE_LOCAL && type !== TYPE_RINGBUF) badArgument(machine, address, 'no dynptr');
  return {
    data,
    size: meta & SIZE_MASK,
    offset: view.getUint32(address + 12, true),
    type,
    readOnly: (meta & RDONLY) !== 0,
  };
}

/** Makes a dynptr; `data` 0 makes an invalid one. */
function writeDynptr(machine: Machine, at: number, type: number, data: number, size: number): void {
  const address = at >>> 0;
  requireAccess(machine, address, DYNPTR_SIZE, READ_WRITE);
  const { view } = machine;
  view.setUint32(address, data >>> 0, true);
  view.setUint32(address + 4, 0, true);
  view.setUint32(address + 8, data === 0 ? 0 : size | (type << TYPE_SHIFT), true);
  view.setUint32(address + 12, 0, true);
}

/** Address of [offset, offset + length) inside the dynptr, or -E2BIG where it ends before. */
function slice(ptr: Dynptr, offset: number, length: number): number {
  const [at, count] = [offset >>> 0, length >>> 0];
  if (count > ptr.size || at > ptr.size - count) return -ERRNO.E2BIG;
  return ptr.data + ptr.offset + at;
}

export const dynptrFromMem = defineHelper({
  id: 197,
  name: 'bpf_dynptr_from_mem',
  args: [memWrite('data', { arg: 1 }), sizeOrZero('size'), u64('flags'), dynptr],
  returns: 'int',
  doc: 'Makes a dynptr of a map value.',
  errors: { E2BIG: 'size is more than 16777215', EINVAL: 'flags is not 0' },
  call({ machine }, data, length, flagsLow, flagsHigh, ptr) {
    const errno =
      length >>> 0 > SIZE_MASK ? 'E2BIG' : flagsLow !== 0 || flagsHigh !== 0 ? 'EINVAL' : undefined;
    writeDynptr(machine, ptr, TYPE_LOCAL, errno === undefined ? data : 0, length);
    return errno === undefined ? 0 : negative(errno);
  },
});

export const dynptrRead = defineHelper({
  id: 201,
  name: 'bpf_dynptr_read',
  args: [
    memWrite('dst', { arg: 1 }),
    sizeOrZero('len'),
    object('bpf_dynptr', 'src'),
    int('offset'),
    u64('flags'),
  ],
  returns: 'int',
  doc: 'Copies out of a dynptr.',
  errors: { E2BIG: 'offset and len lie past its end', EINVAL: 'an invalid dynptr, or flags is not 0' },
  call({ machine }, dst, length, src, offset, flagsLow, flagsHigh) {
    const ptr = readDynptr(machine, src);
    if (ptr.data === 0 || flagsLow !== 0 || flagsHigh !== 0) return negative('EINVAL');
    const from = slice(ptr, offset, length);
    if (from < 0) return from;
    requireAccess(machine, from, length, SHADOW_READ);
    machine.u8.copyWithin(dst >>> 0, from, from + length);
    return 0;
  },
});

export const dynptrWrite = defineHelper({
  id: 202,
  name: 'bpf_dynptr_write',
  args: [
    object('bpf_dynptr', 'dst'),
    int('offset'),
    memRead('src', { arg: 3 }),
    sizeOrZero('len'),
    u64('flags'),
  ],
  returns: 'int',
  doc: 'Copies into a dynptr.',
  errors: {
    E2BIG: 'offset and len lie past its end',
    EINVAL: 'an invalid or read-only dynptr, or flags is not 0',
  },
  call({ machine }, dst, offset, src, length, flagsLow, flagsHigh) {
    const ptr = readDynptr(machine, dst);
    if (ptr.data === 0 || ptr.readOnly) return negative('EINVAL');
    const to = slice(ptr, offset, length);
    if (to < 0) return to;
    if (flagsLow !== 0 || flagsHigh !== 0) return negative('EINVAL');
    requireAccess(machine, to, length, SHADOW_WRITE);
    machine.u8.copyWithin(to, src >>> 0, (src >>> 0) + length);
    return 0;
  },
});

export const dynptrData = defineHelper({
  id: 203,
  name: 'bpf_dynptr_data',
  args: [dynptr, int('offset'), int('len')],
  returns: 'ptr',
  doc: "Address of `len` bytes of a writable dynptr's memory, or NULL.",
  call({ machine }, at, offset, length) {
    const ptr = readDynptr(machine, at);
    const address = slice(ptr, offset, length);
    return ptr.data === 0 || ptr.readOnly || address < 0 ? 0 : address;
  },
});

export const ringbufReserveDynptr = defineHelper({
  id: 198,
  name: 'bpf_ringbuf_reserve_dynptr',
  args: [map, int('size'), u64('flags'), dynptr],
  returns: 'int',
  doc: 'Reserves a record of a ring buffer as a dynptr, which must be submitted or discarded also after an error.',
  errors: { EINVAL: 'flags is not 0, or there is no room', E2BIG: 'size is more than 16777215' },
  call({ machine }, ring, size, flagsLow, flagsHigh, ptr) {
    const flagged = flagsLow !== 0 || flagsHigh !== 0;
    const errno = flagged ? 'EINVAL' : size >>> 0 > SIZE_MASK ? 'E2BIG' : undefined;
    const length = BigInt(size >>> 0);
    const sample = errno ? 0 : (machine.runtime['bpf_ringbuf_reserve']?.(ring, length, 0n) ?? 0);
    writeDynptr(machine, ptr, TYPE_RINGBUF, sample, size);
    return sample === 0 ? negative(errno ?? 'EINVAL') : 0;
  },
});

function commit(machine: Machine, at: number, operation: 'ringbuf_submit' | 'ringbuf_discard'): number {
  const ptr = readDynptr(machine, at);
  if (ptr.data === 0) return 0;
  if (ptr.type !== TYPE_RINGBUF) badArgument(machine, at, 'no dynptr of a ring buffer');
  machine.runtime[operation]?.(ptr.data, 0n);
  writeDynptr(machine, at, 0, 0, 0);
  return 0;
}

export const ringbufSubmitDynptr = defineHelper({
  id: 199,
  name: 'bpf_ringbuf_submit_dynptr',
  args: [dynptr, u64('flags')],
  returns: 'void',
  doc: 'Submits the record of a dynptr; nothing for an invalid one.',
  call: ({ machine }, ptr) => commit(machine, ptr, 'ringbuf_submit'),
});

export const ringbufDiscardDynptr = defineHelper({
  id: 200,
  name: 'bpf_ringbuf_discard_dynptr',
  args: [dynptr, u64('flags')],
  returns: 'void',
  doc: 'Drops the record of a dynptr; nothing for an invalid one.',
  call: ({ machine }, ptr) => commit(machine, ptr, 'ringbuf_discard'),
});

export const dynptrHelpers = [
  dynptrFromMem,
  dynptrRead,
  dynptrWrite,
  dynptrData,
  ringbufReserveDynptr,
  ringbufSubmitDynptr,
  ringbufDiscardDynptr,
] as const;
