/** Helpers about the tunnel a packet came in or leaves by. It comes in by none; what a program sets is kept. */
import {
  CTX_BASE,
  type Machine,
  SKB_TUNNEL_FLAGS,
  SKB_TUNNEL_KEY,
  SKB_TUNNEL_SET,
  setSkbField,
  skbField,
} from '../../machine/index.ts';
import type { Helper } from '../define.ts';
import { ctx, defineHelper, memRead, memWrite, size, u64 } from '../define-helper.ts';
import { negative } from '../result.ts';
import type { Vm } from '../vm.ts';

/** struct bpf_tunnel_key: where its fields begin, and its size. */
const REMOTE = 4;
const TUNNEL_EXT = 22;
const TUNNEL_LABEL = 24;
const LOCAL = 28;
const KEY_SIZE = 44;
const ADDRESS_SIZE = 16;

/** Sizes of the struct in older headers: it ended after remote_ipv4, tunnel_ttl, tunnel_ext or tunnel_label. */
const OLDER_SIZES: readonly number[] = [8, TUNNEL_EXT, TUNNEL_LABEL, LOCAL];

const BPF_F_TUNINFO_IPV6 = 1;
const BPF_F_ZERO_CSUM_TX = 2;
const BPF_F_DONT_FRAGMENT = 4;
const BPF_F_SEQ_NUMBER = 8;
const BPF_F_TUNINFO_FLAGS = 16;
const BPF_F_NO_TUNNEL_KEY = 16;
const SET_FLAGS =
  BPF_F_TUNINFO_IPV6 | BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT | BPF_F_SEQ_NUMBER | BPF_F_NO_TUNNEL_KEY;
const GET_FLAGS = BPF_F_TUNINFO_IPV6 | BPF_F_TUNINFO_FLAGS;

/** TUNNEL_* bits of if_tunnel.h, as BPF_F_TUNINFO_FLAGS shows them: a big-endian word. */
const TUNNEL_CSUM = 0x01;
const TUNNEL_KEY = 0x04;
const TUNNEL_SEQ = 0x08;
const TUNNEL_DONT_FRAGMENT = 0x100;
const TUNNEL_NOCACHE = 0x2000;

const FLOW_LABEL = 0xfffff;

/** What the kernel answers for a packet without a tunnel: an error and zeros. */
function clear(machine: Machine, address: number, length: number, errno: 'EINVAL' | 'ENOENT' | 'EPROTO') {
  machine.u8.fill(0, address, address + length);
  return negative(errno);
}

function setKey({ machine }: Vm, from: number, length: number, flags: number, flagsHigh: number): number {
  if ((flags & ~SET_FLAGS) !== 0 || flagsHigh !== 0) return negative('EINVAL');
  if (length !== KEY_SIZE && !OLDER_SIZES.includes(length)) return negative('EINVAL');
  const key = new Uint8Array(KEY_SIZE);
  key.set(machine.u8.subarray(from, from + length));
  const view = new DataView(key.buffer);
  const ipv6 = (flags & BPF_F_TUNINFO_IPV6) !== 0;
  const label = view.getUint32(TUNNEL_LABEL, true);
  if ((!ipv6 && label !== 0) || view.getUint16(TUNNEL_EXT, true) !== 0) return negative('EINVAL');
  view.setUint32(TUNNEL_LABEL, label & FLOW_LABEL, true);
  if (!ipv6) {
    // only the first word of an address is one
    key.fill(0, REMOTE + 4, REMOTE + ADDRESS_SIZE);
    key.fill(0, LOCAL + 4, LOCAL + ADDRESS_SIZE);
  }
  setSkbField(machine, SKB_TUNNEL_SET, 1);
  setSkbField(machine, SKB_TUNNEL_FLAGS, flags);
  machine.u8.set(key, CTX_BASE + SKB_TUNNEL_KEY);
  return 0;
}

