/** Helpers about routes, devices and tunnels. Devices are known; routes and tunnels cannot be declared yet. */
import {
  CTX_BASE,
  LOOPBACK_IFINDEX,
  type Machine,
  SKB_GSO_SIZE,
  SKB_IFINDEX,
  SKB_TRANSPORT,
  skbField,
  skbLength,
  XDP_INGRESS_IFINDEX,
  xdpData,
  xdpDataEnd,
} from '../../machine/index.ts';
import type { Helper } from '../define.ts';
import { ctx, defineHelper, int, map, memRead, memWrite, size, u64 } from '../define-helper.ts';
import { negative } from '../result.ts';
import type { Vm } from '../vm.ts';

const ETH_HLEN = 14;
const BPF_MTU_CHK_SEGS = 1;
const BPF_MTU_CHK_RET_SUCCESS = 0;
const BPF_MTU_CHK_RET_FRAG_NEEDED = 1;

function checkMtu(
  { machine, progType }: Vm,
  ifindex: number,
  mtuLength: number,
  difference: number,
  flags: number,
  flagsHigh: number,
): number {
  const isXdp = progType === 'xdp';
  const given = machine.view.getUint32(mtuLength, true);
  if ((flags & ~(isXdp ? 0 : BPF_MTU_CHK_SEGS)) !== 0 || flagsHigh !== 0) return negative('EINVAL');
  if (flags !== 0 && (difference !== 0 || given !== 0)) return negative('EINVAL');
  const own = isXdp
    ? (machine.u32[(CTX_BASE + XDP_INGRESS_IFINDEX) >> 2] ?? 0)
    : skbField(machine, SKB_IFINDEX);
  const device = machine.devices.find(ifindex === 0 ? own || LOOPBACK_IFINDEX : ifindex >>> 0);
  if (!device) return negative('ENODEV');
  const length = isXdp ? xdpDataEnd(machine) - xdpData(machine) : skbLength(machine);
  const frame = (given === 0 ? length : (given + ETH_HLEN) | 0) + difference;
  const fits = (frame | 0) <= device.mtu + ETH_HLEN;
  // a gso packet is cut up later, and its segments are only looked at when asked for
  const segmented = !fits && !isXdp && skbField(machine, SKB_GSO_SIZE) !== 0;
  if (segmented && flags !== 0 && skbField(machine, SKB_TRANSPORT) === 0) return negative('EINVAL');
  machine.view.setUint32(mtuLength, device.mtu, true);
  return fits || segmented ? BPF_MTU_CHK_RET_SUCCESS : BPF_MTU_CHK_RET_FRAG_NEEDED;
}

/** What the kernel answers for a packet that came in through no tunnel: an error and zeros. */
function clear(machine: Machine, address: number, length: number, errno: 'EINVAL' | 'ENOENT'): number {
  machine.u8.fill(0, address, address + length);
  return negative(errno);
}

const NEEDS_ROUTES = 'needs declared routes (a later issue)';
const NEEDS_TUNNELS = 'needs declared tunnels (a later issue)';

export const routingHelpers: readonly Helper<Vm>[] = [
  defineHelper({
    id: 163,
    name: 'bpf_check_mtu',
    args: [ctx, int('ifindex'), memWrite('mtu_len', 4), int('len_diff'), u64('flags')],
    returns: 'int',
    gplOnly: true,
    doc: "Whether the packet, `len_diff` longer, fits the device's MTU (0) or not (1); `mtu_len` becomes the MTU.",
    errors: { EINVAL: 'unknown flag, or BPF_MTU_CHK_SEGS with lengths', ENODEV: 'no such device' },
    call: (vm, _ctx, ifindex, mtuLength, difference, flags, flagsHigh) =>
      checkMtu(vm, ifindex, mtuLength, difference, flags, flagsHigh),
  }),
  defineHelper({
    id: 69,
    name: 'bpf_fib_lookup',
    args: [ctx, memWrite('params', { arg: 2 }), size('plen'), int('flags')],
    returns: 'int',
    gplOnly: true,
    doc: 'Looks the packet up in the routing table.',
    call: { missing: NEEDS_ROUTES },
  }),
  defineHelper({
    id: 73,
    name: 'bpf_lwt_push_encap',
    args: [ctx, int('type'), memRead('hdr', { arg: 3 }), size('len')],
    returns: 'int',
    changesPacket: true,
    doc: 'Puts a tunnel header in front of the packet and routes it anew.',
    call: { missing: NEEDS_ROUTES },
  }),
  defineHelper({
    id: 20,
    name: 'bpf_skb_get_tunnel_key',
    args: [ctx, memWrite('key', { arg: 2 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'The key of the tunnel the packet came in by.',
    errors: { EINVAL: 'always: it came in by none' },
    call: ({ machine }, _ctx, key, length) => clear(machine, key, length, 'EINVAL'),
  }),
  defineHelper({
    id: 29,
    name: 'bpf_skb_get_tunnel_opt',
    args: [ctx, memWrite('opt', { arg: 2 }), size('size')],
    returns: 'int',
    doc: 'The options of the tunnel the packet came in by.',
    errors: { ENOENT: 'always: it came in by none' },
    call: ({ machine }, _ctx, opt, length) => clear(machine, opt, length, 'ENOENT'),
  }),
  defineHelper({
    id: 66,
    name: 'bpf_skb_get_xfrm_state',
    args: [ctx, int('index'), memWrite('xfrm_state', { arg: 3 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'The IPsec state the packet came in by.',
    errors: { EINVAL: 'always: it came in by none' },
    call: ({ machine }, _ctx, _index, state, length) => clear(machine, state, length, 'EINVAL'),
  }),
  defineHelper({
    id: 21,
    name: 'bpf_skb_set_tunnel_key',
    args: [ctx, memRead('key', { arg: 2 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'Sets the key of the tunnel the packet leaves by.',
    call: { missing: NEEDS_TUNNELS },
  }),
  defineHelper({
    id: 30,
    name: 'bpf_skb_set_tunnel_opt',
    args: [ctx, memRead('opt', { arg: 2 }), size('size')],
    returns: 'int',
    doc: 'Sets the options of the tunnel the packet leaves by.',
    call: { missing: NEEDS_TUNNELS },
  }),
  defineHelper({
    id: 33,
    name: 'bpf_skb_under_cgroup',
    args: [ctx, map, int('index')],
    returns: 'int',
    doc: "Whether the packet's socket is below a cgroup of a cgroup_array.",
    call: { missing: 'needs cgroup_array maps (a later issue)' },
  }),
];
