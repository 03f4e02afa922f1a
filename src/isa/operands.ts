/** Operands of assembly statements: registers, numbers, memory places, jump targets. */
import type { Size, Width } from './row.ts';
import type { Scanner } from './scanner.ts';

export interface Register {
  readonly number: number;
  readonly width: Width;
}

/** r0-r10, or w0-w10 for the lower half. */
export function readRegister(scanner: Scanner): Register | undefined {
  const found = scanner.match(/([rw])(10|[0-9])(?!\w)/y);
  return found ? { number: Number(found[2]), width: found[1] === 'w' ? 32 : 64 } : undefined;
}

export function expectRegister(scanner: Scanner, width: Width): number {
  const start = scanner.position();
  const register = readRegister(scanner);
  if (register === undefined) return scanner.fail(`expected a register, found ${scanner.rest()}`, start);
  if (register.width !== width) return scanner.fail(`expected ${width === 32 ? 'w' : 'r'}${register.number}`);
  return register.number;
}

/** Decimal or 0x hexadecimal, with an optional minus. */
export function readNumber(scanner: Scanner): bigint | undefined {
  const found = scanner.match(/([+-]?)(0x[0-9a-fA-F]+|\d+)(?!\w)/y);
  if (!found) return undefined;
  const value = BigInt(found[2] ?? 0);
  return found[1] === '-' ? -value : value;
}

/**
 * A 32-bit immediate. `unsigned` also takes 0x80000000-0xffffffff for the same bits, as the log prints jumps; elsewhere that
 * would silently mean another 64-bit value.
 */
export function expectImm32(scanner: Scanner, unsigned: boolean): number {
  const start = scanner.position();
  const value = readNumber(scanner);
  if (value === undefined) return scanner.fail(`expected a number, found ${scanner.rest()}`, start);
  if (value < -0x80000000n || value > (unsigned ? 0xffffffffn : 0x7fffffffn)) {
    return scanner.fail(`${value} does not fit the 32-bit immediate`);
  }
  return Number(BigInt.asIntN(32, value));
}

export function expectOffset16(scanner: Scanner): number {
  const start = scanner.position();
  const found = scanner.match(/([+-])\s*(0x[0-9a-fA-F]+|\d+)(?!\w)/y);
  if (!found) return scanner.fail(`expected an offset with its sign, found ${scanner.rest()}`, start);
  const value = Number(found[2]) * (found[1] === '-' ? -1 : 1);
  if (value < -0x8000 || value > 0x7fff) return scanner.fail(`offset ${value} does not fit 16 bits`);
  return value;
}

export interface Access {
  readonly size: Size;
  readonly signExtend: boolean;
}

/** `(u32 *)`. */
export function expectAccess(scanner: Scanner): Access {
  scanner.expect('(');
  const start = scanner.position();
  const found = scanner.match(/([us])(8|16|32|64)(?!\w)/y);
  if (!found) return scanner.fail(`expected a type (u8 to u64, s8 to s32), found ${scanner.rest()}`, start);
  const size = ({ 8: 1, 16: 2, 32: 4, 64: 8 } as const)[found[2] ?? ''];
  if (size === undefined || (found[1] === 's' && size === 8))
    return scanner.fail(`there is no ${found[0]} access`);
  scanner.expect('*');
  scanner.expect(')');
  return { size, signExtend: found[1] === 's' };
}

export interface Place extends Access {
  readonly base: number;
  readonly off: number;
}

/** `(r2 +4)` after its type. */
export function expectPlace(scanner: Scanner, access: Access): Place {
  scanner.expect('(');
  const base = expectRegister(scanner, 64);
  const off = expectOffset16(scanner);
  scanner.expect(')');
  return { ...access, base, off };
}

/** A relative slot offset, or a label with where it was named. */
export type Target =
  | { readonly kind: 'relative'; readonly offset: number; readonly position: number }
  | { readonly kind: 'label'; readonly label: string; readonly position: number };

export const LABEL = /[A-Za-z_.$][\w.$]*/y;

/** `pc+3`, `+3` or a label. */
export function expectTarget(scanner: Scanner): Target {
  const position = scanner.position();
  const relative = scanner.match(/(?:pc)?([+-]\d+)(?!\w)/y);
  if (relative) return { kind: 'relative', offset: Number(relative[1]), position };
  const label = scanner.match(LABEL);
  if (!label) return scanner.fail(`expected pc+N or a label, found ${scanner.rest()}`, position);
  return { kind: 'label', label: label[0], position };
}
