/** Numbers from text and comparison of strings. */
import type { Machine } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import { isSpace } from './ctype.ts';
import { defineHelper, memRead, memWrite, size, str, u64 } from './define-helper.ts';
import { negative } from './result.ts';

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const S64_MAX = 0x7fff_ffff_ffff_ffffn;
/** Digits are looked for in this many bytes only. */
const MAX_TEXT = 63;

interface Parsed {
  readonly value: bigint;
  readonly negative: boolean;
  /** Bytes from the start of the buffer to the end of the number. */
  readonly consumed: number;
}

/** 0 to 15 for a digit in any base up to 16, otherwise 99. */
function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : 99;
}

/** Base 0 means by prefix: 0x then a hexadecimal digit, 0, or none. Returns the base and the bytes of the prefix. */
function radixOf(text: Uint8Array, asked: number): { base: number; prefix: number } {
  const x = text[0] === 0x30 && ((text[1] ?? 0) | 0x20) === 0x78;
  let base = asked;
  if (base === 0) base = text[0] !== 0x30 ? 10 : x && digitOf(text[2] ?? 0) < 16 ? 16 : 8;
  return { base, prefix: base === 16 && x ? 2 : 0 };
}

/** The number at the start of `text`, after white space and at most one minus sign. */
function parseNumber(text: Uint8Array, flagsLow: number, flagsHigh: number): Parsed | number {
  const asked = flagsLow & 31;
  if (![0, 8, 10, 16].includes(asked)) return -ERRNO.EINVAL;
  if (flagsHigh !== 0 || flagsLow >>> 5 !== 0) return -ERRNO.EINVAL;
  let at = 0;
  while (at < text.length && isSpace(text[at] ?? 0)) at++;
  const minus = text[at] === 0x2d;
  if (minus) at++;
  const rest = text.subarray(at, at + MAX_TEXT);
  if (rest.length === 0) return -ERRNO.EINVAL;
  const { base, prefix } = radixOf(rest, asked);
  let value = 0n;
  let end = prefix;
  for (; end < rest.length; end++) {
    const digit = digitOf(rest[end] ?? 0);
    if (digit >= base) break;
    value = value * BigInt(base) + BigInt(digit);
  }
  if (value > U64_MAX) return -ERRNO.ERANGE;
  if (end === prefix) return -ERRNO.EINVAL;
  return { value, negative: minus, consumed: at + end };
}

function bytes(machine: Machine, address: number, length: number): Uint8Array {
  const start = address >>> 0;
  return machine.u8.subarray(start, start + (length >>> 0));
}

const numberErrors = {
  EINVAL: 'no digits, an unknown flag, or a base other than 0, 8, 10 and 16',
  ERANGE: 'the number does not fit',
} as const;

export const strtol = defineHelper({
  id: 105,
  name: 'bpf_strtol',
  args: [memRead('buf', { arg: 1 }), size('buf_len'), u64('flags'), memWrite('res', 8)],
  returns: 'int',
  doc: 'Reads a signed number in the base of `flags` (0: by prefix); how many bytes it took. `res` is 0 on error.',
  errors: numberErrors,
  call({ machine }, buf, length, flagsLow, flagsHigh, res) {
    const at = res >>> 0;
    machine.view.setBigInt64(at, 0n, true);
    const parsed = parseNumber(bytes(machine, buf, length), flagsLow, flagsHigh);
    if (typeof parsed === 'number') return parsed;
    if (parsed.value > (parsed.negative ? S64_MAX + 1n : S64_MAX)) return negative('ERANGE');
    machine.view.setBigInt64(at, parsed.negative ? -parsed.value : parsed.value, true);
    return parsed.consumed;
  },
});

export const strtoul = defineHelper({
  id: 106,
  name: 'bpf_strtoul',
  args: [memRead('buf', { arg: 1 }), size('buf_len'), u64('flags'), memWrite('res', 8)],
  returns: 'int',
  doc: 'Reads an unsigned number in the base of `flags` (0: by prefix); how many bytes it took. `res` is 0 on error.',
  errors: { ...numberErrors, EINVAL: `${numberErrors.EINVAL}, or a minus sign` },
  call({ machine }, buf, length, flagsLow, flagsHigh, res) {
    const at = res >>> 0;
    machine.view.setBigUint64(at, 0n, true);
    const parsed = parseNumber(bytes(machine, buf, length), flagsLow, flagsHigh);
    if (typeof parsed === 'number') return parsed;
    if (parsed.negative) return negative('EINVAL');
    machine.view.setBigUint64(at, parsed.value, true);
    return parsed.consumed;
  },
});

export const strncmp = defineHelper({
  id: 182,
  name: 'bpf_strncmp',
  args: [memRead('s1', { arg: 1 }), size('s1_sz'), str('s2')],
  returns: 'int',
  doc: 'Compares up to s1_sz bytes: -1, 0 or 1.',
  call({ machine: { u8 } }, s1, length, s2) {
    for (let i = 0; i < length; i++) {
      const a = u8[(s1 >>> 0) + i] ?? 0;
      const b = u8[(s2 >>> 0) + i] ?? 0;
      if (a !== b) return a < b ? -1 : 1;
      if (a === 0) return 0;
    }
    return 0;
  },
});

export const stringHelpers = [strtol, strtoul, strncmp] as const;
