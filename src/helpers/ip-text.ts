/** IP addresses as the kernel's %pI4, %pi4, %pI6 and %pi6 print them. */

/**
 * 4 or 16 bytes in network order. `dotted` (capital I): 1.2.3.4 and 2001:0db8:...; otherwise all digits: 001.002.003.004
 * and 20010db8... without colons.
 */
export function ipText(bytes: Uint8Array, dotted: boolean): string {
  if (bytes.length === 4)
    return Array.from(bytes, (byte) => `${byte}`.padStart(dotted ? 1 : 3, '0')).join('.');
  const words = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16).padStart(4, '0'),
  );
  return words.join(dotted ? ':' : '');
}
