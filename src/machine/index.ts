export { copyIn } from './copy.ts';
export { type Device, LOOPBACK_IFINDEX } from './devices.ts';
export type {
  PerfRecord,
  RedirectTarget,
  RingRecord,
  TransmittedPacket,
} from './events.ts';
export { Heap } from './heap.ts';
export * from './layout.ts';
export { Machine, type MachineOptions, type Snapshot } from './machine.ts';
export { closePacket, openPacket } from './packet-access.ts';
export * from './packet-layout.ts';
export * from './perf-layout.ts';
export type { RuntimeFunction } from './runtime.ts';
export * from './skb.ts';
export * from './skb-layout.ts';
export * from './skb-receive.ts';
export * from './wsum.ts';
export * from './xdp.ts';
export * from './xdp-layout.ts';
