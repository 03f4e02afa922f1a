/** VLAN helpers. The outermost tag lives outside the packet's bytes, as in a NIC with tag offload. */
import {
  type Machine,
  PROTOCOL_8021AD,
  PROTOCOL_8021Q,
  pullChecksum,
  pushChecksum,
  reserveSkb,
  SKB_MAC,
  SKB_NETWORK,
  SKB_PROTOCOL,
  SKB_VLAN_PRESENT,
  SKB_VLAN_PROTO,
  SKB_VLAN_TCI,
  setSkbEnds,
  setSkbField,
  skbData,
  skbDataEnd,
  skbField,
  skbLength,
  skbProtocol,
} from '../../machine/index.ts';
import { ctx, defineHelper, int } from '../define-helper.ts';
import { negative } from '../result.ts';

const VLAN_HLEN = 4;
const VLAN_ETH_HLEN = 18;
const ETH_HLEN = 14;
/** Both MAC addresses. */
const ADDRESSES = 12;
/** ETH_P_802_3 and ETH_P_802_2 in network order. */
const PROTOCOL_802_3 = 0x0100;
const PROTOCOL_802_2 = 0x0400;

const isVlan = (protocol: number): boolean => protocol === PROTOCOL_8021Q || protocol === PROTOCOL_8021AD;

/** Sets the tag outside the packet; both 0 takes it away. */
function setTag(machine: Machine, protocol: number, tci: number): void {
  setSkbField(machine, SKB_VLAN_PRESENT, protocol === 0 && tci === 0 ? 0 : 1);
  setSkbField(machine, SKB_VLAN_PROTO, protocol);
  setSkbField(machine, SKB_VLAN_TCI, tci);
}

/** Writes the outside tag into the packet, between the addresses and the Ethertype. */
function insertTag(machine: Machine): boolean {
  if (!reserveSkb(machine, VLAN_HLEN, 0)) return false;
  const { u8 } = machine;
  const data = skbData(machine) - VLAN_HLEN;
  const protocol = skbField(machine, SKB_VLAN_PROTO);
  const tci = skbField(machine, SKB_VLAN_TCI);
  u8.copyWithin(data, data + VLAN_HLEN, data + VLAN_HLEN + ADDRESSES);
  u8[data + ADDRESSES] = protocol;
  u8[data + ADDRESSES + 1] = protocol >> 8;
  u8[data + ADDRESSES + 2] = tci >> 8;
  u8[data + ADDRESSES + 3] = tci;
  setSkbField(machine, SKB_MAC, skbField(machine, SKB_MAC) - VLAN_HLEN);
  setSkbField(machine, SKB_NETWORK, skbField(machine, SKB_NETWORK) - VLAN_HLEN);
  setSkbField(machine, SKB_PROTOCOL, protocol);
  setSkbEnds(machine, data, skbDataEnd(machine));
  pushChecksum(machine, data + ADDRESSES, VLAN_HLEN);
  return true;
}

/** Takes the inline tag out of the packet; its TCI, or undefined when the packet is too short. */
function removeTag(machine: Machine): number | undefined {
  if (skbLength(machine) < VLAN_ETH_HLEN) return undefined;
  const { u8 } = machine;
  const old = skbData(machine);
  const tci = ((u8[old + ETH_HLEN] ?? 0) << 8) | (u8[old + ETH_HLEN + 1] ?? 0);
  pullChecksum(machine, old + ADDRESSES, VLAN_HLEN);
  const high = u8[old + ETH_HLEN + 2] ?? 0;
  const low = u8[old + ETH_HLEN + 3] ?? 0;
  const novell = u8[old + VLAN_ETH_HLEN] === 0xff && u8[old + VLAN_ETH_HLEN + 1] === 0xff;
  const protocol = high >= 6 ? high | (low << 8) : novell ? PROTOCOL_802_3 : PROTOCOL_802_2;
  const data = old + VLAN_HLEN;
  u8.copyWithin(data, old, old + ADDRESSES);
  setSkbField(machine, SKB_PROTOCOL, protocol);
  setSkbField(machine, SKB_MAC, skbField(machine, SKB_MAC) + VLAN_HLEN);
  setSkbField(machine, SKB_NETWORK, Math.max(skbField(machine, SKB_NETWORK), data + ETH_HLEN));
  setSkbEnds(machine, data, skbDataEnd(machine));
  return tci;
}

export const vlanHelpers = [
  defineHelper({
    id: 18,
    name: 'bpf_skb_vlan_push',
    args: [ctx, int('vlan_proto'), int('vlan_tci')],
    returns: 'int',
    changesPacket: true,
    doc: 'Tags the packet outside of its bytes; a tag that is there already moves into them.',
    errors: { ENOMEM: 'no room', EINVAL: 'a second tag on a packet whose data is not its MAC header' },
    call({ machine }, _ctx, proto, tci) {
      const protocol = isVlan(proto & 0xffff) ? proto & 0xffff : PROTOCOL_8021Q;
      if (skbField(machine, SKB_VLAN_PRESENT) !== 0) {
        if (skbData(machine) !== skbField(machine, SKB_MAC)) return negative('EINVAL');
        if (!insertTag(machine)) return negative('ENOMEM');
      }
      setTag(machine, protocol, tci & 0xffff);
      return 0;
    },
  }),
  defineHelper({
    id: 19,
    name: 'bpf_skb_vlan_pop',
    args: [ctx],
    returns: 'int',
    changesPacket: true,
    doc: 'Removes the outermost tag; an inline one that is next moves out of the bytes. Without a tag nothing happens.',
    errors: { ENOMEM: 'too short for the tag that its Ethertype announces' },
    call({ machine }) {
      if (skbField(machine, SKB_VLAN_PRESENT) !== 0) setTag(machine, 0, 0);
      else {
        if (!isVlan(skbProtocol(machine))) return 0;
        if (removeTag(machine) === undefined) return negative('ENOMEM');
      }
      const protocol = skbProtocol(machine);
      if (!isVlan(protocol)) return 0;
      const tci = removeTag(machine);
      if (tci === undefined) return negative('ENOMEM');
      setTag(machine, protocol, tci);
      return 0;
    },
  }),
];
