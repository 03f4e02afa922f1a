/** Helpers that change an sk_buff's length at its head or tail. */
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  type Machine,
  reserveSkb,
  SKB_ENCAPSULATION,
  SKB_GSO_SEGS,
  SKB_GSO_SIZE,
  SKB_GSO_TYPE,
  SKB_IP_SUMMED,
  SKB_MAC,
  SKB_MAX_LEN,
  SKB_NETWORK,
  SKB_TRANSPORT,
  setSkbEnds,
  setSkbField,
  skbData,
  skbDataEnd,
  skbField,
  skbLength,
} from '../../machine/index.ts';
import { ctx, defineHelper, int, u64 } from '../define-helper.ts';
import { negative } from '../result.ts';

/** The shortest packet change_tail makes: its headers stay. */
function minLength(machine: Machine): number {
  const data = skbData(machine);
  const transport = skbField(machine, SKB_TRANSPORT);
  const network = Math.max(0, skbField(machine, SKB_NETWORK) - data);
  return transport > data ? transport - data : network;
}

export const skbRoomHelpers = [
  defineHelper({
    id: 43,
    name: 'bpf_skb_change_head',
    args: [ctx, int('len'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Puts `len` zero bytes in front of the packet, where the MAC header then is.',
    errors: { EINVAL: 'flags, a negative len, or longer than 16064 bytes', ENOMEM: 'no room' },
    call({ machine }, _ctx, len, flags, flagsHigh) {
      const isGso = skbField(machine, SKB_GSO_SIZE) !== 0;
      // len is an int to the kernel, for segmented packets too, which may be longer than the limit
      if (flags !== 0 || flagsHigh !== 0 || len < 0) return negative('EINVAL');
      if (!isGso && skbLength(machine) + len > SKB_MAX_LEN) return negative('EINVAL');
      if (!reserveSkb(machine, len, 0)) return negative('ENOMEM');
      const data = skbData(machine) - len;
      machine.u8.fill(0, data, data + len);
      setSkbField(machine, SKB_MAC, data);
      setSkbEnds(machine, data, skbDataEnd(machine));
      return 0;
    },
  }),
  defineHelper({
    id: 38,
    name: 'bpf_skb_change_tail',
    args: [ctx, int('len'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Sets the length of the packet; what is added is zero.',
    errors: {
      EINVAL: 'flags, shorter than the headers, or longer than 16064 bytes',
      ENOTSUPP: 'the packet is encapsulated',
    },
    call({ machine }, _ctx, len, flags, flagsHigh) {
      const length = len >>> 0;
      if (flags !== 0 || flagsHigh !== 0 || length > SKB_MAX_LEN || length < minLength(machine))
        return negative('EINVAL');
      if (skbField(machine, SKB_ENCAPSULATION) !== 0) return negative('ENOTSUPP');
      const old = skbLength(machine);
      if (length > old) {
        if (!reserveSkb(machine, 0, length - old)) return negative('ENOMEM');
        const end = skbDataEnd(machine);
        machine.u8.fill(0, end, end + length - old);
      }
      // the kernel forgets that there was a sum and leaves the number as it is, cut bytes included
      if (length !== old && skbField(machine, SKB_IP_SUMMED) === CHECKSUM_COMPLETE)
        setSkbField(machine, SKB_IP_SUMMED, CHECKSUM_NONE);
      const data = skbData(machine);
      setSkbEnds(machine, data, data + length);
      if (skbField(machine, SKB_GSO_SIZE) !== 0) {
        for (const field of [SKB_GSO_SIZE, SKB_GSO_SEGS, SKB_GSO_TYPE]) setSkbField(machine, field, 0);
      }
      return 0;
    },
  }),
];
