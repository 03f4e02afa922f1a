/** Program types without a test run: ENOTSUPP whatever is asked for, once the block itself is well formed. */
import type { AttachTypeName, ProgTypeName } from '../../src/uapi/bpf.ts';
import type { RunStep, TruthCase } from '../truth-case.ts';
import { struct, TCP4 } from './packets.ts';

const run = (step: Omit<RunStep, 'op'> = {}): RunStep => ({ op: 'run', ...step });

/** What 6.18 loads here; the attach type where loading wants one. */
const TYPES: readonly (readonly [ProgTypeName, AttachTypeName?])[] = [
  ['kprobe'],
  ['tracepoint'],
  ['perf_event'],
  ['cgroup_sock', 'cgroup_inet_sock_create'],
  ['sock_ops'],
  ['sk_skb'],
  ['cgroup_device'],
  ['sk_msg'],
  ['cgroup_sock_addr', 'cgroup_inet4_connect'],
  ['lwt_seg6local'],
  ['sk_reuseport', 'sk_reuseport_select'],
  ['cgroup_sysctl'],
  ['raw_tracepoint_writable'],
  ['cgroup_sockopt', 'cgroup_setsockopt'],
];

export const NO_TEST_RUN_CASES: readonly TruthCase[] = TYPES.map(([progType, attachType]) => ({
  name: `${progType} has no test run`,
  progType,
  ...(attachType ? { attachType } : {}),
  program: 'r0 = 1; exit',
  steps: [
    run(),
    run({ dataIn: TCP4 }),
    run({ dataIn: TCP4, dataOut: 100, dataSizeOut: 1 }),
    run({ dataIn: '00', ctxIn: struct(5000), ctxOut: 24 }),
    run({ repeat: 5, flags: 0xffffffff, cpu: 99, batchSize: 7 }),
    run({ ctxIn: '' }),
  ],
}));
