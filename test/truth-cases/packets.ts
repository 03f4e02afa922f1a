/** Packets and context structs that several case files use, as hex. */

/** 54 bytes: Ethernet, IPv4 192.0.2.1 > 198.51.100.2, TCP 4660 > 80 with SYN. */
export const TCP4 =
  '0200000000010200000000020800' +
  '450000283039400040060000c0000201c6336402' +
  '1234005000000001000000025002020000000000';

/** 74 bytes: Ethernet, IPv6 2001:db8::1 > 2001:db8::2, TCP 4660 > 80 with SYN. */
export const TCP6 =
  '02000000000102000000000286dd' +
  '60000000001406402001' +
  '0db80000000000000000000000012001' +
  '0db8000000000000000000000002' +
  '1234005000000001000000025002020000000000';

/** An Ethernet frame of a local experimental type with `size` payload bytes that count up. */
export function frame(size: number): string {
  let text = '02000000000102000000000288b5';
  for (let i = 0; i < size; i++) text += (i & 255).toString(16).padStart(2, '0');
  return text;
}

/** A struct of `size` bytes with little endian numbers at byte offsets: `[offset, bytes, value]`. */
export function struct(size: number, fields: readonly (readonly [number, number, number])[] = []): string {
  const bytes = Buffer.alloc(size);
  for (const [offset, width, value] of fields) bytes.writeUIntLE(value, offset, width);
  return bytes.toString('hex');
}
