/** Helpers that name where a packet goes, or send a copy of it. In a test run only clones leave; the rest is on record. */
import {
  type Machine,
  SKB_GSO_SIZE,
  SKB_GSO_TYPE,
  SKB_MAC,
  SKB_NETWORK,
  STAGING_BASE,
  skbData,
  skbDataEnd,
  skbField,
  skbLength,
} from '../../machine/index.ts';
import { MAP_TYPE, TC_ACT, XDP_ACTION } from '../../uapi/bpf.ts';
import { ctx, defineHelper, int, map, memReadOrNull, sizeOrZero, u64 } from '../define-helper.ts';
import { badArgument } from '../fault.ts';
import { negative } from '../result.ts';
import type { Vm } from '../vm.ts';

const BPF_F_INGRESS = 1;
/** sizeof(struct bpf_redir_neigh). */
const REDIR_NEIGH_SIZE = 20;
const NET_XMIT_CN = 2;
const NET_RX_DROP = 1;

function record(machine: Machine, by: string, ifindex: number, flags: number): void {
  machine.events.redirect = { by, ifindex: ifindex >>> 0, flags };
}

function redirect(vm: Vm, ifindex: number, flags: number, flagsHigh: number): number {
  if (vm.progType === 'xdp') {
    if (flags !== 0 || flagsHigh !== 0) return XDP_ACTION.XDP_ABORTED;
    record(vm.machine, 'bpf_redirect', ifindex, 0);
    return XDP_ACTION.XDP_REDIRECT;
  }
  if ((flags & ~BPF_F_INGRESS) !== 0 || flagsHigh !== 0) return TC_ACT.TC_ACT_SHOT;
  record(vm.machine, 'bpf_redirect', ifindex, flags);
  return TC_ACT.TC_ACT_REDIRECT;
}

function cloneRedirect(machine: Machine, ifindex: number, flags: number, flagsHigh: number): number {
  if ((flags & ~BPF_F_INGRESS) !== 0 || flagsHigh !== 0) return negative('EINVAL');
  if (skbField(machine, SKB_GSO_SIZE) !== 0 && skbField(machine, SKB_GSO_TYPE) === 0)
    return negative('EBADMSG');
  const device = machine.devices.find(ifindex >>> 0);
  if (!device) return negative('EINVAL');
  if (skbField(machine, SKB_MAC) >= skbField(machine, SKB_NETWORK) || skbLength(machine) === 0)
    return negative('ERANGE');
  const ingress = flags === BPF_F_INGRESS;
  if (!device.up) return ingress ? NET_RX_DROP : NET_XMIT_CN;
  machine.events.transmitted.push({
    by: 'clone_redirect',
    ifindex: device.ifindex,
    direction: ingress ? 'ingress' : 'egress',
    data: machine.u8.slice(skbData(machine), skbDataEnd(machine)),
  });
  return 0;
}

/** How the lower flag bits are used: the verdict when the entry is empty. */
const MISS_MASK = 3;
const BPF_F_BROADCAST = 8;
const BPF_F_EXCLUDE_INGRESS = 16;
/** Flags beyond the verdict bits, by map type. */
const MAP_FLAGS: ReadonlyMap<number, number> = new Map([
  [MAP_TYPE.devmap, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS],
  [MAP_TYPE.devmap_hash, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS],
  [MAP_TYPE.cpumap, 0],
  [MAP_TYPE.xskmap, 0],
]);
/** Where the key lies for the lookup; user-side operations, the area's other user, never overlap a run. */
const KEY_ADDRESS = STAGING_BASE;

function redirectMap(
  { machine, maps }: Vm,
  address: number,
  key: number,
  flags: number,
  flagsHigh: number,
): number {
  const map = maps.at(address);
  const { type } = map;
  const known = MAP_FLAGS.get(type);
  if (known === undefined)
    return badArgument(machine, address, `map '${map.name}' is no devmap, cpumap or xskmap`);
  if ((flags & ~(MISS_MASK | known)) !== 0 || flagsHigh !== 0) return XDP_ACTION.XDP_ABORTED;
  machine.view.setUint32(KEY_ADDRESS, key, true);
  const lookup = type === MAP_TYPE.devmap_hash ? 'hash_lookup' : 'index_lookup';
  const slot = map.call(lookup, KEY_ADDRESS);
  const broadcast = (flags & BPF_F_BROADCAST) !== 0;
  if (slot === 0 && !broadcast) return flags & MISS_MASK;
  const isDevice = type === MAP_TYPE.devmap || type === MAP_TYPE.devmap_hash;
  machine.events.redirect = {
    by: 'bpf_redirect_map',
    map: map.name,
    key: key >>> 0,
    flags,
    ...(isDevice && !broadcast ? { ifindex: machine.view.getUint32(slot, true) } : {}),
  };
  return XDP_ACTION.XDP_REDIRECT;
}

export const redirectHelpers = [
  defineHelper({
    id: 23,
    name: 'bpf_redirect',
    args: [int('ifindex'), u64('flags')],
    returns: 'int',
    doc: 'The verdict that sends the packet to a device, which need not exist; with flags other than 0 (tc: 1) to drop it.',
    call: redirect,
  }),
  defineHelper({
    id: 51,
    name: 'bpf_redirect_map',
    args: [map, u64('key'), u64('flags')],
    returns: 'int',
    doc: 'XDP_REDIRECT to an entry of a devmap, cpumap or xskmap; the lower two bits of the flags when it is empty.',
    call: (vm, handle, key, _keyHigh, flags, flagsHigh) => redirectMap(vm, handle, key, flags, flagsHigh),
  }),
  defineHelper({
    id: 155,
    name: 'bpf_redirect_peer',
    args: [int('ifindex'), u64('flags')],
    returns: 'int',
    doc: "The verdict that sends the packet to a device's peer in another namespace; with flags to drop it.",
    call({ machine }, ifindex, flags, flagsHigh) {
      if (flags !== 0 || flagsHigh !== 0) return TC_ACT.TC_ACT_SHOT;
      record(machine, 'bpf_redirect_peer', ifindex, 0);
      return TC_ACT.TC_ACT_REDIRECT;
    },
  }),
  defineHelper({
    id: 152,
    name: 'bpf_redirect_neigh',
    args: [int('ifindex'), memReadOrNull('params', { arg: 2 }), sizeOrZero('plen'), u64('flags')],
    returns: 'int',
    doc: 'The verdict that sends the packet to a device with addresses of the neighbour; with flags to drop it.',
    call({ machine }, ifindex, _params, plen, flags, flagsHigh) {
      const short = plen !== 0 && plen >>> 0 < REDIR_NEIGH_SIZE;
      if (short || flags !== 0 || flagsHigh !== 0) return TC_ACT.TC_ACT_SHOT;
      record(machine, 'bpf_redirect_neigh', ifindex, 0);
      return TC_ACT.TC_ACT_REDIRECT;
    },
  }),
  defineHelper({
    id: 13,
    name: 'bpf_clone_redirect',
    args: [ctx, int('ifindex'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Sends a copy of the packet to a device; the copy is in the effects of the run.',
    errors: {
      EINVAL: 'unknown flag, or no such device',
      EBADMSG: 'gso_size is set without a gso type, as only ctx_in can',
      ERANGE: 'the packet has no MAC header',
    },
    call: ({ machine }, _ctx, ifindex, flags, flagsHigh) => cloneRedirect(machine, ifindex, flags, flagsHigh),
  }),
];
