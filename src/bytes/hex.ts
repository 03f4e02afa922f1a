/** Bytes as hexadecimal text. */
import { UsageError } from '../errors.ts';

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex, two digits a byte, no separators. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * Parses hex digits; white space, `:` and `-` between bytes and a leading `0x` are ignored.
 * @throws {@link UsageError} naming `what` and the position of the first bad character.
 */
export function fromHex(text: string, what = 'hex'): Uint8Array {
  const digits = text.replace(/^\s*0x/i, '').replace(/[\s:-]/g, '');
  const bad = digits.search(/[^0-9a-fA-F]/);
  if (bad >= 0) throw new UsageError(what, `'${digits[bad]}' at digit ${bad + 1} is not a hex digit`);
  if (digits.length % 2 !== 0)
    throw new UsageError(what, `${digits.length} hex digits make no whole number of bytes`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
