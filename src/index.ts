/** bpfrun: runs compiled eBPF programs the way Linux's BPF_PROG_TEST_RUN does. */
export { BpfMap, type Value } from './bpf-map.ts';
export { BpfObject } from './bpf-object.ts';
export {
  AsmError,
  BpfError,
  BtfError,
  ElfError,
  FaultError,
  type FaultKind,
  InternalError,
  isBpfError,
  MapError,
  ObjectError,
  PcapError,
  RelocationError,
  type SourceLine,
  TestRunError,
  UnsupportedError,
  UsageError,
  VerifierError,
} from './errors.ts';
export { checkObject, helperName, type ObjectProblem } from './load/index.ts';
export type { MachineOptions, Snapshot } from './machine/index.ts';
export {
  type MapSpec,
  type ObjectSpec,
  type ProgramSpec,
  parseObject,
  type RawObject,
  rawObject,
  type VariableSpec,
} from './object/index.ts';
export { load, type OpenOptions, open } from './open.ts';
export { Program } from './program.ts';
export {
  type Backend,
  type BackendMap,
  type BackendObject,
  type Effects,
  type PerfRecord,
  type RedirectTarget,
  type Replay,
  type RingRecord,
  type SimOptions,
  simBackend,
  type TestRunAttr,
  type TestRunResult,
  type TransmittedPacket,
} from './test-run/index.ts';
export type { Errno } from './uapi/errno.ts';
