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
  BackendLoadOptions,
  BackendMap,
  BackendObject,
  BackendProgram,
  Replay,
  Simulation,
} from './backend.ts';
export type { Runner } from './runner.ts';
export { type SimOptions, simBackend } from './sim-backend.ts';
export { createReplay, runners, testRun } from './test-run.ts';
