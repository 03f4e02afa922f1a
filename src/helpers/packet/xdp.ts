/** Helpers of xdp: moving the packet's ends, reading and writing across fragments. */
import { ctx, defineHelper, int, memRead, memWrite, size } from '../define-helper.ts';

export const xdpHelpers = [
  defineHelper({
    id: 44,
    name: 'bpf_xdp_adjust_head',
    args: [ctx, int('delta')],
    returns: 'int',
    changesPacket: true,
    doc: 'Moves the start of the packet; metadata moves along.',
    errors: { EINVAL: 'into the first 40 bytes of the page, or fewer than 14 linear bytes would stay' },
    call: { wasm: 'bpf_xdp_adjust_head' },
  }),
  defineHelper({
    id: 54,
    name: 'bpf_xdp_adjust_meta',
    args: [ctx, int('delta')],
    returns: 'int',
    changesPacket: true,
    doc: 'Moves the start of the metadata in front of the packet.',
    errors: {
      EINVAL: 'past the start of the packet, or into the first 40 bytes of the page',
      EACCES: 'the length would be no multiple of 4',
    },
    call: { wasm: 'bpf_xdp_adjust_meta' },
  }),
  defineHelper({
    id: 65,
    name: 'bpf_xdp_adjust_tail',
    args: [ctx, int('delta')],
    returns: 'int',
    changesPacket: true,
    doc: 'Moves the end of the packet. Fragments are eaten from the last one on, and only the last one grows.',
    errors: { EINVAL: 'fewer than 14 bytes would stay, or the page has no room' },
    call: { wasm: 'bpf_xdp_adjust_tail' },
  }),
  defineHelper({
    id: 188,
    name: 'bpf_xdp_get_buff_len',
    args: [ctx],
    returns: 'int',
    doc: 'Linear and fragment bytes, without metadata.',
    call: { wasm: 'bpf_xdp_get_buff_len' },
  }),
  defineHelper({
    id: 189,
    name: 'bpf_xdp_load_bytes',
    args: [ctx, int('offset'), memWrite('buf', { arg: 3 }), size('len')],
    returns: 'int',
    doc: 'Copies packet bytes into `buf`, across fragments.',
    errors: { EFAULT: 'offset or len above 0xffff', EINVAL: 'past the end of the packet' },
    call: { wasm: 'bpf_xdp_load_bytes' },
  }),
  defineHelper({
    id: 190,
    name: 'bpf_xdp_store_bytes',
    args: [ctx, int('offset'), memRead('buf', { arg: 3 }), size('len')],
    returns: 'int',
    doc: 'Copies `buf` into the packet, across fragments.',
    errors: { EFAULT: 'offset or len above 0xffff', EINVAL: 'past the end of the packet' },
    call: { wasm: 'bpf_xdp_store_bytes' },
  }),
];
