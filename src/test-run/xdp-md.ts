/** struct xdp_md as ctx_in and ctx_out have it: sizes relative to the metadata's start, not addresses. */
import { TestRunError } from '../errors.ts';
import {
  CTX_BASE,
  LOOPBACK_IFINDEX,
  type Machine,
  XDP_DATA,
  XDP_DATA_END,
  XDP_DATA_META,
  XDP_EGRESS_IFINDEX,
  XDP_INGRESS_IFINDEX,
  XDP_MAX_META,
  XDP_RX_QUEUE_INDEX,
  xdpData,
  xdpDataEnd,
  xdpDataMeta,
} from '../machine/index.ts';

const u32 = (md: Uint8Array, offset: number): number =>
  ((md[offset] ?? 0) |
    ((md[offset + 1] ?? 0) << 8) |
    ((md[offset + 2] ?? 0) << 16) |
    ((md[offset + 3] ?? 0) << 24)) >>>
  0;

/** Bytes of metadata before the packet, and bytes (metadata included) that the user wants linear. */
export interface MdSizes {
  readonly metaSize: number;
  readonly linear: number;
}

/** @throws {@link TestRunError} EINVAL: sizes that do not fit together ([K] test-run.md 4.1, step 6). */
export function checkMdSizes(md: Uint8Array, dataSizeIn: number): MdSizes {
  const metaSize = u32(md, XDP_DATA);
  const linear = u32(md, XDP_DATA_END);
  const meta = u32(md, XDP_DATA_META);
  const refuse = (field: string, rule: string): never => {
    throw new TestRunError(`ctx_in.${field}`, rule, 'EINVAL');
  };
  if (meta !== 0) refuse('data_meta', `is ${meta}, nothing can lie before the metadata`);
  if (linear > dataSizeIn) refuse('data_end', `${linear} is past data_size_in ${dataSizeIn}`);
  if (metaSize > linear) refuse('data', `${metaSize} is past data_end ${linear}`);
  if (metaSize % 4 !== 0) refuse('data', `${metaSize} bytes of metadata are not a multiple of 4`);
  if (metaSize > XDP_MAX_META) refuse('data', `${metaSize} bytes of metadata, ${XDP_MAX_META} fit`);
  return { metaSize, linear };
}

/**
 * Sets the receiving device, as xdp_convert_md_to_buff does after the packet was copied.
 * @throws {@link TestRunError} EINVAL, ENODEV.
 */
export function applyMdDevice(machine: Machine, md: Uint8Array | undefined): void {
  const words = machine.u32;
  const ingress = md ? u32(md, XDP_INGRESS_IFINDEX) : 0;
  const queue = md ? u32(md, XDP_RX_QUEUE_INDEX) : 0;
  const egress = md ? u32(md, XDP_EGRESS_IFINDEX) : 0;
  if (egress !== 0) throw new TestRunError('ctx_in.egress_ifindex', `is ${egress}, must be 0`, 'EINVAL');
  if (ingress === 0) {
    if (queue !== 0)
      throw new TestRunError('ctx_in.rx_queue_index', `is ${queue} without an ingress_ifindex`, 'EINVAL');
  } else {
    const device = machine.devices.find(ingress);
    if (!device) throw new TestRunError('ctx_in.ingress_ifindex', `there is no device ${ingress}`, 'ENODEV');
    if (queue >= device.queues) {
      const rule = `${queue} of ${device.name}, which has ${device.queues} receive queues`;
      throw new TestRunError('ctx_in.rx_queue_index', rule, 'EINVAL');
    }
  }
  words[(CTX_BASE + XDP_INGRESS_IFINDEX) >> 2] = ingress === 0 ? LOOPBACK_IFINDEX : ingress;
  words[(CTX_BASE + XDP_RX_QUEUE_INDEX) >> 2] = queue;
  words[(CTX_BASE + XDP_EGRESS_IFINDEX) >> 2] = 0;
}

/** ctx_out: ctx_in with the final sizes, fragments not counted. */
export function mdFromBuff(machine: Machine, md: Uint8Array): Uint8Array {
  const out = md.slice();
  const view = new DataView(out.buffer);
  const meta = xdpDataMeta(machine);
  view.setUint32(XDP_DATA, xdpData(machine) - meta, true);
  view.setUint32(XDP_DATA_END, xdpDataEnd(machine) - meta, true);
  return out;
}
