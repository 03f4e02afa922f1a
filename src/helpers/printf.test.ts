import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  argBytes,
  latin1,
  PRINT_CASES,
  type PrintCase,
  printCaseName,
} from '../../test/truth-cases/printf.ts';
import { Machine, SHADOW_READ } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { RawArg } from './bprintf.ts';
import { TextSink } from './bstr-printf.ts';
import { formatBpf } from './print.ts';

interface Recorded {
  readonly kernel: string;
  readonly cases: Readonly<Record<string, readonly { readonly retval?: number; readonly value?: string }[]>>;
}

const recorded = JSON.parse(
  readFileSync(new URL('../../test/truth/printf.json', import.meta.url), 'utf8'),
) as Recorded;

/** trace_vprintk has a buffer of this size. */
const PRINTK_BUFFER = 1024;

function rawArgs(machine: Machine, args: PrintCase['args']): RawArg[] {
  return args.map((arg) => {
    if (typeof arg === 'bigint') return { low: Number(arg & 0xffffffffn), high: Number(arg >> 32n) };
    const bytes = argBytes(arg);
    const address = machine.alloc(bytes.length, 'text');
    machine.u8.set(bytes, address);
    machine.allow(address, bytes.length, SHADOW_READ, 7);
    return { low: address, high: 0 };
  });
}

describe(`formatBpf() [recorded ${recorded.kernel}]`, () => {
  it.each(PRINT_CASES.map((test) => [printCaseName(test), test] as const))('%s', (name, test) => {
    const [, run, lookup] = recorded.cases[name] ?? [];
    const machine = new Machine();
    const out = new TextSink(test.helper === 'snprintf' ? test.size : PRINTK_BUFFER);
    const length = formatBpf(machine, latin1(test.fmt), rawArgs(machine, test.args), out);
    const nul = test.helper === 'snprintf' && length >= 0 ? 1 : 0;
    expect(length + nul).toBe((run?.retval ?? 0) | 0);
    if (lookup?.value === undefined) return;
    const expected = Buffer.from(lookup.value, 'hex');
    const text = out.finish();
    expect(Buffer.from(text).toString('latin1')).toBe(expected.subarray(0, text.length).toString('latin1'));
    if (test.size > 0) expect(expected[text.length]).toBe(0);
  });

  it('prints equal hashed pointers for equal addresses, 32 bits of 16 digits', () => {
    const machine = new Machine();
    const text = (value: number): string => {
      const out = new TextSink(64);
      formatBpf(machine, latin1('%p'), [{ low: value, high: 0 }], out);
      return Buffer.from(out.finish()).toString('latin1');
    };
    expect(text(0x90000)).toMatch(/^00000000[0-9a-f]{8}$/);
    expect(text(0x90000)).toBe(text(0x90000));
    expect(text(0x90000)).not.toBe(text(0x90008));
  });

  it('stays within memory for a width of two billion', () => {
    const out = new TextSink(16);
    expect(formatBpf(new Machine(), latin1('%2000000000d'), [{ low: 1, high: 0 }], out)).toBeGreaterThan(0);
    expect(out.bytes.length).toBe(16);
  });

  it('refuses a specifier without an argument', () => {
    expect(formatBpf(new Machine(), latin1('%d'), [], new TextSink(16))).toBe(-ERRNO.EINVAL);
  });
});
