/** Helpers that insert and remove headers of an sk_buff: protocol translation and tunnel encapsulation. */
import {
  insertSkb,
  type Machine,
  PROTOCOL_IP,
  PROTOCOL_IPV6,
  removeSkb,
  reserveSkb,
  SKB_ENCAPSULATION,
  SKB_GSO_SIZE,
  SKB_GSO_TYPE,
  SKB_HASH,
  SKB_HASH_SET,
  SKB_MAX_LEN,
  SKB_NETWORK,
  SKB_PKT_TYPE,
  SKB_PROTOCOL,
  SKB_TRANSPORT,
  setSkbField,
  skbData,
  skbField,
  skbLength,
  skbMacLength,
  skbNetworkOffset,
  skbProtocol,
} from '../../machine/index.ts';
import { ctx, defineHelper, int, u64 } from '../define-helper.ts';
import { negative } from '../result.ts';
import { resetChecksumUnnecessary } from './csum.ts';

const IPV4_SIZE = 20;
const IPV6_SIZE = 40;
const ETH_HLEN = 14;
const SKB_GSO_DODGY = 2;
const PACKET_OTHERHOST = 3;

const BPF_ADJ_ROOM_NET = 0;
const BPF_ADJ_ROOM_MAC = 1;
const FIXED_GSO = 1;
const ENCAP_L3_IPV4 = 2;
const ENCAP_L3_IPV6 = 4;
const ENCAP_L4_GRE = 8;
const ENCAP_L4_UDP = 16;
const NO_CSUM_RESET = 32;
const ENCAP_L2_ETH = 64;
const DECAP_L3_IPV4 = 128;
const DECAP_L3_IPV6 = 256;
const ENCAP_L3 = ENCAP_L3_IPV4 | ENCAP_L3_IPV6;
const DECAP_L3 = DECAP_L3_IPV4 | DECAP_L3_IPV6;
const KNOWN_FLAGS =
  FIXED_GSO | ENCAP_L3 | ENCAP_L4_GRE | ENCAP_L4_UDP | NO_CSUM_RESET | ENCAP_L2_ETH | DECAP_L3;
/** The upper half of the flags holds the length of the inner L2 header in its top byte (BPF_F_ADJ_ROOM_ENCAP_L2). */
const INNER_L2_SHIFT = 24;
const MAX_DIFFERENCE = 0xfff;

function headerSize(protocol: number): number | undefined {
  return protocol === PROTOCOL_IP ? IPV4_SIZE : protocol === PROTOCOL_IPV6 ? IPV6_SIZE : undefined;
}

const isGso = (machine: Machine): boolean => skbField(machine, SKB_GSO_SIZE) !== 0;

/** bpf_skb_net_grow: room of `by` bytes at `offset`. */
function grow(machine: Machine, offset: number, by: number, flags: number, innerL2: number): number {
  // gso packets of a test run have no type, so none counts as TCP
  if (isGso(machine)) return negative('ENOTSUPP');
  if (!reserveSkb(machine, by, 0)) return negative('ENOMEM');
  const encapsulate = (flags & ENCAP_L3) !== 0;
  const protocol = skbProtocol(machine);
  if (encapsulate) {
    const both = (mask: number): boolean => (flags & mask) === mask;
    if (both(ENCAP_L3) || both(ENCAP_L4_GRE | ENCAP_L4_UDP)) return negative('EINVAL');
    if ((flags & ENCAP_L2_ETH) !== 0 && innerL2 < ETH_HLEN) return negative('EINVAL');
    if (skbField(machine, SKB_ENCAPSULATION) !== 0) return negative('EALREADY');
    if (innerL2 > by) return negative('EINVAL');
  }
  const macLength = skbMacLength(machine);
  if (!insertSkb(machine, offset, by)) return negative('ENOMEM');
  if (!encapsulate) return 0;
  const network = skbData(machine) + macLength;
  const outer = (flags & ENCAP_L3_IPV6) !== 0 ? PROTOCOL_IPV6 : PROTOCOL_IP;
  setSkbField(machine, SKB_ENCAPSULATION, 1);
  setSkbField(machine, SKB_NETWORK, network);
  if ((flags & (ENCAP_L4_GRE | ENCAP_L4_UDP)) !== 0)
    setSkbField(machine, SKB_TRANSPORT, network + (headerSize(outer) ?? 0));
  if (protocol !== outer) setSkbField(machine, SKB_PROTOCOL, outer);
  return 0;
}

