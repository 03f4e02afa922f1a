/** Helpers about an sk_buff as a whole: hash, time stamp, congestion mark. */
import {
  CHECKSUM_COMPLETE,
  CTX_BASE,
  csumAdd,
  type Machine,
  PROTOCOL_8021AD,
  PROTOCOL_8021Q,
  PROTOCOL_IP,
  PROTOCOL_IPV6,
  SKB_CSUM,
  SKB_HASH,
  SKB_HASH_SET,
  SKB_IP_SUMMED,
  SKB_MAC,
  SKB_NETWORK,
  SKB_TSTAMP,
  SKB_TSTAMP_TYPE,
  setSkbField,
  skbDataEnd,
  skbField,
  skbProtocol,
} from '../../machine/index.ts';
import { ctx, defineHelper, int, u64 } from '../define-helper.ts';
import { negative, returnU64 } from '../result.ts';

const IPV4_SIZE = 20;
const IPV6_SIZE = 40;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_SCTP = 132;
const BPF_SKB_CLOCK_REALTIME = 0;
const BPF_SKB_CLOCK_TAI = 2;
const INET_ECN_CE = 3;

/** Bytes of the flow that the packet belongs to: addresses, protocol, ports where there are some. */
function* flowBytes(machine: Machine): Generator<number> {
  const { u8 } = machine;
  const protocol = skbProtocol(machine);
  const start = skbField(machine, SKB_NETWORK);
  const end = skbDataEnd(machine);
  yield protocol & 0xff;
  yield protocol >> 8;
  const v4 = protocol === PROTOCOL_IP;
  if (!v4 && protocol !== PROTOCOL_IPV6) return;
  const header = v4 ? ((u8[start] ?? 0) & 15) * 4 : IPV6_SIZE;
  if (header < IPV4_SIZE || start + header > end) return;
  const next = u8[start + (v4 ? 9 : 6)] ?? 0;
  yield next;
  yield* u8.subarray(start + (v4 ? 12 : 8), start + (v4 ? 20 : 40));
  const fragment = v4 && (((u8[start + 6] ?? 0) & 0x3f) | (u8[start + 7] ?? 0)) !== 0;
  const ports = next === IPPROTO_TCP || next === IPPROTO_UDP || next === IPPROTO_SCTP;
  if (ports && !fragment && start + header + 4 <= end) yield* u8.subarray(start + header, start + header + 4);
}

/** The kernel's hash has a secret seed; ours is FNV-1a with its low bits mixed, the same in every run. Never 0. */
function flowHash(machine: Machine): number {
  let hash = 0x811c9dc5;
  for (const byte of flowBytes(machine)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return hash === 0 ? 1 : hash;
}

/** The protocol behind inline VLAN tags (skb_protocol with skip_vlan). */
function innerProtocol(machine: Machine): number {
  const { u8 } = machine;
  let protocol = skbProtocol(machine);
  let at = skbField(machine, SKB_MAC) + 14;
  while (protocol === PROTOCOL_8021Q || protocol === PROTOCOL_8021AD) {
    if (at + 4 > skbDataEnd(machine)) return 0;
    protocol = (u8[at + 2] ?? 0) | ((u8[at + 3] ?? 0) << 8);
    at += 4;
  }
  return protocol;
}

/** RFC 3168: marks an ECN-capable packet. 1 when it is marked now, 0 when it cannot be. */
function setCongestionExperienced(machine: Machine): number {
  const { u8, view } = machine;
  const protocol = innerProtocol(machine);
  const header = skbField(machine, SKB_NETWORK);
  const size = protocol === PROTOCOL_IP ? IPV4_SIZE : protocol === PROTOCOL_IPV6 ? IPV6_SIZE : 0;
  if (size === 0 || header + size > skbDataEnd(machine)) return 0;
  if (protocol === PROTOCOL_IP) {
    const tos = u8[header + 1] ?? 0;
    const ecn = tos & INET_ECN_CE;
    if (ecn === 0 || ecn === INET_ECN_CE) return ecn === 0 ? 0 : 1;
    // the header's sum changes by what the two bits lack to 3; its word is big endian
    const check = view.getUint16(header + 10) + 0xfffb + ecn + 1;
    view.setUint16(header + 10, (check & 0xffff) + (check >>> 16));
    u8[header + 1] = tos | INET_ECN_CE;
    return 1;
  }
  const before = view.getUint32(header, true);
  if (((before >>> 12) & INET_ECN_CE) === 0) return 0;
  const after = (before | (INET_ECN_CE << 12)) >>> 0;
  view.setUint32(header, after, true);
  if (skbField(machine, SKB_IP_SUMMED) === CHECKSUM_COMPLETE) {
    setSkbField(machine, SKB_CSUM, csumAdd(csumAdd(skbField(machine, SKB_CSUM), ~before >>> 0), after));
  }
  return 1;
}

export const skbMetaHelpers = [
  defineHelper({
    id: 34,
    name: 'bpf_get_hash_recalc',
    args: [ctx],
    returns: 'u64',
    doc: "The packet's flow hash, made when it is not set; `hash` then shows it. Not the kernel's value: that has a secret seed.",
    call(vm) {
      const { machine } = vm;
      if (skbField(machine, SKB_HASH_SET) === 0) {
        setSkbField(machine, SKB_HASH, flowHash(machine));
        setSkbField(machine, SKB_HASH_SET, 1);
      }
      return returnU64(vm, skbField(machine, SKB_HASH), 0);
    },
  }),
  defineHelper({
    id: 48,
    name: 'bpf_set_hash',
    args: [ctx, int('hash')],
    returns: 'int',
    doc: 'Sets the hash.',
    call({ machine }, _ctx, hash) {
      setSkbField(machine, SKB_HASH, hash >>> 0);
      setSkbField(machine, SKB_HASH_SET, 1);
      return 0;
    },
  }),
  defineHelper({
    id: 41,
    name: 'bpf_set_hash_invalid',
    args: [ctx],
    returns: 'int',
    doc: 'Forgets the hash; bpf_get_hash_recalc makes it anew.',
    call({ machine }) {
      setSkbField(machine, SKB_HASH, 0);
      setSkbField(machine, SKB_HASH_SET, 0);
      return 0;
    },
  }),
  defineHelper({
    id: 192,
    name: 'bpf_skb_set_tstamp',
    args: [ctx, u64('tstamp'), int('tstamp_type')],
    returns: 'int',
    doc: 'Sets the time stamp and its clock: real time, monotonic or TAI.',
    errors: { EOPNOTSUPP: 'not IP', EINVAL: 'unknown clock, or 0 on a clock other than real time' },
    call({ machine }, _ctx, low, high, type) {
      const protocol = skbProtocol(machine);
      if (protocol !== PROTOCOL_IP && protocol !== PROTOCOL_IPV6) return negative('EOPNOTSUPP');
      if (type >>> 0 > BPF_SKB_CLOCK_TAI) return negative('EINVAL');
      if (type !== BPF_SKB_CLOCK_REALTIME && low === 0 && high === 0) return negative('EINVAL');
      setSkbField(machine, SKB_TSTAMP, low);
      setSkbField(machine, SKB_TSTAMP + 4, high);
      machine.u8[CTX_BASE + SKB_TSTAMP_TYPE] = type;
      return 0;
    },
  }),
  defineHelper({
    id: 97,
    name: 'bpf_skb_ecn_set_ce',
    args: [ctx],
    returns: 'int',
    doc: 'Marks an ECN-capable IP packet as having met congestion: 1; 0 when it is none.',
    call: ({ machine }) => setCongestionExperienced(machine),
  }),
];
