/** Summaries of TCP: flags, numbers, options, and the first line of what it carries. */
import { toHex } from '../bytes/index.ts';
import { decodeUtf8 } from '../host.ts';
import { PORT, TCP_FLAG } from './protocol.ts';
import { dnsText } from './summarize-dns.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

/** Letters in the order they are written. */
const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.FIN, 'F'],
  [TCP_FLAG.SYN, 'S'],
  [TCP_FLAG.RST, 'R'],
  [TCP_FLAG.PSH, 'P'],
  [TCP_FLAG.ACK, '.'],
  [TCP_FLAG.URG, 'U'],
  [TCP_FLAG.ECE, 'E'],
  [TCP_FLAG.CWR, 'W'],
];

export function printTcp(cursor: SummaryCursor): LayerName | undefined {
  if (!cursor.has(4)) {
    cursor.printAddresses();
    return cursor.print('[|tcp]');
  }
  const [src, dst] = [cursor.u16(0), cursor.u16(2)];
  cursor.printAddresses({ src, dst });
  if (!cursor.has(20)) return cursor.truncated('tcp');
  const size = (cursor.u8(12) >> 4) * 4;
  const length = cursor.length - size;
  if (size < 20) return cursor.print(` tcp ${length} [bad hdr length ${size} - too short, < 20]`);
  const flags = cursor.u8(13);
  const letters = FLAG_LETTERS.filter(([bit]) => flags & bit)
    .map(([, letter]) => letter)
    .join('');
  cursor.print(`Flags [${letters || 'none'}]`);
  if (length < 0) return cursor.print(` [bad hdr length ${size} - too long, > ${cursor.length}]`);
  const seq = cursor.u32(4);
  if (length > 0) cursor.print(`, seq ${seq}:${(seq + length) >>> 0}`);
  else if (flags & (TCP_FLAG.SYN | TCP_FLAG.FIN | TCP_FLAG.RST)) cursor.print(`, seq ${seq}`);
  if (flags & TCP_FLAG.ACK) cursor.print(`, ack ${cursor.u32(8)}`);
  cursor.print(`, win ${cursor.u16(14)}`);
  if (flags & TCP_FLAG.URG) cursor.print(`, urg ${cursor.u16(18)}`);
  if (size > 20) {
    const options = optionsText(cursor.slice(20, size - 20), size - 20);
    if (options === undefined) return cursor.truncated('tcp');
    cursor.print(`, options [${options}]`);
  }
  cursor.print(`, length ${length}`);
  return length > 0 ? cursor.print(payloadText(cursor.slice(size), src, dst)) : undefined;
}

/** Undefined when the options are cut. */
function optionsText(bytes: Uint8Array, size: number): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]!;
    if (kind === 0) {
      parts.push('eol');
      return parts.join(',');
    }
    if (kind === 1) {
      parts.push('nop');
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > size) {
      parts.push('[bad opt]');
      return parts.join(',');
    }
    if (at + length > bytes.length) return undefined;
    parts.push(optionText(view, kind, at + 2, length - 2));
    at += length;
  }
  return bytes.length < size ? undefined : parts.join(',');
}

function optionText(view: DataView, kind: number, at: number, length: number): string {
  const data = toHex(new Uint8Array(view.buffer, view.byteOffset + at, length));
  if (kind === 2 && length === 2) return `mss ${view.getUint16(at)}`;
  if (kind === 3 && length === 1) return `wscale ${view.getUint8(at)}`;
  if (kind === 4 && length === 0) return 'sackOK';
  if (kind === 8 && length === 8) return `TS val ${view.getUint32(at)} ecr ${view.getUint32(at + 4)}`;
  if (kind === 34) return length === 0 ? 'tfo  cookiereq' : `tfo  cookie ${data}`;
  if (kind === 5 && length > 0 && length % 8 === 0) {
    let text = `sack ${length / 8} `;
    for (let edge = at; edge < at + length; edge += 8)
      text += `{${view.getUint32(edge)}:${view.getUint32(edge + 4)}}`;
    return text;
  }
  return `unknown-${kind} 0x${data}`;
}

const HTTP_START = /^(?:HTTP\/|(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PROPFIND) )/;

function payloadText(bytes: Uint8Array, src: number, dst: number): string {
  if (src === PORT.DNS || dst === PORT.DNS) {
    if (bytes.length < 2) return ' [|domain]';
    return ` ${dnsText(bytes.subarray(2), (bytes[0]! << 8) | bytes[1]!, false)}`;
  }
  const http = src === PORT.HTTP || dst === PORT.HTTP;
  if (!http && src !== 22 && dst !== 22) return '';
  const line = firstLine(bytes);
  if (http) return HTTP_START.test(line) ? `: HTTP: ${line}` : ': HTTP';
  return line.startsWith('SSH-') ? `: SSH: ${line}` : '';
}

/** Up to the end of the line, 200 bytes at most; what is not printable shows as a dot. */
function firstLine(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes.subarray(0, 200)).split(/\r?\n/, 1)[0] ?? '';
  return text.replace(/[^\x20-\x7e]/g, '.');
}
