/**
 * printf of BPF programs in the kernel's two passes: `prepareArgs` judges the format and packs the arguments
 * (bpf_bprintf_prepare), `formatArgs` prints from the packed bytes (bstr_printf). The packing is kept because it shows:
 * all strings and numbers of a call share 512 bytes, and an address that no longer fits the output is not skipped.
 *
 * %[0 +-]*[width] and one of  c  s  d i u x X (with l, ll)  p pK px ps pS pB  pks pus  pi4 pI4 pi6 pI6; %%
 */
import type { Machine } from '../machine/index.ts';
import { SHADOW_READ } from '../machine/index.ts';
import { ERRNO } from '../uapi/errno.ts';
import { isDigit, isPrint, isPunct, isSpace } from './ctype.ts';
import { ipText } from './ip-text.ts';

/** Arguments of one call take no more than this, packed. */
const BIN_ARGS = 512;
/** Most arguments that bpf_snprintf and bpf_trace_vprintk take. */
export const MAX_VARARGS = 12;

/** One 64-bit argument, as two unsigned halves. */
export interface RawArg {
  readonly low: number;
  readonly high: number;
}

const ch = (text: string): number => text.charCodeAt(0);
const [PERCENT, ZERO, PLUS, MINUS, SPACE] = [ch('%'), ch('0'), ch('+'), ch('-'), ch(' ')];
const [LOWER_P, LOWER_S, LOWER_C, LOWER_L] = [ch('p'), ch('s'), ch('c'), ch('l')];

const isAscii = (c: number): boolean => c < 0x80;
const endsSpecifier = (c: number): boolean => c === 0 || isSpace(c) || isPunct(c);

/** The packed arguments being written. */
class Packer {
  readonly bytes = new Uint8Array(BIN_ARGS);
  #at = 0;

  get left(): number {
    return BIN_ARGS - this.#at;
  }

