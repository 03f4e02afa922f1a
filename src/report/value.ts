/** Values as BTF types them (objects, arrays, bigint, bytes, numbers, text), as JSON, as text, and compared. */
import { toHex } from '../bytes/index.ts';

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

/** `{packets: 3, addr: 0x0a000001, cpus: [1, 2]}`. */
export function formatDecoded(value: unknown): string {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return `[${value.map(formatDecoded).join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) {
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

function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