/** Shows the key that was set from the other end: what is local to the sender is remote to the receiver. */
function getKey({ machine }: Vm, to: number, length: number, flags: number, flagsHigh: number): number {
  const { u8 } = machine;
  if (skbField(machine, SKB_TUNNEL_SET) === 0 || (flags & ~GET_FLAGS) !== 0 || flagsHigh !== 0)
    return clear(machine, to, length, 'EINVAL');
  const given = skbField(machine, SKB_TUNNEL_FLAGS);
  const ipv6 = given & BPF_F_TUNINFO_IPV6;
  if (ipv6 !== (flags & BPF_F_TUNINFO_IPV6)) return clear(machine, to, length, 'EPROTO');
  // the oldest layout has no room for an IPv6 address
  const older = OLDER_SIZES.includes(length) && !(length === 8 && ipv6 !== 0);
  if (length !== KEY_SIZE && !older) return clear(machine, to, length, 'EINVAL');
  const kept = CTX_BASE + SKB_TUNNEL_KEY;
  const key = u8.slice(kept, kept + KEY_SIZE);
  key.copyWithin(REMOTE, LOCAL, LOCAL + ADDRESS_SIZE);
  key.set(u8.subarray(kept + REMOTE, kept + REMOTE + ADDRESS_SIZE), LOCAL);
  if ((flags & BPF_F_TUNINFO_FLAGS) !== 0) new DataView(key.buffer).setUint16(TUNNEL_EXT, tunnelFlags(given));
  u8.set(key.subarray(0, length), to);
  return 0;
}

function tunnelFlags(given: number): number {
  return (
    TUNNEL_NOCACHE |
    (given & BPF_F_DONT_FRAGMENT ? TUNNEL_DONT_FRAGMENT : 0) |
    (given & BPF_F_ZERO_CSUM_TX ? 0 : TUNNEL_CSUM) |
    (given & BPF_F_SEQ_NUMBER ? TUNNEL_SEQ : 0) |
    (given & BPF_F_NO_TUNNEL_KEY ? 0 : TUNNEL_KEY)
  );
}

export const tunnelHelpers: readonly Helper<Vm>[] = [
  defineHelper({
    id: 20,
    name: 'bpf_skb_get_tunnel_key',
    args: [ctx, memWrite('key', { arg: 2 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'The key of the tunnel the packet came in by; after bpf_skb_set_tunnel_key that one, its ends exchanged.',
    errors: {
      EINVAL: 'it came in by none; unknown flag or size',
      EPROTO: 'the tunnel is of the other IP version',
    },
    call: (vm, _ctx, key, length, flags, flagsHigh) => getKey(vm, key, length, flags, flagsHigh),
  }),
  defineHelper({
    id: 21,
    name: 'bpf_skb_set_tunnel_key',
    args: [ctx, memRead('key', { arg: 2 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'Sets the key of the tunnel the packet leaves by.',
    errors: { EINVAL: 'unknown flag or size, tunnel_ext, or a flow label without BPF_F_TUNINFO_IPV6' },
    call: (vm, _ctx, key, length, flags, flagsHigh) => setKey(vm, key, length, flags, flagsHigh),
  }),
  defineHelper({
    id: 29,
    name: 'bpf_skb_get_tunnel_opt',
    args: [ctx, memWrite('opt', { arg: 2 }), size('size')],
    returns: 'int',
    doc: 'The options of the tunnel the packet came in by.',
    errors: { ENOENT: 'always: it came in by none, and a key that was set has none' },
    call: ({ machine }, _ctx, opt, length) => clear(machine, opt, length, 'ENOENT'),
  }),
  defineHelper({
    id: 30,
    name: 'bpf_skb_set_tunnel_opt',
    args: [ctx, memRead('opt', { arg: 2 }), size('size')],
    returns: 'int',
    doc: 'Sets the options of the tunnel the packet leaves by.',
    call: { missing: 'needs declared tunnels (a later issue)' },
  }),
];
