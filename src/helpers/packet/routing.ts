/** Helpers about routes and devices. Devices are known and do not forward; routes cannot be declared yet. */
import {
  CTX_BASE,
  LOOPBACK_IFINDEX,
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

/** struct bpf_fib_lookup: where its fields begin, and its size. */
const FIB_IFINDEX = 8;
const FIB_SRC = 16;
const FIB_DST = 32;
const FIB_SIZE = 64;
/** BPF_FIB_LOOKUP_DIRECT, _OUTPUT, _SKIP_NEIGH, _TBID, _SRC, _MARK. */
const BPF_FIB_LOOKUP_FLAGS = 63;
const BPF_FIB_LKUP_RET_NOT_FWDED = 4;
const BPF_FIB_LKUP_RET_FWD_DISABLED = 5;
const AF_INET = 2;
const AF_INET6 = 10;

/**
 * The answer of a network namespace that nobody configured: no device forwards. The kernel asks for that before it
 * looks at any route, and for IPv6 addresses that never leave a link before it looks for the device.
 */
function fibLookup({ machine }: Vm, params: number, length: number, flags: number): number {
  if (length < FIB_SIZE || (flags & ~BPF_FIB_LOOKUP_FLAGS) !== 0) return negative('EINVAL');
  const family = machine.u8[params];
  if (family !== AF_INET && family !== AF_INET6) return negative('EAFNOSUPPORT');
  const stays = (address: number): boolean => staysOnLink(machine.u8.subarray(address, address + 16));
  if (family === AF_INET6 && (stays(params + FIB_DST) || stays(params + FIB_SRC)))
    return BPF_FIB_LKUP_RET_NOT_FWDED;
  if (!machine.devices.find(machine.view.getUint32(params + FIB_IFINDEX, true))) return negative('ENODEV');
  return BPF_FIB_LKUP_RET_FWD_DISABLED;
}

/** Multicast, link-local and loopback IPv6 addresses. */
function staysOnLink(address: Uint8Array): boolean {
  const [first = 0, second = 0] = address;
  if (first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)) return true;
  return address.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

const NEEDS_ROUTES = 'needs declared routes (a later issue)';

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
    doc: 'Looks an address up in the routing table. No device of the simulated machine forwards, and so none is found.',
    errors: {
      EINVAL: 'unknown flag, or less than struct bpf_fib_lookup',
      EAFNOSUPPORT: 'neither IPv4 nor IPv6',
      ENODEV: 'no device of that ifindex',
    },
    call: (vm, _ctx, params, length, flags) => fibLookup(vm, params, length, flags),
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
    id: 66,
    name: 'bpf_skb_get_xfrm_state',
    args: [ctx, int('index'), memWrite('xfrm_state', { arg: 3 }), size('size'), u64('flags')],
    returns: 'int',
    doc: 'The IPsec state the packet came in by.',
    errors: { EINVAL: 'always: it came in by none' },
    call({ machine }, _ctx, _index, state, length) {
      machine.u8.fill(0, state, state + length);
      return negative('EINVAL');
    },
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
