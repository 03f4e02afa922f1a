/** bpf_perf_event_output: records for a perf buffer that the user side opened for each CPU. */
import {
  type Machine,
  skbData,
  skbLength,
  xdpData,
  xdpDataEnd,
  xdpFragAddress,
  xdpFragCount,
  xdpFragLength,
  xdpLength,
} from '../machine/index.ts';
import { MAP_MAX_ENTRIES, MAP_TYPE_OFF, PERF_DETACHED } from '../maps/layout.ts';
import { MAP_TYPE, type ProgTypeName } from '../uapi/bpf.ts';
import { ctx, defineHelper, map, memRead, sizeOrZero, u64 } from './define-helper.ts';
import { badArgument } from './fault.ts';
import { negative } from './result.ts';

const BPF_F_CURRENT_CPU = 0xffffffff;
/** Upper half of BPF_F_CTXLEN_MASK: how many bytes of the packet to append. */
const CTXLEN_MASK_HIGH = 0xfffff;

const SKB_TYPES: ReadonlySet<ProgTypeName> = new Set([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'lwt_seg6local',
  'sk_skb',
] as const);

/** The first `size` bytes of the xdp_buff, fragments included. */
function xdpBytes(machine: Machine, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  const append = (address: number, length: number): void => {
    const part = machine.u8.subarray(address, address + Math.min(length, size - at));
    bytes.set(part, at);
    at += part.length;
  };
  append(xdpData(machine), xdpDataEnd(machine) - xdpData(machine));
  for (let i = 0; i < xdpFragCount(machine) && at < size; i++)
    append(xdpFragAddress(i), xdpFragLength(machine, i));
  return bytes;
}

/** The packet's first `size` bytes, or nothing when it is shorter. */
function packetBytes(machine: Machine, progType: ProgTypeName, size: number): Uint8Array | undefined {
  if (progType === 'xdp') return size > xdpLength(machine) ? undefined : xdpBytes(machine, size);
  if (size > skbLength(machine)) return undefined;
  return machine.u8.slice(skbData(machine), skbData(machine) + size);
}

export const perfEventOutput = defineHelper({
  id: 25,
  name: 'bpf_perf_event_output',
  args: [ctx, map, u64('flags'), memRead('data', { arg: 4 }), sizeOrZero('size')],
  returns: 'int',
  gplOnly: true,
  doc: 'Sends `data` to the perf buffer of a CPU (BPF_F_CURRENT_CPU or an index), followed by as many bytes of the packet as bits 32-51 of flags say.',
  errors: {
    EINVAL: 'unknown flag; also a length, where the context is no packet',
    EFAULT: 'the packet is shorter than the length asked for',
    E2BIG: 'the index is past the end of the map',
    ENOENT: 'no buffer is open in this slot',
    EOPNOTSUPP: 'the buffer belongs to another CPU',
  },
  call(vm, _ctx, handle, flags, flagsHigh, data, size) {
    const { machine, progType } = vm;
    const header = handle >>> 0;
    const type = machine.view.getUint32(header + MAP_TYPE_OFF, true);
    if (type !== MAP_TYPE.perf_event_array) badArgument(machine, header, 'map is no perf_event_array');
    const hasPacket = progType === 'xdp' || SKB_TYPES.has(progType);
    if (flagsHigh & ~(hasPacket ? CTXLEN_MASK_HIGH : 0)) return negative('EINVAL');
    const packet = flagsHigh === 0 ? new Uint8Array(0) : packetBytes(machine, progType, flagsHigh);
    if (packet === undefined) return negative('EFAULT');
    const cpu = machine.cpu;
    const index = flags >>> 0 === BPF_F_CURRENT_CPU ? cpu : flags >>> 0;
    if (index >= machine.view.getUint32(header + MAP_MAX_ENTRIES, true)) return negative('E2BIG');
    const attached = index < machine.cpus && machine.view.getUint32(header + PERF_DETACHED, true) === 0;
    if (!attached) return negative('ENOENT');
    if (index !== cpu) return negative('EOPNOTSUPP');
    const record = new Uint8Array(size + packet.length);
    record.set(machine.u8.subarray(data >>> 0, (data >>> 0) + size));
    record.set(packet, size);
    machine.events.perf.push({ map: vm.maps.at(header).name, cpu, data: record });
    return 0;
  },
});

/** Whether the user side has buffers open for the perf_event_array at `header`: as it starts, one for each CPU. */
export function setPerfAttached(machine: Machine, header: number, attached: boolean): void {
  machine.view.setUint32(header + PERF_DETACHED, attached ? 0 : 1, true);
}

export const perfHelpers = [perfEventOutput] as const;
