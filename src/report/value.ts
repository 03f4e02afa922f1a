/** Values as BTF types them (objects, arrays, bigint, bytes, numbers, text), as JSON, as text, and compared. */
import { toHex } from '../bytes/index.ts';
import { formatIpv6 } from '../packet/index.ts';

/** JSON can hold it: 64-bit integers become decimal strings, bytes `0x` and hex. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonValue(member)]));
  }
  return value;
}

/** `{packets: 3, addr: 0x0a000001, cpus: [1, 2]}`; a `struct in6_addr` as its address. */
export function formatDecoded(value: unknown): string {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return `[${value.map(formatDecoded).join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (isStruct(value)) {
    const address = in6Addr(value);
    if (address) return formatIpv6(address);
    return `{${Object.entries(value)
      .map(([name, member]) => `${name}: ${formatDecoded(member)}`)
      .join(', ')}}`;
  }
  return String(value);
}

export interface LeafChange {
  /** `stats.packets`, `[3].bytes`; '' for a value that has no parts. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The parts in which two values of one type differ. */
export function changedLeaves(before: unknown, after: unknown, path = ''): readonly LeafChange[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((member, index) => changedLeaves(member, after[index], `${path}[${index}]`));
  }
  if (isStruct(before) && isStruct(after)) {
    return Object.keys(after).flatMap((name) =>
      changedLeaves(before[name], after[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return formatDecoded(before) === formatDecoded(after) ? [] : [{ path, before, after }];
}

/** The bytes of `struct in6_addr`, the kernel's type of an IPv6 address: a union of three views of them. */
function in6Addr(value: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  const union = value['in6_u'];
  const bytes = isStruct(union) ? union['u6_addr8'] : undefined;
  if (bytes instanceof Uint8Array) return bytes.length === 16 ? bytes : undefined;
  return Array.isArray(bytes) && bytes.length === 16 ? Uint8Array.from(bytes, Number) : undefined;
}

function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
