/** The code of a module that the engine wrote, as indented text: what golden tests compare and people read. */
import { OP } from '../src/engine/wasm/opcodes.ts';

const NAMES = new Map<number, string>(Object.entries(OP).map(([name, code]) => [code, name]));
const OPENS = new Set(['block', 'loop', 'if']);

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function unsigned(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}

function signed(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
  }
}

function immediates(name: string, cursor: Cursor): string {
  if (/const$/.test(name)) return ` ${signed(cursor)}`;
  if (/load|store/.test(name)) {
    unsigned(cursor);
    const offset = unsigned(cursor);
    return offset === 0 ? '' : ` offset=0x${offset.toString(16)}`;
  }
  if (OPENS.has(name)) {
    const type = cursor.bytes[cursor.at++];
    return type === 0x40 ? '' : type === 0x7e ? ' i64' : ' i32';
  }
  if (name === 'br_table')
    return ` ${Array.from({ length: unsigned(cursor) + 1 }, () => unsigned(cursor)).join(' ')}`;
  if (name === 'call_indirect') return ` type ${unsigned(cursor)} table ${unsigned(cursor)}`;
  return /^local|^br|^call$/.test(name) ? ` ${unsigned(cursor)}` : '';
}

function body(cursor: Cursor, end: number): string[] {
  const lines: string[] = [];
  let depth = 1;
  for (let groups = unsigned(cursor); groups > 0; groups--) {
    lines.push(`  locals ${unsigned(cursor)} ${cursor.bytes[cursor.at++] === 0x7e ? 'i64' : 'i32'}`);
  }
  while (cursor.at < end) {
    const code = cursor.bytes[cursor.at++] ?? 0;
    const name = NAMES.get(code);
    if (name === undefined) throw new Error(`opcode 0x${code.toString(16)} at byte ${cursor.at - 1}`);
    if (name === 'end' || name === 'else') depth--;
    lines.push(`${'  '.repeat(depth)}${name}${immediates(name, cursor)}`);
    if (OPENS.has(name) || name === 'else') depth++;
  }
  return lines;
}

/** Bodies of the module's functions, in order. */
export function wasmText(bytes: Uint8Array): string[] {
  const cursor: Cursor = { bytes, at: 8 };
  while (cursor.at < bytes.length) {
    const id = bytes[cursor.at++];
    const size = unsigned(cursor);
    if (id !== 10) {
      cursor.at += size;
      continue;
    }
    return Array.from({ length: unsigned(cursor) }, () => {
      const length = unsigned(cursor);
      return body(cursor, cursor.at + length).join('\n');
    });
  }
  throw new Error('no code section');
}
