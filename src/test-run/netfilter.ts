/**
 * BPF_PROG_TYPE_NETFILTER: one packet at one hook. The context is two pointers that BTF types: to nf_hook_state and to
 * sk_buff. Both lie in simulated memory with the offsets of vmlinux 6.18 on x86-64, which is what raw offsets and CO-RE
 * relocations of programs for that kernel mean; of sk_buff only the fields below can be read, others end the run.
 */
import { TestRunError } from '../errors.ts';
import { CTX_BASE, KIND_MEM, type Machine, SHADOW_READ } from '../machine/index.ts';
import { claimContext } from './ctx-access.ts';
import { netTestFinish } from './net-finish.ts';
import { receiveCtx, receiveData } from './receive.ts';
import { testRun } from './run.ts';
import type { Runner } from './runner.ts';
import type { UserAttr } from './user-attr.ts';

const ETH_HLEN = 14;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
/** A page without NET_SKB_PAD and skb_shared_info. */
const MAX_SIZE = 3712;
const NET_SKB_PAD = 64;
const NO_HEADER = 0xffff;
const NF_INET_LOCAL_OUT = 3;
const NFPROTO_IPV4 = 2;
const NFPROTO_IPV6 = 10;
const ETH_P_IP = 0x0800;
const ETH_P_IPV6 = 0x86dd;

const STATE_SIZE = 48;
const STATE_OUT = 16;
const SKB_SIZE = 224;
const SKB_DEV = 16;
const SKB_SK = 24;
const SKB_LEN = 112;
const SKB_DATA_LEN = 116;
const SKB_PROTOCOL = 176;
const SKB_NETWORK_HEADER = 180;
const SKB_MAC_HEADER = 182;
/** Stands for the loopback device, of which only the address is known. */
const DEVICE_SIZE = 16;

interface Packet {
  readonly hook: number;
  readonly pf: number;
  readonly hasState: boolean;
  readonly length: number;
  /** Behind an Ethernet header, which was pulled. */
  readonly ethernet: boolean;
}

export const netfilterRunner: Runner = {
  run(prog, attr) {
    refuseAttr(attr);
    const data = receiveData(attr);
    const state = receiveCtx(attr, STATE_SIZE);
    const packet = packetOf(data, state);
    const { machine } = prog;
    const base = machine.alloc(STATE_SIZE + SKB_SIZE + DEVICE_SIZE, 'the hook state, sk_buff and device');
    try {
      fill(machine, base, packet);
      const timed = testRun(prog, CTX_BASE, attr.repeat, attr.signal);
      const output = { memory: machine.u8, linear: { address: base, size: 0 }, frags: [] };
      // the packet is not given back, and no context either
      return netTestFinish(attr, output, undefined, timed);
    } finally {
      machine.free(base);
    }
  },
};

function refuseAttr({ flags, cpu, batchSize, dataSizeIn }: UserAttr): void {
  for (const [field, value] of Object.entries({ flags, cpu, batch_size: batchSize }))
    if (value !== 0) throw new TestRunError(field, `is ${value}, must be 0 for netfilter`, 'EINVAL');
  if (dataSizeIn < IPV4_HEADER)
    throw tooShort(`${dataSizeIn} bytes are shorter than an IPv4 header of ${IPV4_HEADER}`);
  if (dataSizeIn > MAX_SIZE) throw tooShort(`${dataSizeIn} bytes are more than ${MAX_SIZE}`);
}

function tooShort(rule: string): TestRunError {
  return new TestRunError('data_size_in', rule, 'EINVAL');
}

/** @throws {@link TestRunError} EINVAL, EPROTO: hook state and packet that do not go together. */
function packetOf(data: Uint8Array, state: Uint8Array | undefined): Packet {
  const { length } = data;
  if (!state) return { hook: NF_INET_LOCAL_OUT, pf: NFPROTO_IPV4, hasState: false, length, ethernet: false };
  const [hook = 0, pf = 0] = state;
  const pointer = state.subarray(8).findIndex((byte) => byte !== 0);
  if (pointer >= 0)
    throw new TestRunError(
      'ctx_in',
      `byte ${8 + pointer} of nf_hook_state belongs to a pointer, which must be NULL`,
      'EINVAL',
    );
  if (pf !== NFPROTO_IPV4 && pf !== NFPROTO_IPV6)
    throw new TestRunError('ctx_in.pf', `${pf} is neither NFPROTO_IPV4 (2) nor NFPROTO_IPV6 (10)`, 'EINVAL');
  if (hook === NF_INET_LOCAL_OUT) return { hook, pf, hasState: true, length, ethernet: false };
  if (length < ETH_HLEN + IPV4_HEADER)
    throw tooShort(
      `${length} bytes are shorter than Ethernet and IPv4 headers, with which a packet at hook ${hook} starts`,
    );
  const ethertype = ((data[12] ?? 0) << 8) | (data[13] ?? 0);
  if (ethertype !== ETH_P_IP && ethertype !== ETH_P_IPV6)
    throw new TestRunError(
      'data_in',
      `ethertype 0x${ethertype.toString(16)} is neither IPv4 nor IPv6`,
      'EPROTO',
    );
  if (ethertype === ETH_P_IPV6 && length < ETH_HLEN + IPV6_HEADER)
    throw tooShort(`${length} bytes are shorter than Ethernet and IPv6 headers`);
  if ((ethertype === ETH_P_IP) !== (pf === NFPROTO_IPV4))
    throw new TestRunError(
      'ctx_in.pf',
      `${pf} does not go with ethertype 0x${ethertype.toString(16)}`,
      'EINVAL',
    );
  return { hook, pf, hasState: true, length: length - ETH_HLEN, ethernet: true };
}

function fill(machine: Machine, base: number, packet: Packet): void {
  const { view, u8, u32 } = machine;
  const skb = base + STATE_SIZE;
  const device = skb + SKB_SIZE;
  u8[base] = packet.hook;
  u8[base + 1] = packet.pf;
  // whatever the hook, `in` is NULL and `out` the loopback device as soon as there is a context ([K] test-run.md 10)
  if (packet.hasState) view.setUint32(base + STATE_OUT, device, true);
  if (packet.ethernet) view.setUint32(skb + SKB_DEV, device, true);
  view.setUint32(skb + SKB_LEN, packet.length, true);
  view.setUint16(skb + SKB_PROTOCOL, packet.pf === NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
  view.setUint16(skb + SKB_NETWORK_HEADER, packet.ethernet ? NET_SKB_PAD + ETH_HLEN : 0, true);
  view.setUint16(skb + SKB_MAC_HEADER, packet.ethernet ? NET_SKB_PAD : NO_HEADER, true);
  const open = (address: number, size: number): void => machine.allow(address, size, SHADOW_READ, KIND_MEM);
  open(base, STATE_SIZE);
  open(skb + SKB_DEV, 8);
  open(skb + SKB_SK, 8);
  open(skb + SKB_LEN, SKB_DATA_LEN + 4 - SKB_LEN);
  open(skb + SKB_PROTOCOL, 2);
  open(skb + SKB_NETWORK_HEADER, 4);
  claimContext(machine, 'netfilter');
  u32[CTX_BASE >> 2] = base;
  u32[(CTX_BASE >> 2) + 1] = 0;
  u32[(CTX_BASE >> 2) + 2] = skb;
  u32[(CTX_BASE >> 2) + 3] = 0;
}
