/** Reports as lines of text. */
import { toHex } from '../bytes/index.ts';
import { type PacketChange, summarize } from '../packet/index.ts';
import type { Effects } from '../test-run/attr.ts';
import type { EntryChange, MapChanges } from './map-changes.ts';
import type { PacketReport } from './packet-report.ts';
import type { Style } from './style.ts';
import type { RunSummary } from './summary.ts';
import { changedLeaves, formatDecoded } from './value.ts';
import type { Fate } from './verdict.ts';

const SHOWN_BYTES = 24;
const SHOWN_LEAVES = 12;
const SHOWN_ENTRIES = 50;

function byFate(style: Style, fate: Fate): (text: string) => string {
  return { passed: style.good, sent: style.special, dropped: style.bad }[fate];
}

/**
 * `number time verdict length summary`, then indented what changed and what the program sent.
 * @param start time of the capture's first packet, which counts as 0.
 */
export function packetText(
  report: PacketReport,
  style: Style,
  start: { readonly seconds: number; readonly nanoseconds: number },
): readonly string[] {
  const { dataIn, result, verdict } = report;
  const length =
    result.dataSizeOut === dataIn.length ? `${dataIn.length}` : `${dataIn.length} -> ${result.dataSizeOut}`;
  const time = style.faint(relativeTime(report, start));
  const colour = byFate(style, report.fate);
  const lines = [
    `${String(report.number).padStart(6)} ${time} ${colour(verdict.padEnd(12))} ${length.padStart(5)}  ${report.summary}`,
  ];
  for (const change of report.changes) lines.push(`       ${changeText(change, style)}`);
  if (result.errno)
    lines.push(`       ${style.bad(`${result.errno}: data_out was cut to ${result.dataOut.length} bytes`)}`);
  for (const line of effectsText(result.effects)) lines.push(`       ${line}`);
  return lines;
}

/** Seconds with nine digits, since `start`; a capture out of order gives negative ones. */
function relativeTime(
  time: { readonly seconds: number; readonly nanoseconds: number },
  start: { readonly seconds: number; readonly nanoseconds: number },
): string {
  let seconds = time.seconds - start.seconds;
  let nanoseconds = time.nanoseconds - start.nanoseconds;
  const negative = seconds < 0 || (seconds === 0 && nanoseconds < 0);
  if (negative) [seconds, nanoseconds] = [-seconds, -nanoseconds];
  if (nanoseconds < 0) {
    seconds -= 1;
    nanoseconds += 1_000_000_000;
  }
  return `${negative ? '-' : ''}${seconds}.${String(nanoseconds).padStart(9, '0')}`;
}

function changeText(change: PacketChange, style: Style): string {
  const { text, before, after, offsetBefore, offsetAfter } = change;
  if (after.length === 0)
    return `${text}  ${style.faint(`${range(offsetBefore, before)} ${shortHex(before)} gone`)}`;
  if (before.length === 0)
    return `${text}  ${style.faint(`${range(offsetAfter, after)} ${shortHex(after)}`)}`;
  return `${text}  ${style.faint(`${range(offsetAfter, after)} ${shortHex(before)} -> ${shortHex(after)}`)}`;
}

function range(offset: number, bytes: Uint8Array): string {
  return bytes.length === 1 ? `byte ${offset}:` : `bytes ${offset}-${offset + bytes.length - 1}:`;
}

