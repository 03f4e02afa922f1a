import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TestRunError } from '../errors.ts';
import { errorJson, packetJson, summaryJson } from './json.ts';
import type { PacketReport } from './packet-report.ts';
import type { RunSummary } from './summary.ts';

const DOC = readFileSync(new URL('../../docs/json-output.md', import.meta.url), 'utf8');

/** The fields that a section's table names, without those that only hold others. */
function documented(section: string): string[] {
  const text = DOC.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const fields = [...text.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
  return fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`))).sort();
}

/** Paths of the leaves of a JSON value; those below `opaque` ones are the user's own. */
function leaves(value: unknown, path = ''): string[] {
  if (/\.(key|before|after)$/.test(path) && path.startsWith('maps')) return [path];
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object');
    return isPlain ? [path] : value.flatMap((item) => leaves(item, `${path}[]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) =>
      leaves(item, path === '' ? name : `${path}.${name}`),
    );
  }
  return [path];
}

const fields = (value: object): string[] => [...new Set(leaves(JSON.parse(JSON.stringify(value))))].sort();
const bytes = Uint8Array.of(1, 2);

const REPORT: PacketReport = {
  number: 1,
  seconds: 2,
  nanoseconds: 3,
  program: 'p',
  progType: 'xdp',
  verdict: 'XDP_REDIRECT',
  dataIn: bytes,
  summary: 's',
  fate: 'passed',
  changes: [
    { kind: 'field', name: 'n', text: 't', offsetBefore: 0, before: bytes, offsetAfter: 0, after: bytes },
  ],
  result: {
    errno: null,
    retval: 4,
    duration: 5,
    dataOut: bytes,
    dataSizeOut: 2,
    ctxOut: undefined,
    ctxSizeOut: 0,
    effects: {
      printk: ['x'],
      perf: [{ map: 'm', cpu: 0, data: bytes }],
      ring: [{ map: 'm', data: bytes }],
      transmitted: [{ by: 'clone_redirect', ifindex: 1, direction: 'egress', data: bytes }],
      redirect: { by: 'redirect', ifindex: 1, flags: 0 },
    },
  },
};

const SUMMARY: RunSummary = {
  program: 'p',
  backend: 'sim',
  packets: 1,
  refused: 0,
  interrupted: false,
  verdicts: [{ verdict: 'XDP_PASS', retval: 2, packets: 1, fate: 'passed', share: 1 } as never],
  elapsedSeconds: 0.5,
  packetsPerSecond: 2,
  printkCount: 0,
  printk: [],
  events: { perf: 0, ring: 0, transmitted: 0 },
  keptEvents: [],
  maps: [{ map: 'm', type: 'hash', changes: [{ key: 1, before: undefined, after: { a: 1n } }] } as never],
};

describe('docs/json-output.md', () => {
  it('names the fields of packet lines, and no others', () => {
    expect(fields(packetJson(REPORT))).toEqual(documented('packet'));
  });

  it('names the fields of error lines, and no others', () => {
    expect(fields(errorJson(1, new TestRunError('flags', 'rule', 'EINVAL')))).toEqual(documented('error'));
  });

  it('names the fields of the summary, and no others', () => {
    expect(fields(summaryJson(SUMMARY))).toEqual(documented('summary'));
  });
});

describe('packetJson()', () => {
  it('writes bytes as hexadecimal text and what is missing as null', () => {
    expect(packetJson(REPORT)).toMatchObject({
      time_ns: '2000000003',
      data_out: '0102',
      ctx_out: null,
      effects: { redirect: { ifindex: 1, map: null, key: null } },
    });
  });
});

describe('errorJson()', () => {
  it('has no packet and no code where there is none', () => {
    expect(errorJson(0, new Error('x'))).toEqual({
      type: 'error',
      packet: null,
      code: null,
      errno: null,
      message: 'x',
    });
  });
});
