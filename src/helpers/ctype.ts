/** The kernel's character classes: ASCII, and Latin-1 above it. Its printf and strtol ask them for each byte. */

const isBetween = (c: number, first: number, last: number): boolean => c >= first && c <= last;

export function isDigit(c: number): boolean {
  return isBetween(c, 0x30, 0x39);
}

/** Tab to carriage return, space, and the no-break space 0xa0. */
export function isSpace(c: number): boolean {
  return isBetween(c, 9, 13) || c === 0x20 || c === 0xa0;
}

function isAlpha(c: number): boolean {
  if (c < 0x80) return isBetween(c | 0x20, 0x61, 0x7a);
  return c >= 0xc0 && c !== 0xd7 && c !== 0xf7; // × and ÷ are punctuation
}

export function isAlnum(c: number): boolean {
  return isDigit(c) || isAlpha(c);
}

export function isPunct(c: number): boolean {
  if (c < 0x80) return isBetween(c, 0x21, 0x7e) && !isAlnum(c);
  return isBetween(c, 0xa1, 0xbf) || c === 0xd7 || c === 0xf7;
}

export function isPrint(c: number): boolean {
  return isAlnum(c) || isPunct(c) || c === 0x20 || c === 0xa0;
}
