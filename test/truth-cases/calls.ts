/** A truth case from helper calls alone: each result goes into the map `out`, then fields of the context. */
import { helperByName } from '../../src/helpers/index.ts';
import type { RawMap } from '../../src/object/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import type { MapStep, RunStep, TruthCase } from '../truth-case.ts';

/**
 * `ctx`; `map NAME`, the map; `in+N`, byte N of the input bytes; `out+N`, byte N of a scratch area that the case shows;
 * or a number.
 */
export type Arg = number | bigint | 'ctx' | `map ${string}` | `in+${number}` | `out+${number}`;
export type Call = readonly [helper: string, ...args: Arg[]];

/** Results take the first bytes of `out`, eight each; then come the context's fields, four each; then scratch. */
const FIELDS = 48;
const SCRATCH = 88;
const OUT_SIZE = 152;

/** `#N`, as the assembler takes a helper. */
export function helperId(name: string): string {
  const helper = helperByName(name);
  if (!helper) throw new Error(`no helper ${name}`);
  return `#${helper.id}`;
}

function loadArg(register: number, arg: Arg): string {
  if (arg === 'ctx') return `r${register} = r6\n`;
  if (typeof arg === 'string') {
    const [, name, offset] = /^(?:map )?(\w+)(?:\+(\d+))?$/.exec(arg) ?? [];
    if (offset === undefined) return `r${register} = map[${name}]\n`;
    const at = name === 'out' ? SCRATCH + Number(offset) : Number(offset);
    return `r${register} = map[${name}][0]+${at}\n`;
  }
  const wide = BigInt(arg);
  return wide >= -0x80000000n && wide < 0x80000000n
    ? `r${register} = ${wide}\n`
    : `r${register} = 0x${BigInt.asUintN(64, wide).toString(16)} ll\n`;
}

/** The assembly text of one call. */
export function callText([helper, ...args]: Call): string {
  return `${args.map((arg, index) => loadArg(index + 1, arg)).join('')}call ${helperId(helper)}\n`;
}

/** Helpers that return a value's address or NULL: the case shows the first byte there, or 0x100. */
const LOOKUPS: ReadonlySet<string> = new Set(['map_lookup_elem', 'map_lookup_percpu_elem']);

/** The call `index`, and its result into `out`. */
function resultText(call: Call, index: number): string {
  const byte = `r8 = 0x100\nif r0 == 0 goto null${index}\nr8 = *(u8 *)(r0 +0)\nnull${index}: r0 = r8\n`;
  return `${callText(call)}${LOOKUPS.has(call[0]) ? byte : ''}r7 = map[out][0]+0\n*(u64 *)(r7 +${8 * index}) = r0\n`;
}

export interface CallOptions {
  readonly progType?: ProgTypeName;
  readonly input?: Uint8Array;
  readonly maps?: readonly RawMap[];
  /** Offsets of u32 fields of the context to show afterwards. */
  readonly fields?: readonly number[];
  readonly run?: Partial<RunStep>;
  /** Steps before the run. */
  readonly before?: readonly MapStep[];
  readonly after?: readonly MapStep[];
}

const INPUT = Uint8Array.from({ length: 64 }, (_, i) => i + 1);

/** Bytes as a map that programs can point into. */
export function bytesMap(name: string, data: Uint8Array): RawMap {
  return { name, type: 'array', valueSize: data.length, data };
}

export const OUT_MAP: RawMap = bytesMap('out', new Uint8Array(OUT_SIZE).fill(0xee));
export const SHOW_OUT: MapStep = { op: 'lookup', map: 'out', key: '00000000' };

export function callCase(
  name: string,
  dataIn: string,
  calls: readonly Call[],
  options: CallOptions = {},
): TruthCase {
  const {
    progType = 'sched_cls',
    input = INPUT,
    maps = [],
    fields = [],
    run,
    before = [],
    after = [],
  } = options;
  const results = calls.map(resultText);
  const shown = fields.map(
    (field, index) =>
      `r1 = *(u32 *)(r6 +${field})\nr7 = map[out][0]+0\n*(u32 *)(r7 +${FIELDS + 4 * index}) = r1\n`,
  );
  return {
    name,
    progType,
    program: `r6 = r1\n${results.join('')}${shown.join('')}r0 = 0\nexit`,
    maps: [OUT_MAP, bytesMap('in', input), ...maps],
    steps: [...before, { op: 'run', dataIn, ...run }, SHOW_OUT, ...after],
  };
}

/** Calls as a title: `skb_vlan_push(ctx, 129, 100)`. */
export function callsName(calls: readonly Call[]): string {
  return calls.map(([helper, ...args]) => `${helper}(${args.map(String).join(', ')})`).join(', ');
}