/** bpf_skb_net_shrink: `by` bytes less at `offset`. */
function shrink(machine: Machine, offset: number, by: number, flags: number, innerL2: number): number {
  if ((flags & ~(FIXED_GSO | DECAP_L3 | NO_CSUM_RESET)) !== 0 || innerL2 !== 0) return negative('EINVAL');
  if (isGso(machine)) return negative('ENOTSUPP');
  if (offset + by > skbLength(machine)) return negative('ENOMEM');
  removeSkb(machine, offset, by);
  if ((flags & DECAP_L3) !== 0)
    setSkbField(machine, SKB_PROTOCOL, (flags & DECAP_L3_IPV6) !== 0 ? PROTOCOL_IPV6 : PROTOCOL_IP);
  return 0;
}

function adjustRoom(
  machine: Machine,
  difference: number,
  mode: number,
  flags: number,
  flagsHigh: number,
): number {
  const innerL2 = flagsHigh >>> INNER_L2_SHIFT;
  if ((flags & ~KNOWN_FLAGS) !== 0 || (flagsHigh & 0xffffff) !== 0) return negative('EINVAL');
  const by = Math.abs(difference);
  if (by > MAX_DIFFERENCE) return negative('EFAULT');
  const header = headerSize(skbProtocol(machine));
  if (header === undefined || (mode !== BPF_ADJ_ROOM_NET && mode !== BPF_ADJ_ROOM_MAC))
    return negative('ENOTSUPP');
  const shrinks = difference < 0;
  let least = header;
  if ((flags & DECAP_L3) !== 0) {
    if (!shrinks || (flags & DECAP_L3) === DECAP_L3) return negative('EINVAL');
    least = (flags & DECAP_L3_IPV4) !== 0 ? IPV4_SIZE : IPV6_SIZE;
  }
  const length = skbLength(machine);
  const fromNetwork = length - skbNetworkOffset(machine);
  if (shrinks ? fromNetwork - by < least : length + by > SKB_MAX_LEN && !isGso(machine))
    return negative('ENOTSUPP');
  const offset = skbMacLength(machine) + (mode === BPF_ADJ_ROOM_NET ? header : 0);
  const result = shrinks
    ? shrink(machine, offset, by, flags, innerL2)
    : grow(machine, offset, by, flags, innerL2);
  if (result === 0 && (flags & NO_CSUM_RESET) === 0) resetChecksumUnnecessary(machine);
  return result;
}

function changeProto(machine: Machine, to: number): number {
  const from = skbProtocol(machine);
  const offset = skbMacLength(machine);
  const difference = IPV6_SIZE - IPV4_SIZE;
  if (from === PROTOCOL_IP && to === PROTOCOL_IPV6) {
    if (!insertSkb(machine, offset, difference)) return negative('ENOMEM');
  } else if (from === PROTOCOL_IPV6 && to === PROTOCOL_IP) {
    if (offset + difference > skbLength(machine)) return negative('ENOMEM');
    removeSkb(machine, offset, difference);
  } else return negative('ENOTSUPP');
  if (isGso(machine)) setSkbField(machine, SKB_GSO_TYPE, skbField(machine, SKB_GSO_TYPE) | SKB_GSO_DODGY);
  setSkbField(machine, SKB_PROTOCOL, to);
  setSkbField(machine, SKB_HASH, 0);
  setSkbField(machine, SKB_HASH_SET, 0);
  return 0;
}

export const skbHeaderHelpers = [
  defineHelper({
    id: 31,
    name: 'bpf_skb_change_proto',
    args: [ctx, int('proto'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Makes room for an IPv6 header in place of an IPv4 one, or the reverse; the Ethertype stays as it is.',
    errors: { EINVAL: 'flags', ENOTSUPP: 'from or to something other than IPv4 and IPv6' },
    call: ({ machine }, _ctx, proto, flags, flagsHigh) =>
      flags !== 0 || flagsHigh !== 0 ? negative('EINVAL') : changeProto(machine, proto & 0xffff),
  }),
  defineHelper({
    id: 32,
    name: 'bpf_skb_change_type',
    args: [ctx, int('type')],
    returns: 'int',
    doc: 'Sets pkt_type to HOST, BROADCAST, MULTICAST or OTHERHOST.',
    errors: { EINVAL: 'above 3' },
    call({ machine }, _ctx, type) {
      if (type >>> 0 > PACKET_OTHERHOST) return negative('EINVAL');
      setSkbField(machine, SKB_PKT_TYPE, type);
      return 0;
    },
  }),
  defineHelper({
    id: 50,
    name: 'bpf_skb_adjust_room',
    args: [ctx, int('len_diff'), int('mode'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Inserts zero bytes, or removes bytes, behind the Ethernet header (MAC) or the IP header without options (NET).',
    errors: {
      EINVAL: 'unknown or contradictory flags',
      EFAULT: 'more than 4095 bytes',
      ENOTSUPP: 'not IP, unknown mode, too long, too short, or a gso packet',
      EALREADY: 'the packet is encapsulated already',
    },
    call: ({ machine }, _ctx, difference, mode, flags, flagsHigh) =>
      adjustRoom(machine, difference, mode, flags, flagsHigh),
  }),
];
