/** All program types whose facts are known, by name: those that run here, and the others. */
import type { AttachTypeName, ProgTypeName } from '../uapi/bpf.ts';
import { cgroupDevice, cgroupSock, cgroupSockopt, cgroupSysctl } from './cgroup.ts';
import { cgroupSkb } from './cgroup-skb.ts';
import { cgroupSockAddr } from './cgroup-sock-addr.ts';
import type { CtxField, ProgTypeFacts, ProgTypeForm } from './facts.ts';
import { flowDissector } from './flow-dissector.ts';
import { lircMode2 } from './lirc.ts';
import { lwtIn, lwtOut, lwtSeg6local, lwtXmit } from './lwt.ts';
import { netfilter } from './netfilter.ts';
import { perfEvent } from './perf-event.ts';
import { rawTracepoint, rawTracepointWritable } from './raw-tracepoint.ts';
import { schedAct, schedCls } from './sched-cls.ts';
import { skLookup } from './sk-lookup.ts';
import { skMsg } from './sk-msg.ts';
import { skReuseport } from './sk-reuseport.ts';
import { skSkb } from './sk-skb.ts';
import { sockOps } from './sock-ops.ts';
import { socketFilter } from './socket-filter.ts';
import { structOps } from './struct-ops.ts';
import { syscall } from './syscall.ts';
import { kprobe, lsm, tracepoint, tracing } from './tracing.ts';
import { xdp } from './xdp.ts';

/** Types with a runner in test-run/. */
const RUNNING: readonly ProgTypeFacts[] = [
  socketFilter,
  schedCls,
  schedAct,
  xdp,
  cgroupSkb,
  lwtIn,
  lwtOut,
  lwtXmit,
  flowDissector,
  perfEvent,
  rawTracepoint,
  syscall,
  skLookup,
  netfilter,
];

/** Types that can be loaded and inspected. `ext` is none of them: what it may do is what the program it replaces may. */
const OTHERS: readonly ProgTypeFacts[] = [
  kprobe,
  tracepoint,
  rawTracepointWritable,
  tracing,
  lsm,
  structOps,
  skReuseport,
  skSkb,
  skMsg,
  sockOps,
  lwtSeg6local,
  cgroupSock,
  cgroupSockAddr,
  cgroupSockopt,
  cgroupSysctl,
  cgroupDevice,
  lircMode2,
];

const FACTS: ReadonlyMap<ProgTypeName, ProgTypeFacts> = new Map(
  [...RUNNING, ...OTHERS].map((facts) => [facts.name, facts]),
);

export function progTypeFacts(progType: ProgTypeName): ProgTypeFacts | undefined {
  return FACTS.get(progType);
}

/** Names of the types that can be loaded and run here. */
export function supportedProgTypes(): readonly ProgTypeName[] {
  return RUNNING.map(({ name }) => name);
}

/** Types that 6.18 has a test run for ([K] test-run.md 1.2); the others answer ENOTSUPP (524). */
const KERNEL_TEST_RUNS: ReadonlySet<ProgTypeName> = new Set([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'xdp',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'raw_tracepoint',
  'flow_dissector',
  'tracing',
  'struct_ops',
  'sk_lookup',
  'syscall',
  'netfilter',
]);

export function hasKernelTestRun(progType: ProgTypeName): boolean {
  return KERNEL_TEST_RUNS.has(progType);
}

/** A type's facts as they are for programs of one attach type. */
export function factsFor(facts: ProgTypeFacts, attachType: AttachTypeName | undefined): ProgTypeFacts {
  const form = facts.forms?.find(
    ({ attachTypes }) => attachType !== undefined && attachTypes.includes(attachType),
  );
  return form ? inForm(facts, form) : facts;
}

/** A type's facts with what differs in one of its forms. */
export function inForm(facts: ProgTypeFacts, form: ProgTypeForm): ProgTypeFacts {
  const { ctxFields = facts.ctxFields, helpers = facts.helpers } = form;
  const returnRange = form.returnRange ?? facts.returnRange;
  return { ...facts, ctxFields, helpers, ...(returnRange ? { returnRange } : {}) };
}

/** What programs of this type may call (names with the bpf_ prefix); undefined for a type whose facts are not known. */
export function allowedHelpers(
  progType: ProgTypeName,
  attachType?: AttachTypeName,
): ReadonlySet<string> | undefined {
  const facts = FACTS.get(progType);
  return facts && factsFor(facts, attachType).helpers;
}

/** The context's fields, which are what the engine must know of them; empty for a type whose facts are not known. */
export function ctxFields(progType: ProgTypeName): readonly CtxField[] {
  return FACTS.get(progType)?.ctxFields ?? [];
}

/** Bytes of the context struct; 0 for a type whose facts are not known. */
export function ctxSize(progType: ProgTypeName): number {
  return FACTS.get(progType)?.ctxSize ?? 0;
}

/** The name of a return value (`XDP_DROP`, `TC_ACT_OK`), or the number as text. `retval` may be signed or unsigned. */
export function verdictName(progType: ProgTypeName, retval: number): string {
  const names = NAMES.get(progType);
  return names?.get(retval | 0) ?? String(retval);
}

const NAMES: ReadonlyMap<ProgTypeName, ReadonlyMap<number, string>> = new Map(
  [...FACTS].map(([name, { returns }]) => [
    name,
    new Map(Object.entries(returns).map(([text, value]) => [value, text])),
  ]),
);
