/** Summaries of DNS (RFC 1035) and multicast DNS messages. */

import { decodeUtf8 } from '../host.ts';
import { formatIpv4, formatIpv6 } from './address.ts';

const OPCODES = ['', ' inv_q', ' stat', ' op3', ' notify', ' update'];
const RCODES = [
  '',
  ' FormErr',
  ' ServFail',
  ' NXDomain',
  ' NotImp',
  ' Refused',
  ' YXDomain',
  ' YXRRSet',
  ' NXRRSet',
  ' NotAuth',
  ' NotZone',
];
const TYPES: Readonly<Record<number, string>> = {
  1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 12: 'PTR', 13: 'HINFO', 15: 'MX', 16: 'TXT', 17: 'RP', 24: 'SIG', 25: 'KEY', 28: 'AAAA',
  29: 'LOC', 33: 'SRV', 35: 'NAPTR', 39: 'DNAME', 41: 'OPT', 43: 'DS', 44: 'SSHFP', 46: 'RRSIG', 47: 'NSEC', 48: 'DNSKEY',
  50: 'NSEC3', 51: 'NSEC3PARAM', 52: 'TLSA', 64: 'SVCB', 65: 'HTTPS', 249: 'TKEY', 250: 'TSIG', 251: 'IXFR', 252: 'AXFR',
  255: 'ANY', 257: 'CAA',
}; // biome-ignore format: a table
const HEADER_SIZE = 12;
const CLASS_IN = 1;
/** The bit of a class that multicast DNS uses: wants a unicast answer, or replaces what is cached. */
const MDNS_BIT = 0x8000;

/** Ends the reading of a message where its bytes end or make no sense. */
const CUT = Symbol('cut');

class Message {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = HEADER_SIZE;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  u16(at: number): number {
    if (at + 2 > this.bytes.length) throw CUT;
    return this.view.getUint16(at);
  }
  /** The name at `at`, and where it ends there. Pointers must point back, so that no two of them form a ring. */
  name(at: number): { text: string; end: number } {
    let text = '';
    let end = -1;
    for (let from = at, limit = at; ; ) {
      const size = this.bytes[from];
      if (size === undefined) throw CUT;
      if (size === 0) return { text: text || '.', end: end < 0 ? from + 1 : end };
      if (size >= 0xc0) {
        const target = this.u16(from) & 0x3fff;
        if (end < 0) end = from + 2;
        if (target >= limit) throw CUT;
        from = limit = target;
      } else {
        if (size >= 0x40 || from + 1 + size > this.bytes.length) throw CUT;
        text += `${decodeUtf8(this.bytes.subarray(from + 1, from + 1 + size)).replace(/[^\x21-\x7e]/g, '?')}.`;
        if (text.length > 255) throw CUT;
        from += 1 + size;
      }
    }
  }
}

/** @param length what the transport says; `bytes` are fewer when the packet was cut. */
export function dnsText(bytes: Uint8Array, length: number, multicast: boolean): string {
  if (length < HEADER_SIZE) return `domain [length ${length} < ${HEADER_SIZE}] (invalid)`;
  if (bytes.length < HEADER_SIZE) return ' [|domain]';
  const message = new Message(bytes);
  const flags = message.u16(2);
  const parts: string[] = [];
  try {
    if (flags & 0x8000) response(message, flags, multicast, parts);
    else query(message, flags, multicast, parts);
    parts.push(` (${length})`);
  } catch (error) {
    if (error !== CUT) throw error;
    parts.push(' [|domain]');
  }
  return parts.join('');
}

function opcode(flags: number): string {
  const code = (flags >> 11) & 15;
  return OPCODES[code] ?? ` op${code}`;
}

function query(message: Message, flags: number, multicast: boolean, parts: string[]): void {
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) => message.u16(at)) as [
    number,
    number,
    number,
    number,
  ];
  parts.push(`${message.u16(0)}${opcode(flags)}${flags & 0x0100 ? '+' : ''}${flags & 0x0010 ? '%' : ''}`);
  if (flags & 0x06cf) parts.push(` [b2&3=0x${flags.toString(16)}]`);
  if (answers) parts.push(` [${answers}a]`);
  if (questions !== 1) parts.push(` [${questions}q]`);
  if (authorities) parts.push(` [${authorities}n]`);
  if (additional) parts.push(` [${additional}au]`);
  for (let left = questions; left > 0; left--) {
    const { text, end } = message.name(message.at);
    const klass = message.u16(end + 2);
    const unicast = multicast && klass & MDNS_BIT ? ' (QU)' : '';
    const other = (multicast ? klass & ~MDNS_BIT : klass) === CLASS_IN ? '' : ` (Class ${klass})`;
    parts.push(` ${typeName(message.u16(end))}${unicast}${other}? ${text}`);
    message.at = end + 4;
  }
}

function response(message: Message, flags: number, multicast: boolean, parts: string[]): void {
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) => message.u16(at)) as [
    number,
    number,
    number,
    number,
  ];
  const rcode = RCODES[flags & 15] ?? ` Resp${flags & 15}`;
  const marks = `${flags & 0x0400 ? '*' : ''}${flags & 0x0080 ? '' : '-'}${flags & 0x0200 ? '|' : ''}${flags & 0x0020 ? '$' : ''}`;
  parts.push(`${message.u16(0)}${opcode(flags)}${rcode}${marks}`);
  if (questions !== 1) parts.push(` [${questions}q]`);
  for (let left = questions; left > 0; left--) message.at = message.name(message.at).end + 4;
  parts.push(` ${answers}/${authorities}/${additional}`);
  for (let left = answers; left > 0; left--) {
    record(message, multicast, parts);
    if (left > 1) parts.push(',');
  }
}

function record(message: Message, multicast: boolean, parts: string[]): void {
  const { end } = message.name(message.at);
  const type = message.u16(end);
  const klass = message.u16(end + 2);
  const size = message.u16(end + 8);
  const data = end + 10;
  if (data + size > message.bytes.length) throw CUT;
  if (multicast && klass & MDNS_BIT) parts.push(' (Cache flush)');
  parts.push(` ${typeName(type)}${dataText(message, type, data, size)}`);
  message.at = data + size;
}

function typeName(type: number): string {
  return TYPES[type] ?? `Type${type}`;
}

function dataText(message: Message, type: number, at: number, size: number): string {
  const { bytes } = message;
  const name = (from: number): string => message.name(from).text;
  switch (typeName(type)) {
    case 'A':
      return size === 4 ? ` ${formatIpv4(bytes.subarray(at))}` : '';
    case 'AAAA':
      return size === 16 ? ` ${formatIpv6(bytes.subarray(at, at + 16))}` : '';
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      return ` ${name(at)}`;
    case 'MX':
      return ` ${name(at + 2)} ${message.u16(at)}`;
    case 'SRV':
      return ` ${name(at + 6)}:${message.u16(at + 4)} ${message.u16(at)} ${message.u16(at + 2)}`;
    case 'TXT':
      return characterStrings(bytes.subarray(at, at + size));
    default:
      return '';
  }
}

function characterStrings(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]!) {
    const string = decodeUtf8(bytes.subarray(at + 1, at + 1 + bytes[at]!));
    text += ` "${string.replace(/[^\x20-\x7e]/g, '.')}"`;
  }
  return text;
}