function shortHex(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_BYTES))}...`;
}

function effectsText({ printk, perf, ring, transmitted, redirect }: Effects): readonly string[] {
  const lines = printk.map((line) => `printed: ${line.trimEnd()}`);
  for (const { map, cpu, data } of perf)
    lines.push(`perf event in ${map} (CPU ${cpu}, ${data.length} bytes): ${shortHex(data)}`);
  for (const { map, data } of ring)
    lines.push(`ring buffer ${map} (${data.length} bytes): ${shortHex(data)}`);
  for (const { by, ifindex, direction, data } of transmitted) {
    lines.push(`${by} to interface ${ifindex}, ${direction} (${data.length} bytes): ${summarize(data)}`);
  }
  if (redirect) {
    const to =
      redirect.map === undefined ? `interface ${redirect.ifindex}` : `${redirect.map}[${redirect.key}]`;
    lines.push(`${redirect.by} to ${to}${redirect.flags === 0 ? '' : `, flags ${redirect.flags}`}`);
  }
  return lines;
}

/** Totals by verdict, packets a second, what the program sent, the maps that changed. */
export function summaryText(summary: RunSummary, style: Style): readonly string[] {
  const { packets, refused, elapsedSeconds, packetsPerSecond, events } = summary;
  const rate = packets > 1 ? `, ${Math.round(packetsPerSecond).toLocaleString('en-US')} packets/s` : '';
  const stopped = summary.interrupted ? ' (interrupted)' : '';
  const head = `${summary.program}: ${packets} packet${packets === 1 ? '' : 's'} in ${elapsedSeconds.toFixed(3)} s${rate}${stopped}`;
  const lines = [style.strong(head)];
  for (const { verdict, packets: count } of summary.verdicts) {
    const share = packets === 0 ? 0 : (100 * count) / packets;
    lines.push(`  ${verdict.padEnd(16)} ${String(count).padStart(9)}  ${share.toFixed(1).padStart(5)} %`);
  }
  if (refused > 0) lines.push(style.bad(`  refused          ${String(refused).padStart(9)}`));
  if (summary.printkCount > 0) {
    lines.push(style.strong(`printed: ${summary.printkCount} line${summary.printkCount === 1 ? '' : 's'}`));
    for (const line of summary.printk) lines.push(`  ${line.trimEnd()}`);
    if (summary.printk.length < summary.printkCount)
      lines.push(`  ... ${summary.printkCount - summary.printk.length} more`);
  }
  const sent = events.perf + events.ring + events.transmitted;
  if (sent > 0) {
    const kinds = [`${events.ring} ring buffer`, `${events.perf} perf`, `${events.transmitted} packets`];
    lines.push(style.strong(`sent: ${kinds.filter((text) => !text.startsWith('0 ')).join(', ')}`));
    for (const { kind, from, data } of summary.keptEvents.slice(0, 10)) {
      lines.push(`  ${from}: ${kind === 'transmitted' ? summarize(data) : shortHex(data)}`);
    }
    if (sent > 10) lines.push(`  ... ${sent - Math.min(10, summary.keptEvents.length)} more`);
  }
  for (const map of summary.maps) lines.push(...mapText(map, style));
  return lines;
}

/** The entries of a map that changed, a line each. */
export function mapText(map: MapChanges, style: Style): readonly string[] {
  const count = map.changes.length;
  const lines = [
    `${style.strong(`map ${map.map}`)} (${map.type}): ${count} ${count === 1 ? 'entry' : 'entries'} changed`,
  ];
  for (const change of map.changes.slice(0, SHOWN_ENTRIES)) lines.push(`  ${entryText(change, map.perCpu)}`);
  if (count > SHOWN_ENTRIES) lines.push(`  ... ${count - SHOWN_ENTRIES} more`);
  return lines;
}

function entryText({ key, before, after }: EntryChange, perCpu: boolean): string {
  const name = formatDecoded(key);
  if (after === undefined) return `${name}: deleted, was ${formatDecoded(before)}`;
  if (before === undefined) return `${name}: new, ${formatDecoded(perCpu ? usedCpus(after) : after)}`;
  const leaves = changedLeaves(before, after);
  const parts = leaves.slice(0, SHOWN_LEAVES).map((leaf) => {
    const path = perCpu ? leaf.path.replace(/^\[(\d+)\]/, 'cpu $1 ').replace(' .', ' ') : leaf.path;
    return `${path.trim()}${path === '' ? '' : ' '}${formatDecoded(leaf.before)} -> ${formatDecoded(leaf.after)}`;
  });
  if (leaves.length > SHOWN_LEAVES) parts.push(`... ${leaves.length - SHOWN_LEAVES} more`);
  return `${name}: ${parts.join(', ')}`;
}

/** A new per-CPU entry is zeros on every CPU but those that ran: only theirs are shown. */
function usedCpus(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const used = value.map((one, cpu) => [`cpu ${cpu}`, one] as const).filter(([, one]) => !isZero(one));
  return used.length === 0 ? value[0] : Object.fromEntries(used);
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.every((byte) => byte === 0);
  if (Array.isArray(value)) return value.every(isZero);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isZero);
  return value === 0 || value === 0n || value === false || value === '';
}
