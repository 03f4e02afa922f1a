/** Summaries of ICMP (RFC 792, RFC 1256). */
import { formatIpv4 } from './address.ts';
import { IPPROTO } from './protocol.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

const NAMES: Readonly<Record<number, string>> = {
  4: 'source quench',
  9: 'router advertisement',
  10: 'router solicitation',
  15: 'information request',
  16: 'information reply',
};

/** The codes of "unreachable" that name the destination of the packet that failed, in place of `%`. */
const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net % unreachable',
  1: 'host % unreachable',
  5: '% unreachable - source route failed',
  6: 'net % unreachable - unknown',
  7: 'host % unreachable - unknown',
  8: '% unreachable - source host isolated',
  9: 'net % unreachable - admin prohibited',
  10: 'host % unreachable - admin prohibited',
  11: 'net % unreachable - tos prohibited',
  12: 'host % unreachable - tos prohibited',
  13: 'host % unreachable - admin prohibited filter',
  14: 'host % unreachable - host precedence violation',
  15: 'host % unreachable - precedence cutoff',
};
const REDIRECT = ['net', 'host', 'net', 'host'];

export function printIcmp(cursor: SummaryCursor): LayerName | undefined {
  cursor.print('ICMP ');
  const text = cursor.has(8) ? messageText(cursor) : undefined;
  if (text === undefined) {
    cursor.text = cursor.text.replace(/ICMP $/, '');
    return cursor.truncated('icmp');
  }
  return cursor.print(`${text}, length ${cursor.length}`);
}

/** Undefined when the part it needs is cut. */
function messageText(cursor: SummaryCursor): string | undefined {
  const type = cursor.u8(0);
  const code = cursor.u8(1);
  const numbers = `id ${cursor.u16(4)}, seq ${cursor.u16(6)}`;
  switch (type) {
    case 0:
      return `echo reply, ${numbers}`;
    case 8:
      return `echo request, ${numbers}`;
    case 3:
      return cursor.has(28) ? unreachableText(cursor, code) : undefined;
    case 5: {
      if (!cursor.has(28)) return undefined;
      const kind = REDIRECT[code] ?? `#${code}`;
      return `redirect ${address(cursor, 24)} to ${kind} ${address(cursor, 4)}`;
    }
    case 11:
      if (code === 0) return 'time exceeded in-transit';
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`;
    case 12:
      return `parameter problem - ${code === 0 ? `octet ${cursor.u8(4)}` : `code ${code}`}`;
    case 13:
    case 14:
      return `time stamp ${type === 13 ? 'query' : 'reply'} id ${cursor.u16(4)} seq ${cursor.u16(6)}`;
    default:
      return NAMES[type] ?? `type-#${type}`;
  }
}

function address(cursor: SummaryCursor, offset: number): string {
  return formatIpv4(cursor.slice(offset, 4));
}

/** The packet that failed begins at byte 8 with its IP header. */
function unreachableText(cursor: SummaryCursor, code: number): string | undefined {
  const destination = address(cursor, 24);
  const protocol = cursor.u8(17);
  if (code === 2) return `${destination} protocol ${protocol} unreachable`;
  if (code === 3) {
    const ports = 8 + (cursor.u8(8) & 15) * 4;
    if (!cursor.has(ports + 4)) return undefined;
    const port = cursor.u16(ports + 2);
    if (protocol === IPPROTO.TCP) return `${destination} tcp port ${port} unreachable`;
    if (protocol === IPPROTO.UDP) return `${destination} udp port ${port} unreachable`;
    return `${destination} protocol ${protocol} port ${port} unreachable`;
  }
  if (code === 4) {
    const mtu = cursor.u16(6);
    return `${destination} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
  }
  return (UNREACHABLE[code] ?? `% unreachable - #${code}`).replace('%', destination);
}
