/** bpf_trace_printk, bpf_trace_vprintk and bpf_snprintf. */
import { decodeUtf8 } from '../host.ts';
import type { Machine } from '../machine/index.ts';
import { MAX_VARARGS, prepareArgs, type RawArg } from './bprintf.ts';
import { formatArgs, TextSink } from './bstr-printf.ts';
import {
  defineHelper,
  memRead,
  memReadOrNull,
  memWriteOrNull,
  size,
  sizeOrZero,
  str,
  u64,
} from './define-helper.ts';
import { negative } from './result.ts';
import type { Vm } from './vm.ts';

/** What one bpf_trace_printk prints at most, NUL included. */
const MAX_BPRINTF_BUF = 1024;

/** The format up to its NUL, which must come within `max` bytes. */
function formatText(machine: Machine, address: number, max: number): Uint8Array | undefined {
  const start = address >>> 0;
  const nul = machine.u8.indexOf(0, start);
  return nul < 0 || nul >= start + max ? undefined : machine.u8.slice(start, nul);
}

/** `data_len` bytes of 64-bit arguments, or nothing when they are no such list. */
function argList(machine: Machine, data: number, length: number): RawArg[] | undefined {
  if (length % 8 !== 0 || length > MAX_VARARGS * 8 || (length > 0 && data === 0)) return undefined;
  return Array.from({ length: length / 8 }, (_, i) => ({
    low: machine.view.getUint32((data >>> 0) + 8 * i, true),
    high: machine.view.getUint32((data >>> 0) + 8 * i + 4, true),
  }));
}

/**
 * Prints as bpf_snprintf does. Returns the length that the whole text has (without NUL), or a negative errno; `out` then
 * holds as much of it as fits.
 */
export function formatBpf(machine: Machine, fmt: Uint8Array, args: readonly RawArg[], out: TextSink): number {
  const packed = prepareArgs(machine, fmt, args);
  if (typeof packed === 'number') return packed;
  formatArgs(out, fmt, packed);
  return out.length;
}

/**
 * The text as the trace event holds it, which ends at the first NUL: a newline that ends the format is kept, and trace_pipe
 * adds one of its own.
 */
function printk({ machine }: Vm, fmt: number, fmtSize: number, args: readonly RawArg[]): number {
  const format = formatText(machine, fmt, fmtSize);
  if (format === undefined) return negative('EINVAL');
  const out = new TextSink(MAX_BPRINTF_BUF);
  const length = formatBpf(machine, format, args, out);
  if (length < 0) return length;
  const text = out.finish();
  const nul = text.indexOf(0);
  machine.events.printk.push(decodeUtf8(nul < 0 ? text : text.subarray(0, nul)));
  return length;
}

export const tracePrintk = defineHelper({
  id: 6,
  name: 'bpf_trace_printk',
  args: [memRead('fmt', { arg: 1 }), size('fmt_size'), u64('arg1'), u64('arg2'), u64('arg3')],
  returns: 'int',
  gplOnly: true,
  doc: 'Prints a line with up to three arguments; its length.',
  errors: { EINVAL: 'no NUL within fmt_size, an unknown specifier, or more than three' },
  call(vm, fmt, fmtSize, low1, high1, low2, high2, low3, high3) {
    const args = [
      { low: low1 >>> 0, high: high1 >>> 0 },
      { low: low2 >>> 0, high: high2 >>> 0 },
      { low: low3 >>> 0, high: high3 >>> 0 },
    ];
    return printk(vm, fmt, fmtSize, args);
  },
});

export const traceVprintk = defineHelper({
  id: 177,
  name: 'bpf_trace_vprintk',
  args: [
    memRead('fmt', { arg: 1 }),
    size('fmt_size'),
    memReadOrNull('data', { arg: 3 }),
    sizeOrZero('data_len'),
  ],
  returns: 'int',
  gplOnly: true,
  doc: 'Prints a line with up to twelve arguments, 8 bytes each in `data`; its length.',
  errors: { EINVAL: 'as bpf_trace_printk, or data_len is no multiple of 8 up to 96' },
  call(vm, fmt, fmtSize, data, dataLen) {
    const args = argList(vm.machine, data, dataLen);
    return args === undefined ? negative('EINVAL') : printk(vm, fmt, fmtSize, args);
  },
});

export const snprintf = defineHelper({
  id: 165,
  name: 'bpf_snprintf',
  args: [
    memWriteOrNull('str', { arg: 1 }),
    sizeOrZero('str_size'),
    str('fmt'),
    memReadOrNull('data', { arg: 4 }),
    sizeOrZero('data_len'),
  ],
  returns: 'int',
  gplOnly: true,
  doc: 'Prints into `str`, always ended by a NUL; the length that the whole text needs, NUL included.',
  errors: { EINVAL: 'as bpf_trace_vprintk', ENOSPC: 'the arguments take more than 512 bytes' },
  call({ machine }, address, capacity, fmt, data, dataLen) {
    const args = argList(machine, data, dataLen);
    const format = formatText(machine, fmt, machine.limit);
    if (args === undefined || format === undefined) return negative('EINVAL');
    const out = new TextSink(Math.min(capacity >>> 0, machine.limit));
    const length = formatBpf(machine, format, args, out);
    if (length < 0) return length;
    const written = out.finish().length;
    if (capacity > 0) machine.u8.set(out.bytes.subarray(0, written + 1), address >>> 0);
    return length + 1;
  },
});

export const printHelpers = [tracePrintk, traceVprintk, snprintf] as const;
