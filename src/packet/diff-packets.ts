/** What a program changed in a packet: in words, by header and field, and in bytes. */
import { toHex } from '../bytes/index.ts';
import { alignLayers, type LayerPair } from './align-layers.ts';
import { fieldValue, LAYER_FIELDS, type LayerKind } from './layer-fields.ts';
import { type Layer, parseLayers } from './parse-layers.ts';

/** One change. Offsets count from the packet's first byte, in the packet before and in the packet after. */
export interface PacketChange {
  /**
   * 'field' and 'bytes': a value was overwritten. 'inserted' and 'removed': a header came or went. 'head' and 'tail': the
   * packet grew or was cut at an end and is otherwise as it was.
   */
  readonly kind: 'field' | 'bytes' | 'inserted' | 'removed' | 'head' | 'tail';
  /** `ipv4.dst` for a field, the header's name, or '' for bytes that belong to none. */
  readonly name: string;
  /** The change as a phrase: `ipv4.dst 10.0.0.1 -> 10.0.0.2`. */
  readonly text: string;
  readonly offsetBefore: number;
  /** Empty for what was inserted. */
  readonly before: Uint8Array;
  readonly offsetAfter: number;
  /** Empty for what was removed. */
  readonly after: Uint8Array;
}

interface Span {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Longer runs of bytes are shortened in `text`; `before` and `after` hold all of them. */
const SHOWN_BYTES = 16;
const WORDS: Readonly<Record<LayerKind, string>> = {
  ethernet: 'ethernet header',
  vlan: 'vlan tag',
  arp: 'arp header',
  mpls: 'mpls label',
  ipv4: 'ipv4 header',
  ipv6: 'ipv6 header',
  ipv6_ext: 'ipv6 extension header',
  ipv6_frag: 'ipv6 fragment header',
  tcp: 'tcp header',
  udp: 'udp header',
  icmp: 'icmp header',
  icmpv6: 'icmpv6 header',
  gre: 'gre header',
  vxlan: 'vxlan header',
  payload: 'payload',
};

/**
 * Lists the changes from `before` to `after`, both from their Ethernet header. Together they name every byte that
 * differs; none when the packets are equal.
 *
 * @example
 * diffPackets(packet, rewritten).map(({ text }) => text);
 * // ['ipv4.dst 10.0.0.1 -> 10.0.0.2', 'ipv4.checksum 0x66cd -> 0x66cc', 'tail cut by 8']
 */
export function diffPackets(before: Uint8Array, after: Uint8Array): readonly PacketChange[] {
  const prefix = commonPrefix(before, after);
  if (prefix === before.length && prefix === after.length) return [];
  const ends = diffEnds(before, after, prefix);
  if (ends) return [ends];
  const from = parseLayers(before);
  const to = parseLayers(after);
  const place = { before: 0, after: 0 };
  return alignLayers(before, after, from, to).flatMap((pair) => {
    const changes = diffPair(before, after, pair, place);
    place.before += pair.before?.length ?? 0;
    place.after += pair.after?.length ?? 0;
    return changes;
  });
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  const limit = Math.min(a.length, b.length);
  let at = 0;
  while (at < limit && a[at] === b[at]) at++;
  return at;
}

function endsWith(whole: Uint8Array, end: Uint8Array): boolean {
  const skip = whole.length - end.length;
  return skip >= 0 && end.every((byte, index) => whole[skip + index] === byte);
}

/** One end grew or was cut, and nothing else happened. */
function diffEnds(before: Uint8Array, after: Uint8Array, prefix: number): PacketChange | undefined {
  const delta = after.length - before.length;
  const size = Math.abs(delta);
  const word = delta > 0 ? 'grew' : 'cut';
  if (prefix === before.length || prefix === after.length) {
    const [old, now] = [before.subarray(prefix), after.subarray(prefix)];
    return change(
      'tail',
      '',
      `tail ${word} by ${size}`,
      { offset: prefix, bytes: old },
      { offset: prefix, bytes: now },
    );
  }
  const shorter = delta > 0 ? before : after;
  if (delta === 0 || !endsWith(delta > 0 ? after : before, shorter)) return undefined;
  const [old, now] = [before.subarray(0, Math.max(0, -delta)), after.subarray(0, Math.max(0, delta))];
  return change('head', '', `head ${word} by ${size}`, { offset: 0, bytes: old }, { offset: 0, bytes: now });
}

function change(
  kind: PacketChange['kind'],
  name: string,
  text: string,
  before: Span,
  after: Span,
): PacketChange {
  return {
    kind,
    name,
    text,
    offsetBefore: before.offset,
    before: before.bytes,
    offsetAfter: after.offset,
    after: after.bytes,
  };
}

function spanOf(packet: Uint8Array, layer: Layer, start = 0, end = layer.length): Span {
  return { offset: layer.offset + start, bytes: packet.subarray(layer.offset + start, layer.offset + end) };
}

/** @param place where the pair begins in either packet. */
function diffPair(
  before: Uint8Array,
  after: Uint8Array,
  pair: LayerPair,
  place: { readonly before: number; readonly after: number },
): readonly PacketChange[] {
  const { before: old, after: now } = pair;
  if (old && now) {
    const changes = [...diffFields(before, after, old, now), ...diffRest(before, after, old, now)];
    return changes.sort((a, b) => a.offsetBefore - b.offsetBefore);
  }
  if (now) {
    const what = `${now.length} bytes (${describe(after, now)}) inserted at ${now.offset}`;
    return [change('inserted', now.kind, what, { offset: place.before, bytes: EMPTY }, spanOf(after, now))];
  }
  if (!old) return [];
  const what = `${old.length} bytes (${describe(before, old)}) removed at ${old.offset}`;
  return [change('removed', old.kind, what, spanOf(before, old), { offset: place.after, bytes: EMPTY })];
}

const EMPTY = new Uint8Array(0);

/** `ipv4 header 10.0.0.1 > 10.0.0.2`, `vlan tag 10`: the name, and what tells one from another. */
function describe(packet: Uint8Array, layer: Layer): string {
  const value = (name: string): string => {
    const field = LAYER_FIELDS[layer.kind].find((row) => row.name === name)!;
    const bytes = packet.subarray(layer.offset + field.offset, layer.offset + field.offset + field.size);
    return field.format(bytes, fieldValue(field, bytes));
  };
  const words = WORDS[layer.kind];
  switch (layer.kind) {
    case 'ipv4':
    case 'ipv6':
    case 'ethernet':
      return `${words} ${value('src')} > ${value('dst')}`;
    case 'vlan':
      return `${words} ${value('id')}`;
    case 'tcp':
    case 'udp':
      return `${words} ${value('sport')} > ${value('dport')}`;
    case 'vxlan':
      return `${words} ${value('vni')}`;
    default:
      return words;
  }
}

function diffFields(before: Uint8Array, after: Uint8Array, old: Layer, now: Layer): PacketChange[] {
  return LAYER_FIELDS[old.kind].flatMap((field) => {
    const was = spanOf(before, old, field.offset, field.offset + field.size);
    const is = spanOf(after, now, field.offset, field.offset + field.size);
    const [from, to] = [fieldValue(field, was.bytes), fieldValue(field, is.bytes)];
    const same = field.mask === undefined ? toHex(was.bytes) === toHex(is.bytes) : from === to;
    if (same) return [];
    const name = `${old.kind}.${field.name}`;
    return [
      change(
        'field',
        name,
        `${name} ${field.format(was.bytes, from)} -> ${field.format(is.bytes, to)}`,
        was,
        is,
      ),
    ];
  });
}

/** What no field names: options, and the payload. */
function diffRest(before: Uint8Array, after: Uint8Array, old: Layer, now: Layer): PacketChange[] {
  const covered = new Set<number>();
  for (const { offset, size } of LAYER_FIELDS[old.kind])
    for (let i = 0; i < size; i++) covered.add(offset + i);
  const common = Math.min(old.length, now.length);
  const differs = (at: number): boolean =>
    !covered.has(at) && before[old.offset + at] !== after[now.offset + at];
  const changes: PacketChange[] = [];
  for (let at = 0; at < common; at++) {
    if (!differs(at)) continue;
    const start = at;
    while (at < common && differs(at)) at++;
    const [was, is] = [spanOf(before, old, start, at), spanOf(after, now, start, at)];
    const place = `${old.kind}[${start}..${at}]`;
    changes.push(change('bytes', old.kind, `${place} ${shown(was.bytes)} -> ${shown(is.bytes)}`, was, is));
  }
  if (old.length === now.length) return changes;
  const [was, is] = [spanOf(before, old, common), spanOf(after, now, common)];
  const size = Math.abs(now.length - old.length);
  const atEnd = old.offset + old.length === before.length && now.offset + now.length === after.length;
  const word = now.length > old.length ? 'grew' : 'cut';
  const text = atEnd ? `tail ${word} by ${size}` : `${WORDS[old.kind]} ${word} by ${size}`;
  changes.push(change(atEnd ? 'tail' : 'bytes', atEnd ? '' : old.kind, text, was, is));
  return changes;
}

function shown(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_BYTES))}... (${bytes.length} bytes)`;
}
