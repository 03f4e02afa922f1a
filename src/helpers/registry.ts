/** Every helper of 6.18 by its id: implemented, or declared with the reason why it is not. */
import { clockHelpers } from './clock.ts';
import { controlHelpers } from './control.ts';
import { currentHelpers } from './current.ts';
import type { Helper } from './define.ts';
import { dynptrHelpers } from './dynptr.ts';
import { mapHelpers } from './map.ts';
import { missingHelpers } from './missing.ts';
import { packetHelpers } from './packet/index.ts';
import { perfHelpers } from './perf.ts';
import { perfEventHelpers } from './perf-event.ts';
import { printHelpers } from './print.ts';
import { probeHelpers } from './probe.ts';
import { ringbufHelpers } from './ringbuf.ts';
import { stringHelpers } from './string.ts';
import { sysHelpers } from './sys-bpf.ts';
import type { Vm } from './vm.ts';

/** All declarations, by family. */
export const DECLARED: readonly Helper<Vm>[] = [
  ...missingHelpers,
  ...mapHelpers,
  ...clockHelpers,
  ...controlHelpers,
  ...currentHelpers,
  ...dynptrHelpers,
  ...packetHelpers,
  ...perfHelpers,
  ...perfEventHelpers,
  ...printHelpers,
  ...probeHelpers,
  ...ringbufHelpers,
  ...stringHelpers,
  ...sysHelpers,
];

/** By the number that a call instruction has in `imm`, ascending. */
export const HELPERS: ReadonlyMap<number, Helper<Vm>> = new Map(
  DECLARED.map((helper) => [helper.id, helper] as const).sort(([a], [b]) => a - b),
);

const BY_NAME: ReadonlyMap<string, Helper<Vm>> = new Map(DECLARED.map((helper) => [helper.name, helper]));

/** A helper by its name, with the bpf_ prefix or without. */
export function helperByName(name: string): Helper<Vm> | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(`bpf_${name}`);
}

/** The name with its bpf_ prefix; `unknown#N`, as the kernel's log says, for a number that 6.18 does not have. */
export function helperName(id: number): string {
  return HELPERS.get(id)?.name ?? `unknown#${id}`;
}