  /** Numbers stand at multiples of 4. False: no room. */
  number({ low, high }: RawArg, size: 4 | 8): boolean {
    const at = (this.#at + 3) & ~3;
    if (BIN_ARGS - at < size) return false;
    const view = new DataView(this.bytes.buffer);
    view.setUint32(at, low, true);
    if (size === 8) view.setUint32(at + 4, high, true);
    this.#at = at + size;
    return true;
  }

  byte(value: number): boolean {
    if (this.left <= 0) return false;
    this.bytes[this.#at++] = value;
    return true;
  }

  /** Text and its NUL; cut where the room ends. */
  text(text: Uint8Array): void {
    const cut = text.subarray(0, Math.max(this.left - 1, 0));
    this.bytes.set(cut, this.#at);
    this.#at += cut.length + 1;
  }
}

const encode = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Bytes from `address` up to a NUL or `max`, or nothing when one of them is not readable. */
function stringAt(machine: Machine, { low, high }: RawArg, max: number): Uint8Array {
  const none = new Uint8Array(0);
  if (high !== 0) return none;
  let end = low;
  for (; end < low + max; end++) {
    if (end >= machine.limit || !((machine.u8[machine.limit + end] ?? 0) & SHADOW_READ)) return none;
    if (machine.u8[end] === 0) break;
  }
  return machine.u8.slice(low, end);
}

/** `size` bytes at the address, zeroed when they are not all readable. */
function bytesAt(machine: Machine, { low, high }: RawArg, size: number): Uint8Array {
  const readable = machine.runtime['check_range']?.(low, high, size, SHADOW_READ) === 1;
  return readable ? machine.u8.slice(low, low + size) : new Uint8Array(size);
}

/** How a symbol prints that is none: all addresses of this machine are such. */
export function symbolText({ low, high }: RawArg): string {
  return `0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)}`;
}

/** What one specifier at `fmt[i]` (after flags and width) takes. */
interface Specifier {
  /** Index of its last byte that this pass looks at. */
  readonly last: number;
  readonly kind: 'int' | 'long' | 'string' | 'char' | 'symbol' | 'ip4' | 'ip6';
}

/** Pointers: the letters after %p decide. Undefined: refused. */
function pointerSpecifier(fmt: Uint8Array, i: number): Specifier | undefined {
  const next = fmt[i + 1] ?? 0;
  if (endsSpecifier(next)) return { last: i, kind: 'long' };
  const letter = String.fromCharCode(next);
  const after = fmt[i + 2] ?? 0;
  if ((letter === 'k' || letter === 'u') && after === LOWER_S) {
    return endsSpecifier(fmt[i + 3] ?? 0) ? { last: i + 2, kind: 'string' } : undefined;
  }
  if ('KxsS'.includes(letter)) return { last: i + 1, kind: 'long' };
  if (letter === 'B') return { last: i + 1, kind: 'symbol' };
  if (letter !== 'i' && letter !== 'I') return undefined;
  if (after === ch('4')) return { last: i + 2, kind: 'ip4' };
  return after === ch('6') ? { last: i + 2, kind: 'ip6' } : undefined;
}

function specifierAt(fmt: Uint8Array, start: number): Specifier | undefined {
  let i = start;
  const at = (): number => fmt[i] ?? 0;
  while (at() === ZERO || at() === PLUS || at() === MINUS || at() === SPACE) i++;
  while (isDigit(at())) i++;
  if (at() === LOWER_P) return pointerSpecifier(fmt, i);
  if (at() === LOWER_S) return endsSpecifier(fmt[i + 1] ?? 0) ? { last: i, kind: 'string' } : undefined;
  if (at() === LOWER_C) return { last: i, kind: 'char' };
  let kind: Specifier['kind'] = 'int';
  for (let longs = 0; longs < 2 && at() === LOWER_L; longs++) {
    kind = 'long';
    i++;
  }
  return at() !== 0 && 'diuxX'.includes(String.fromCharCode(at())) ? { last: i, kind } : undefined;
}

/** False: no room. */
function pack(
  machine: Machine,
  packer: Packer,
  fmt: Uint8Array,
  { kind, last }: Specifier,
  arg: RawArg,
): boolean {
  if (kind === 'int' || kind === 'long') return packer.number(arg, kind === 'int' ? 4 : 8);
  if (kind === 'char') return packer.byte(arg.low & 0xff);
  if (kind === 'string') {
    if (packer.left <= 0) return false;
    // %pus reads user memory, of which this machine has none
    const user = fmt[last - 1] === ch('u') && fmt[last - 2] === LOWER_P;
    packer.text(user ? new Uint8Array(0) : stringAt(machine, arg, packer.left));
    return true;
  }
  if (kind === 'symbol') {
    packer.text(encode(symbolText(arg)));
    return true;
  }
  const size = kind === 'ip4' ? 4 : 16;
  if (packer.left < size) return false;
  packer.text(encode(ipText(bytesAt(machine, arg, size), fmt[last - 1] === ch('I'))));
  return true;
}

/**
 * Judges `fmt` (without its NUL) and packs the arguments it takes.
 * Returns the packed bytes, or a negative errno: -EINVAL for control characters, an unknown specifier, or more specifiers
 * than arguments; -ENOSPC when the arguments take more than 512 bytes.
 */
export function prepareArgs(machine: Machine, fmt: Uint8Array, args: readonly RawArg[]): Uint8Array | number {
  const packer = new Packer();
  let used = 0;
  for (let i = 0; i < fmt.length; i++) {
    const c = fmt[i] ?? 0;
    if (isAscii(c) && !isPrint(c) && !isSpace(c)) return -ERRNO.EINVAL;
    if (c !== PERCENT) continue;
    if (fmt[i + 1] === PERCENT) {
      i++;
      continue;
    }
    const arg = args[used++];
    if (arg === undefined) return -ERRNO.EINVAL;
    const specifier = specifierAt(fmt, i + 1);
    if (specifier === undefined) return -ERRNO.EINVAL;
    if (!pack(machine, packer, fmt, specifier, arg)) return -ERRNO.ENOSPC;
    i = specifier.last;
  }
  return packer.bytes;
}
