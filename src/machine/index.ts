export { type Device, DeviceTable, LOOPBACK_IFINDEX } from './devices.ts';
export {
  EventLog,
  type PerfRecord,
  type RedirectTarget,
  type RingRecord,
  type TransmittedPacket,
} from './events.ts';
export { Heap } from './heap.ts';
export * from './layout.ts';
export { type FaultHandler, Machine, type MachineOptions, type Snapshot } from './machine.ts';
export { closePacket, openPacket } from './packet-access.ts';
export * from './packet-layout.ts';
export type { Runtime, RuntimeFunction } from './runtime.ts';
export * from './skb.ts';
export * from './skb-layout.ts';
export * from './skb-receive.ts';
export * from './wsum.ts';
export * from './xdp.ts';
export * from './xdp-layout.ts';
