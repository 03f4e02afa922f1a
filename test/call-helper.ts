/** Calls one helper as a program would, on a machine with a packet: for tests of helpers without an engine. */
import { HELPERS } from '../src/helpers/index.ts';
import { CTX_BASE, type Machine, type RuntimeFunction } from '../src/machine/index.ts';
import type { ProgTypeName } from '../src/uapi/bpf.ts';

/** `ctx` stands for the context's address; u64 arguments are given as bigint or number. Returns the low half, signed. */
export function callHelper(
  machine: Machine,
  progType: ProgTypeName,
  name: string,
  ...args: readonly (number | bigint | 'ctx')[]
): number {
  const helper = [...HELPERS.values()].find((entry) => entry.name === `bpf_${name}`);
  if (!helper) throw new Error(`no helper ${name}`);
  const values = args.map((arg) => (arg === 'ctx' ? CTX_BASE : arg));
  if ('wasm' in helper.call) {
    const wide = values.map((value, i) => (helper.args[i]?.kind === 'u64' ? BigInt(value) : Number(value)));
    return (machine.runtime[helper.call.wasm] as RuntimeFunction)(...wide) | 0;
  }
  if (!('js' in helper.call)) throw new Error(`${name} is not implemented`);
  const slots = values.flatMap((value, i) => {
    if (helper.args[i]?.kind !== 'u64') return [Number(value) | 0];
    const bits = BigInt.asUintN(64, BigInt(value));
    return [Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0];
  });
  const vm = { machine, maps: undefined as never, progType };
  return (helper.call.js as (vm: unknown, ...args: number[]) => number)(vm, ...slots) | 0;
}
