/** Makes an sk_buff of a frame as a test run does: eth_type_trans, the dummy socket, first values of every field. */
import { copyIn } from './copy.ts';
import type { Device } from './devices.ts';
import { CTX_BASE } from './layout.ts';
import type { Machine } from './machine.ts';
import { PROTOCOL_IP, PROTOCOL_IPV6, SKB_START, setSkbEnds, skbData, skbDataEnd } from './skb.ts';
import {
  CHECKSUM_COMPLETE,
  SKB_CSUM,
  SKB_FAMILY,
  SKB_IFINDEX,
  SKB_IP_SUMMED,
  SKB_LOCAL_IP4,
  SKB_LOCAL_IP6,
  SKB_MAC,
  SKB_NETWORK,
  SKB_PKT_TYPE,
  SKB_PROTOCOL,
  SKB_REMOTE_IP4,
  SKB_REMOTE_IP6,
  SKB_SK,
  SKB_SK_COOKIE,
  SKB_SOCK,
  SKB_TUNNEL_SET,
  SOCK_DST_IP4,
  SOCK_DST_IP6,
  SOCK_FAMILY,
  SOCK_RX_QUEUE_MAPPING,
  SOCK_SRC_IP4,
  SOCK_SRC_IP6,
  SOCK_STATE,
} from './skb-layout.ts';
import { csumPartial } from './wsum.ts';

const ETH_HLEN = 14;
const AF_INET = 2;
const AF_INET6 = 10;
const TCP_CLOSE = 7;
const PACKET_HOST = 0;
const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
/** ETH_P_802_3 and ETH_P_802_2 in network order: a length where the Ethertype would be. */
const PROTOCOL_802_3 = 0x0100;
const PROTOCOL_802_2 = 0x0400;

const W = CTX_BASE >> 2;

/** The frame's protocol as eth_type_trans finds it: Ethertype, or which kind of 802.3 length field. Network order. */
function etherProtocol(u8: Uint8Array, frame: number, length: number): number {
  const high = u8[frame + 12] ?? 0;
  const low = u8[frame + 13] ?? 0;
  if (high >= 6) return high | (low << 8);
  const payload = frame + ETH_HLEN;
  const novell = length >= ETH_HLEN + 2 && u8[payload] === 0xff && u8[payload + 1] === 0xff;
  return novell ? PROTOCOL_802_3 : PROTOCOL_802_2;
}

function packetType(u8: Uint8Array, frame: number, device: Device): number {
  if (same(u8, frame, device.mac)) return PACKET_HOST;
  if (((u8[frame] ?? 0) & 1) === 0) return PACKET_OTHERHOST;
  return same(u8, frame, device.broadcast) ? PACKET_BROADCAST : PACKET_MULTICAST;
}

function same(u8: Uint8Array, at: number, address: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (u8[at + i] !== address[i]) return false;
  return true;
}

/**
 * Puts source[offset, offset + length), 14 bytes or more, into a fresh sk_buff received by `device`. `data` is at the
 * network header, as eth_type_trans leaves it.
 */
export function receiveSkb(
  machine: Machine,
  source: Uint8Array,
  offset: number,
  length: number,
  device: Device,
): void {
  const { u8, u32 } = machine;
  copyIn(u8, SKB_START, source, offset, length);
  u32.fill(0, W, W + 48);
  u32.fill(0, W + (SKB_MAC >> 2), W + (SKB_SK_COOKIE >> 2) + 1);
  u32[W + (SKB_TUNNEL_SET >> 2)] = 0;
  u32.fill(0, W + (SKB_SOCK >> 2), W + (SKB_SOCK >> 2) + 20);
  u32[W + (SKB_PKT_TYPE >> 2)] = packetType(u8, SKB_START, device);
  u32[W + (SKB_PROTOCOL >> 2)] = etherProtocol(u8, SKB_START, length);
  u32[W + (SKB_IFINDEX >> 2)] = device.ifindex;
  u32[W + (SKB_MAC >> 2)] = SKB_START;
  u32[W + (SKB_NETWORK >> 2)] = SKB_START + ETH_HLEN;
  u32[W + (SKB_SK >> 2)] = CTX_BASE + SKB_SOCK;
  const sock = W + (SKB_SOCK >> 2);
  u32[sock + (SOCK_STATE >> 2)] = TCP_CLOSE;
  u32[sock + (SOCK_RX_QUEUE_MAPPING >> 2)] = 0xffffffff;
  setSkbEnds(machine, SKB_START + ETH_HLEN, SKB_START + length);
}

/** Bytes that the network header must have, by protocol: the dummy socket takes its addresses from it. */
export function networkHeaderSize(protocol: number): number {
  return protocol === PROTOCOL_IP ? 20 : protocol === PROTOCOL_IPV6 ? 40 : 0;
}

/** Copies the packet's addresses into the dummy socket and the fields that mirror it. */
export function addressSkbSocket(machine: Machine): void {
  const { u8, u32 } = machine;
  const protocol = u32[W + (SKB_PROTOCOL >> 2)] ?? 0;
  const header = skbData(machine);
  const sock = CTX_BASE + SKB_SOCK;
  const copy = (to: number, from: number, size: number): void => {
    for (let i = 0; i < size; i++) u8[to + i] = u8[header + from + i] ?? 0;
  };
  if (protocol === PROTOCOL_IP) {
    u32[W + (SKB_FAMILY >> 2)] = AF_INET;
    u32[(sock + SOCK_FAMILY) >> 2] = AF_INET;
    copy(sock + SOCK_SRC_IP4, 12, 4);
    copy(sock + SOCK_DST_IP4, 16, 4);
    copy(CTX_BASE + SKB_LOCAL_IP4, 12, 4);
    copy(CTX_BASE + SKB_REMOTE_IP4, 16, 4);
  } else if (protocol === PROTOCOL_IPV6) {
    u32[W + (SKB_FAMILY >> 2)] = AF_INET6;
    u32[(sock + SOCK_FAMILY) >> 2] = AF_INET6;
    copy(sock + SOCK_SRC_IP6, 8, 16);
    copy(sock + SOCK_DST_IP6, 24, 16);
    copy(CTX_BASE + SKB_LOCAL_IP6, 8, 16);
    copy(CTX_BASE + SKB_REMOTE_IP6, 24, 16);
  }
}

/** Marks the packet CHECKSUM_COMPLETE with the sum from its network header to its end. */
export function completeSkbChecksum(machine: Machine): void {
  machine.u32[W + (SKB_CSUM >> 2)] = networkSum(machine);
  machine.u32[W + (SKB_IP_SUMMED >> 2)] = CHECKSUM_COMPLETE;
}

/** The sum from the network header to the end, as it is now. */
export function networkSum(machine: Machine): number {
  const network = machine.u32[W + (SKB_NETWORK >> 2)] ?? 0;
  return csumPartial(machine, network, skbDataEnd(machine) - network, 0);
}
