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
export type { Runtime } from './runtime.ts';
