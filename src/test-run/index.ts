export type {
  Effects,
  PerfRecord,
  RedirectTarget,
  RingRecord,
  TestRunAttr,
  TestRunResult,
  TransmittedPacket,
} from './attr.ts';
export type {
  Backend,
  BackendMap,
  BackendObject,
  BackendProgram,
  Replay,
} from './backend.ts';

export { type SimOptions, simBackend } from './sim-backend.ts';
export { createReplay, testRun } from './test-run.ts';
