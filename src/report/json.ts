/** Reports as JSON objects, one a line. docs/json-output.md documents the fields; their names are stable. */
import { toHex } from '../bytes/index.ts';
import { isBpfError } from '../errors.ts';
import { timeNs } from '../packet/index.ts';
import type { PacketReport } from './packet-report.ts';
import type { RunSummary } from './summary.ts';
import { jsonValue } from './value.ts';

export function packetJson(report: PacketReport): object {
  const { result } = report;
  const { effects } = result;
  return {
    type: 'packet',
    packet: report.number,
    time_ns: timeNs(report).toString(),
    program: report.program,
    summary: report.summary,
    retval: result.retval,
    verdict: report.verdict,
    length_in: report.dataIn.length,
    length_out: result.dataSizeOut,
    data_out: toHex(result.dataOut),
    ctx_out: result.ctxOut ? toHex(result.ctxOut) : null,
    duration: result.duration,
    errno: result.errno,
    effects: {
      printk: effects.printk,
      perf: effects.perf.map(({ map, cpu, data }) => ({ map, cpu, data: toHex(data) })),
      ring: effects.ring.map(({ map, data }) => ({ map, data: toHex(data) })),
      transmitted: effects.transmitted.map(({ by, ifindex, direction, data }) => ({
        by,
        ifindex,
        direction,
        data: toHex(data),
      })),
      redirect: effects.redirect
        ? {
            by: effects.redirect.by,
            ifindex: effects.redirect.ifindex ?? null,
            map: effects.redirect.map ?? null,
            key: effects.redirect.key ?? null,
            flags: effects.redirect.flags,
          }
        : null,
    },
    changes: report.changes.map((change) => ({
      kind: change.kind,
      name: change.name,
      text: change.text,
      offset_in: change.offsetBefore,
      bytes_in: toHex(change.before),
      offset_out: change.offsetAfter,
      bytes_out: toHex(change.after),
    })),
  };
}

/** A packet that the test run refused, or the error that ended the replay. @param packet 0 when it concerns none. */
export function errorJson(packet: number, error: unknown): object {
  const bpf = isBpfError(error) ? error : undefined;
  return {
    type: 'error',
    packet: packet === 0 ? null : packet,
    code: bpf?.code ?? null,
    errno: bpf?.errno ?? null,
    message: error instanceof Error ? error.message : String(error),
  };
}

export function summaryJson(summary: RunSummary): object {
  return {
    type: 'summary',
    program: summary.program,
    backend: summary.backend,
    packets: summary.packets,
    refused: summary.refused,
    interrupted: summary.interrupted,
    verdicts: summary.verdicts.map(({ verdict, retval, packets }) => ({ verdict, retval, packets })),
    elapsed_seconds: Number(summary.elapsedSeconds.toFixed(6)),
    packets_per_second: Math.round(summary.packetsPerSecond),
    printk_count: summary.printkCount,
    printk: summary.printk,
    events: summary.events,
    maps: summary.maps.map(({ map, type, changes }) => ({
      map,
      type,
      changes: changes.map(({ key, before, after }) => ({
        key: jsonValue(key),
        before: before === undefined ? null : jsonValue(before),
        after: after === undefined ? null : jsonValue(after),
      })),
    })),
  };
}
