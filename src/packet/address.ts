/** MAC, IPv4 and IPv6 addresses: text to bytes in network order, and back. */
import { UsageError } from '../errors.ts';

function bad(kind: string, text: string): UsageError {
  return new UsageError('address', `'${text}' is not ${kind}`);
}

/** `02:00:00:00:00:01`, one or two hex digits a byte; `-` parts it too. */
export function parseMac(text: string): Uint8Array {
  const parts = text.split(/[:-]/);
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part)))
    throw bad('a MAC address', text);
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}

export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Four decimal numbers. */
export function parseIpv4(text: string): Uint8Array {
  const bytes = ipv4Bytes(text);
  if (bytes === undefined) throw bad('an IPv4 address', text);
  return bytes;
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const good = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return good ? Uint8Array.from(parts, Number) : undefined;
}

export function formatIpv4(bytes: Uint8Array): string {
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

/** RFC 4291, 2.2: eight groups, `::` for a row of zero groups, and the last 32 bits as IPv4 when so written. */
export function parseIpv6(text: string): Uint8Array {
  const halves = text.split('::');
  if (halves.length > 2 || text === '') throw bad('an IPv6 address', text);
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const before = groups(head ?? [], text, tail === undefined);
  const after = groups(tail ?? [], text, true);
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) throw bad('an IPv6 address', text);
  return Uint8Array.from([...before, ...Array<number>(missing).fill(0), ...after]);
}

function groups(parts: readonly string[], text: string, mayEndInIpv4: boolean): number[] {
  return parts.flatMap((part, index) => {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? ipv4Bytes(part) : undefined;
    if (ipv4) return [...ipv4];
    if (!/^[0-9a-f]{1,4}$/i.test(part)) throw bad('an IPv6 address', text);
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
}

/** RFC 5952: lower case, no leading zeros, the longest row of two or more zero groups (the first of equals) as `::`. */
export function formatIpv6(bytes: Uint8Array): string {
  const values = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  if (values.slice(0, 5).every((value) => value === 0) && values[5] === 0xffff) {
    return `::ffff:${formatIpv4(bytes.subarray(12))}`;
  }
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && values[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = values.map((value) => value.toString(16));
  if (best.start < 0) return text.join(':');
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`;
}
