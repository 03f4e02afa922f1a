/** Summaries of ICMPv6 (RFC 4443), neighbour discovery (RFC 4861) and multicast listeners (RFC 3810). */
import { formatIpv6 } from './address.ts';
import { IPPROTO } from './protocol.ts';
import type { LayerName, SummaryCursor } from './summary-cursor.ts';

const NAMES: Readonly<Record<number, string>> = {
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
};
/** Parameter problem by code. */
const PARAMETER = ['errorneous', 'next header', 'option'];

export function printIcmpv6(cursor: SummaryCursor): LayerName | undefined {
  cursor.print('ICMP6, ');
  const text = cursor.has(8) ? messageText(cursor) : undefined;
  if (text === undefined) {
    cursor.text = cursor.text.replace(/ICMP6, $/, '');
    return cursor.truncated('icmp6');
  }
  return cursor.print(`${text}, length ${cursor.length}`);
}

/** Undefined when the part it needs is cut. */
function messageText(cursor: SummaryCursor): string | undefined {
  const type = cursor.u8(0);
  const code = cursor.u8(1);
  switch (type) {
    case 1:
      return cursor.has(48) ? unreachableText(cursor, code) : undefined;
    case 2:
      return `packet too big, mtu ${cursor.u32(4)}`;
    case 3:
      if (code === 1) return 'time exceeded in-transit (reassembly)';
      if (!cursor.has(48)) return undefined;
      return code === 0
        ? `time exceeded in-transit for ${address(cursor, 32)}`
        : `time exceeded, unknown code (${code})`;
    case 4:
      return `parameter problem, ${PARAMETER[code] ?? `code-#${code}`} - octet ${cursor.u32(4)}`;
    case 128:
    case 129:
      return `echo ${type === 128 ? 'request' : 'reply'}, id ${cursor.u16(4)}, seq ${cursor.u16(6)}`;
    case 135:
      return cursor.has(24) ? `neighbor solicitation, who has ${address(cursor, 8)}` : undefined;
    case 136:
      return cursor.has(24) ? `neighbor advertisement, tgt is ${address(cursor, 8)}` : undefined;
    case 137:
      return cursor.has(40) ? `redirect, ${address(cursor, 24)} to ${address(cursor, 8)}` : undefined;
    case 143:
      return `multicast listener report v2, ${cursor.u16(6)} group record(s)`;
    default:
      return NAMES[type] ?? `type-#${type}`;
  }
}

function address(cursor: SummaryCursor, offset: number): string {
  return formatIpv6(cursor.slice(offset, 16));
}

/** The packet that failed begins at byte 8 with its IPv6 header. */
function unreachableText(cursor: SummaryCursor, code: number): string | undefined {
  const destination = address(cursor, 32);
  const what = 'destination unreachable, ';
  switch (code) {
    case 0:
      return `${what}unreachable route ${destination}`;
    case 1:
      return `${what} unreachable prohibited ${destination}`;
    case 2:
      return `${what}beyond scope ${destination}, source address ${address(cursor, 16)}`;
    case 3:
      return `${what}unreachable address ${destination}`;
    case 4: {
      if (!cursor.has(52)) return undefined;
      const protocol = cursor.u8(14);
      const name =
        protocol === IPPROTO.TCP ? 'tcp' : protocol === IPPROTO.UDP ? 'udp' : `protocol ${protocol}`;
      return `${what}unreachable port, ${destination} ${name} port ${cursor.u16(50)}`;
    }
    default:
      return `${what}unknown unreach code (${code})`;
  }
}
