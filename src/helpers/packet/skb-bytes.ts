/** Helpers that read and write sk_buff bytes by offset. */
import { ctx, defineHelper, int, memRead, memWrite, size, u64 } from '../define-helper.ts';

export const skbBytesHelpers = [
  defineHelper({
    id: 9,
    name: 'bpf_skb_store_bytes',
    args: [ctx, int('offset'), memRead('from', { arg: 3 }), size('len'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Copies `from` into the packet. BPF_F_RECOMPUTE_CSUM keeps a CHECKSUM_COMPLETE sum right.',
    errors: { EINVAL: 'unknown flag', EFAULT: 'past the end of the packet, or a negative offset' },
    call: { wasm: 'bpf_skb_store_bytes' },
  }),
  defineHelper({
    id: 26,
    name: 'bpf_skb_load_bytes',
    args: [ctx, int('offset'), memWrite('to', { arg: 3 }), size('len')],
    returns: 'int',
    doc: 'Copies packet bytes into `to`, which is zeroed when they do not exist.',
    errors: { EFAULT: 'past the end of the packet, or a negative offset' },
    call: { wasm: 'bpf_skb_load_bytes' },
  }),
  defineHelper({
    id: 68,
    name: 'bpf_skb_load_bytes_relative',
    args: [ctx, int('offset'), memWrite('to', { arg: 3 }), size('len'), int('start_header')],
    returns: 'int',
    doc: 'As bpf_skb_load_bytes, counted from the MAC (0) or the network header (1).',
    errors: { EFAULT: 'past the end of the packet, an offset above 0xffff, or another start_header' },
    call: { wasm: 'bpf_skb_load_bytes_relative' },
  }),
  defineHelper({
    id: 39,
    name: 'bpf_skb_pull_data',
    args: [ctx, int('len')],
    returns: 'int',
    changesPacket: true,
    doc: 'Makes the first `len` bytes linear; in a test run they all are.',
    errors: { ENOMEM: 'the packet is shorter' },
    call: { wasm: 'bpf_skb_pull_data' },
  }),
];
