/** Values as text, in the layout of `bpftool map dump`: JSON with four spaces, 64-bit integers in full. */
import { type BtfValue, decodeValue } from './decode.ts';
import type { Btf } from './types.ts';

/** @throws {@link BtfError} as decodeValue does. */
export function formatValue(btf: Btf, typeId: number, bytes: Uint8Array): string {
  return format(decodeValue(btf, typeId, bytes), '');
}

function format(value: BtfValue, indent: string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    // bpftool keeps the elements of an array on one line.
    return `[${value.map((element) => format(element, indent)).join(',')}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const inner = `${indent}    `;
  const lines = entries.map(([name, member]) => `${inner}${JSON.stringify(name)}: ${format(member, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
