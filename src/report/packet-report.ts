/** One packet's run, as data: what text and JSON are made from. */
import { diffPackets, type PacketChange, summarize } from '../packet/index.ts';
import type { TestRunResult } from '../test-run/attr.ts';
import type { ProgTypeName } from '../uapi/bpf.ts';
import { type Fate, fateOf } from './verdict.ts';

export interface PacketRun {
  /** Counts from 1. */
  readonly number: number;
  /** Time of capture since 1970; 0 for a packet that was given by hand. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly program: string;
  readonly progType: ProgTypeName;
  /** The return value by name. */
  readonly verdict: string;
  readonly dataIn: Uint8Array;
  readonly result: TestRunResult;
}

export interface PacketReport extends PacketRun {
  /** The packet before the run, as tcpdump would write it. */
  readonly summary: string;
  readonly fate: Fate;
  /** What differs between data_in and data_out; empty when data_out was cut or not given. */
  readonly changes: readonly PacketChange[];
}

/** Types that see the packet from its network header: 14 zero bytes stand for the link header in data_out. */
const L3_TYPES: ReadonlySet<ProgTypeName> = new Set<ProgTypeName>([
  'socket_filter',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
]);
const LINK_HEADER_SIZE = 14;

export function reportPacket(run: PacketRun): PacketReport {
  const { dataIn, progType, result } = run;
  const whole = result.dataOut.length === result.dataSizeOut;
  const dataOut = restoreLinkHeader(progType, dataIn, result.dataOut);
  return {
    ...run,
    summary: summarize(dataIn),
    fate: fateOf(progType, result.retval),
    changes: whole ? diffPackets(dataIn, dataOut) : [],
  };
}

/** `dataOut` with the link header that the kernel blanks for some types, so that blanking is no change by the program. */
export function restoreLinkHeader(
  progType: ProgTypeName,
  dataIn: Uint8Array,
  dataOut: Uint8Array,
): Uint8Array {
  if (!L3_TYPES.has(progType) || dataOut.length < LINK_HEADER_SIZE) return dataOut;
  const packet = dataOut.slice();
  packet.set(dataIn.subarray(0, LINK_HEADER_SIZE));
  return packet;
}
