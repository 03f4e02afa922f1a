/** All program types whose facts are known, by name; the others are names and numbers in uapi/bpf.ts. */
import type { ProgTypeName } from '../uapi/bpf.ts';
import { cgroupSkb } from './cgroup-skb.ts';
import type { CtxField, ProgTypeFacts } from './facts.ts';
import { flowDissector } from './flow-dissector.ts';
import { lwtIn, lwtOut, lwtXmit } from './lwt.ts';
import { perfEvent } from './perf-event.ts';
import { schedAct, schedCls } from './sched-cls.ts';
import { socketFilter } from './socket-filter.ts';
import { xdp } from './xdp.ts';

const FACTS: ReadonlyMap<ProgTypeName, ProgTypeFacts> = new Map(
  [socketFilter, schedCls, schedAct, xdp, cgroupSkb, lwtIn, lwtOut, lwtXmit, flowDissector, perfEvent].map(
    (facts) => [facts.name, facts],
  ),
);

export function progTypeFacts(progType: ProgTypeName): ProgTypeFacts | undefined {
  return FACTS.get(progType);
}

/** Names of the types that can be loaded and run here. */
export function supportedProgTypes(): readonly ProgTypeName[] {
  return [...FACTS.keys()];
}

/** What programs of this type may call (names with the bpf_ prefix); undefined for a type whose facts are not known. */
export function allowedHelpers(progType: ProgTypeName): ReadonlySet<string> | undefined {
  return FACTS.get(progType)?.helpers;
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
