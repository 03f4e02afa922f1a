/** The second pass of printf: prints a format that `prepareArgs` has accepted from its packed arguments (bstr_printf). */
import { symbolText } from './bprintf.ts';
import { isAlnum, isDigit } from './ctype.ts';

/** Where text goes: at most `size` bytes, the last one a NUL; what does not fit is only counted. */
export class TextSink {
  readonly bytes: Uint8Array;
  /** Bytes printed so far, also those past the end. */
  length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  get full(): boolean {
    return this.length >= this.bytes.length;
  }

  byte(value: number, count = 1): void {
    if (count <= 0) return;
    this.bytes.fill(value, Math.min(this.length, this.bytes.length), this.length + count);
    this.length += count;
  }

  text(text: Uint8Array | string): void {
    for (let i = 0; i < text.length; i++)
      this.byte(typeof text === 'string' ? text.charCodeAt(i) : (text[i] ?? 0));
  }

  /** Ends the text with a NUL, inside the buffer; the text before it. */
  finish(): Uint8Array {
    if (this.bytes.length === 0) return this.bytes;
    const end = Math.min(this.length, this.bytes.length - 1);
    this.bytes[end] = 0;
    return this.bytes.subarray(0, end);
  }
}

/** Reads the packed arguments back, in the order they were packed. */
class Unpacker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // the kernel's buffer is followed by others: reads after a skipped argument may lie past the end
    this.#bytes = new Uint8Array(bytes.length + 16);
    this.#bytes.set(bytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #aligned(size: number): number {
    const at = Math.min((this.#at + 3) & ~3, this.#bytes.length - size);
    this.#at = at + size;
    return at;
  }

  int(signed: boolean): bigint {
    const at = this.#aligned(4);
    return BigInt(signed ? this.#view.getInt32(at, true) : this.#view.getUint32(at, true));
  }

  long(signed: boolean): bigint {
    const at = this.#aligned(8);
    return signed ? this.#view.getBigInt64(at, true) : this.#view.getBigUint64(at, true);
  }

  text(): Uint8Array {
    const start = Math.min(this.#at, this.#bytes.length);
    const nul = this.#bytes.indexOf(0, start);
    const end = nul < 0 ? this.#bytes.length : nul;
    this.#at = end + 1;
    return this.#bytes.subarray(start, end);
  }
}

/** Flags and width of a specifier. */
interface Spec {
  zero: boolean;
  plus: boolean;
  left: boolean;
  space: boolean;
  /** -1: none given. */
  width: number;
}

/** struct printf_spec's field_width saturates here. */
const MAX_WIDTH = (1 << 23) - 1;
const FLAGS: Readonly<Record<string, 'zero' | 'plus' | 'left' | 'space'>> = {
  '0': 'zero',
  '+': 'plus',
  '-': 'left',
  ' ': 'space',
};

function padded(out: TextSink, text: Uint8Array | string, { left, width }: Spec): void {
  if (!left) out.byte(0x20, width - text.length);
  out.text(text);
  if (left) out.byte(0x20, width - text.length);
}

function printNumber(out: TextSink, value: bigint, base: 10 | 16, upper: boolean, spec: Spec): void {
  const sign = value < 0n ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  let digits = (value < 0n ? -value : value).toString(base);
  if (upper) digits = digits.toUpperCase();
  const pad = spec.width - sign.length - digits.length;
  if (!spec.left && !spec.zero) out.byte(0x20, pad);
  out.text(sign);
  if (!spec.left && spec.zero) out.byte(0x30, pad);
  out.text(digits);
  if (spec.left) out.byte(0x20, pad);
}

/**
 * %p and %pK: the kernel prints a keyed hash of the address, other at each boot, and an address that is NULL or an errno
 * as it is. Ours is a fixed mix, so that equal runs print equal text.
 */
function hashedPointer(value: bigint): bigint {
  if (value === 0n || value >= 0xffff_ffff_ffff_f001n) return value;
  return ((value * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ffff_ffff_ffffn) >> 32n;
}

function printPointer(out: TextSink, kind: string, args: Unpacker, spec: Spec): void {
  const value = args.long(false);
  if (kind === 's' || kind === 'S') {
    padded(out, symbolText({ low: Number(value & 0xffff_ffffn), high: Number(value >> 32n) }), spec);
    return;
  }
  const whole = spec.width < 0 ? { ...spec, width: 16, zero: true } : spec;
  const unsigned = { ...whole, plus: false, space: false };
  printNumber(out, kind === 'x' ? value : hashedPointer(value), 16, false, unsigned);
}

/** A specifier after its flags and width, `fmt[i]` being its letter; the index after it. */
function printSpecifier(out: TextSink, fmt: Uint8Array, start: number, args: Unpacker, spec: Spec): number {
  let i = start;
  let long = false;
  for (; fmt[i] === 0x6c; i++) long = true;
  const letter = String.fromCharCode(fmt[i++] ?? 0);
  if (letter === 'c') {
    if (!spec.left) out.byte(0x20, spec.width - 1);
    out.byte(args.byte());
    if (spec.left) out.byte(0x20, spec.width - 1);
  } else if (letter === 's') {
    padded(out, args.text(), spec);
  } else if (letter === 'p') {
    const kind = fmt[i] ?? 0;
    const letterOf = String.fromCharCode(kind);
    if ('SsxK'.includes(letterOf) || !isAlnum(kind)) printPointer(out, letterOf, args, spec);
    // Text since the first pass, printed without its width. Where the output is full the kernel forgets to skip it,
    // so that what follows reads it as its own argument.
    else if (!out.full) out.text(args.text());
    while (isAlnum(fmt[i] ?? 0)) i++;
  } else {
    const signed = letter === 'd' || letter === 'i';
    const value = long ? args.long(signed) : args.int(signed);
    const base = letter === 'x' || letter === 'X' ? 16 : 10;
    printNumber(out, value, base, letter === 'X', signed ? spec : { ...spec, plus: false, space: false });
  }
  return i;
}

/** Prints into `out`, which counts what does not fit. `packed` is what `prepareArgs` returned for the same format. */
export function formatArgs(out: TextSink, fmt: Uint8Array, packed: Uint8Array): void {
  const args = new Unpacker(packed);
  let i = 0;
  while (i < fmt.length) {
    const c = fmt[i++] ?? 0;
    if (c !== 0x25) {
      out.byte(c);
      continue;
    }
    if (fmt[i] === 0x25) {
      out.byte(0x25);
      i++;
      continue;
    }
    const spec: Spec = { zero: false, plus: false, left: false, space: false, width: -1 };
    for (;;) {
      const flag = FLAGS[String.fromCharCode(fmt[i] ?? 0)];
      if (flag === undefined) break;
      spec[flag] = true;
      i++;
    }
    for (; isDigit(fmt[i] ?? 0); i++)
      spec.width = Math.min(Math.max(spec.width, 0) * 10 + (fmt[i] ?? 0) - 0x30, MAX_WIDTH);
    i = printSpecifier(out, fmt, i, args, spec);
  }
}
