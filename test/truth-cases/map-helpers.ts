/** Maps from the program's side: results and errno of every operation, walking by callback, tail calls. */
import type { RawMap } from '../../src/object/index.ts';
import { MAP_FLAG, type MapTypeName } from '../../src/uapi/bpf.ts';
import type { TruthCase } from '../truth-case.ts';
import { type Arg, bytesMap, type Call, callCase, callsName, helperId, OUT_MAP, SHOW_OUT } from './calls.ts';
import { TCP4 } from './packets.ts';

/** Keys at bytes 0, 8, 16, 24 (0, 1, 2, 9 as u32; a /24, a /16, a /32 and one too long for a trie), values from 32. */
function input(type: MapTypeName): Uint8Array {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? 0 : i + 16));
  [0, 1, 2, 9].forEach((key, at) => {
    bytes[8 * at] = key;
  });
  if (type === 'lpm_trie')
    [24, 16, 32, 33].forEach((length, at) => {
      bytes.set([length, 0, 0, 0, 10, 0, 0, at], 8 * at);
    });
  return bytes;
}

const hashed: Omit<RawMap, 'type'> = { keySize: 4, valueSize: 8, maxEntries: 2 };
const MAPS: Readonly<Partial<Record<MapTypeName, Omit<RawMap, 'type'>>>> = {
  hash: hashed,
  percpu_hash: hashed,
  // so large that the kernel's approximation never evicts
  lru_hash: { ...hashed, maxEntries: 4096 },
  lru_percpu_hash: { ...hashed, maxEntries: 4096 },
  array: { ...hashed, maxEntries: 3 },
  percpu_array: { ...hashed, maxEntries: 3 },
  lpm_trie: { keySize: 8, valueSize: 8, maxEntries: 2, flags: MAP_FLAG.BPF_F_NO_PREALLOC },
};

const UPDATE = (key: Arg, flags: number | bigint = 0, value: Arg = 'in+32'): Call => [
  'map_update_elem',
  'map m',
  key,
  value,
  flags,
];
const LOOKUP = (key: Arg): Call => ['map_lookup_elem', 'map m', key];
const DELETE = (key: Arg): Call => ['map_delete_elem', 'map m', key];

const SCRIPTS: readonly (readonly Call[])[] = [
  [LOOKUP('in+0'), LOOKUP('in+8'), LOOKUP('in+24'), DELETE('in+0'), DELETE('in+24')],
  ...[0, 1, 2, 3, 4, 5, 6, 8, 16, 1n << 32n].flatMap((flags) => [
    [UPDATE('in+0', flags), LOOKUP('in+0'), UPDATE('in+24', flags), LOOKUP('in+24')],
    [UPDATE('in+0'), UPDATE('in+0', flags, 'in+33'), LOOKUP('in+0'), DELETE('in+0'), LOOKUP('in+0')],
  ]),
  [
    UPDATE('in+0'),
    UPDATE('in+8'),
    UPDATE('in+16'),
    UPDATE('in+0', 0, 'in+40'),
    LOOKUP('in+16'),
    DELETE('in+16'),
  ],
  [UPDATE('in+0'), UPDATE('in+8'), DELETE('in+0'), UPDATE('in+16'), LOOKUP('in+16'), LOOKUP('in+8')],
];

const operations = (Object.keys(MAPS) as MapTypeName[]).flatMap((type) => {
  const map = { name: 'm', type, ...MAPS[type] } as RawMap;
  const test = (calls: readonly Call[]): TruthCase =>
    callCase(`${type}: ${callsName(calls)}`, TCP4, calls, {
      progType: 'xdp',
      input: input(type),
      maps: [map],
      // the user side sees which CPU a program ran on
      after: type.includes('percpu') ? [] : [{ op: 'dump', map: 'm' }],
    });
  const perCpu = type.includes('percpu')
    ? [0, 1, 63, 64, 1000, -1].map((cpu) =>
        test([
          UPDATE('in+0'),
          ['map_lookup_percpu_elem', 'map m', 'in+8', cpu],
          ['map_lookup_percpu_elem', 'map m', 'in+24', cpu],
        ]),
      )
    : [];
  return [...SCRIPTS.map(test), ...perCpu];
});

const PUSH = (value: Arg, flags: number | bigint = 0): Call => ['map_push_elem', 'map m', value, flags];
const POP: Call = ['map_pop_elem', 'map m', 'out+0'];
const PEEK: Call = ['map_peek_elem', 'map m', 'out+8'];

const queues = (['queue', 'stack', 'bloom_filter'] as const).flatMap((type) => {
  const map: RawMap = { name: 'm', type, keySize: 0, valueSize: 8, maxEntries: 2 };
  const test = (calls: readonly Call[]): TruthCase =>
    callCase(`${type}: ${callsName(calls)}`, TCP4, calls, {
      progType: 'xdp',
      input: input(type),
      maps: [map],
    });
  const flagged = [1, 2, 3, 4, 1n << 32n].flatMap((flags) => [
    test([PUSH('in+32', flags)]),
    test([
      PUSH('in+32'),
      PUSH('in+33'),
      PUSH('in+34', flags),
      ...(type === 'bloom_filter' ? [] : [PEEK, POP, POP]),
    ]),
  ]);
  if (type === 'bloom_filter') {
    const member: Call = ['map_peek_elem', 'map m', 'in+32'];
    return [...flagged, test([member]), test([PUSH('in+32'), member, PUSH('in+33'), member])];
  }
  return [
    ...flagged,
    test([PEEK, POP]),
    test([PUSH('in+32'), PUSH('in+33'), PUSH('in+34'), PEEK, POP, POP]),
    test([PUSH('in+32'), PEEK, POP, POP, PEEK]),
    test([PUSH('in+32'), PUSH('in+33'), POP, PUSH('in+34'), POP, POP]),
  ];
});

/**
 * The callback counts itself and adds the value's first byte, both in `out`, whose bytes no verifier knows: so it need not
 * follow each round. It returns 1 at the count `last`.
 */
function walk(type: MapTypeName, entries: number, flags: number | bigint, last: number): TruthCase {
  // the order of keys depends on the seed
  const flagsOfMap = type.includes('hash') ? MAP_FLAG.BPF_F_ZERO_SEED : 0;
  const map = { name: 'm', type, ...MAPS[type], flags: flagsOfMap } as RawMap;
  const fill = [0, 1, 2].slice(0, entries).map(
    (key) => `
  r1 = map[m]
  r2 = map[in][0]+${8 * key}
  r3 = map[in][0]+${32 + key}
  r4 = 0
  call ${helperId('map_update_elem')}`,
  );
  return {
    name: `for_each_map_elem over ${entries} of ${type}, flags ${flags}, the callback returns 1 at ${last}`,
    progType: 'xdp',
    maps: [OUT_MAP, bytesMap('in', input(type)), map],
    program: `${fill.join('')}
  r7 = map[out][0]+0
  r1 = 0
  *(u64 *)(r7 +8) = r1
  *(u64 *)(r7 +16) = r1
  r1 = map[m]
  r2 = func each
  r3 = 0
  r4 = 0x${flags.toString(16)} ll
  call ${helperId('for_each_map_elem')}
  *(u64 *)(r7 +0) = r0
  r0 = 0
  exit
  each: r4 = map[out][0]+0
  r5 = *(u64 *)(r4 +8)
  r5 += 1
  *(u64 *)(r4 +8) = r5
  r1 = *(u64 *)(r4 +16)
  r2 = *(u8 *)(r3 +0)
  r1 += r2
  *(u64 *)(r4 +16) = r1
  r0 = 0
  if r5 != ${last} goto done
  r0 = 1
  done: exit`,
    steps: [{ op: 'run', dataIn: TCP4 }, SHOW_OUT],
  };
}

const walks = (['array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash'] as const).flatMap((type) => [
  walk(type, 0, 0n, 99),
  walk(type, 1, 0n, 99),
  walk(type, 2, 0n, 99),
  walk(type, 2, 0n, 1),
  walk(type, 2, 1n, 99),
  walk(type, 2, 1n << 32n, 99),
]);

/** Counts its own runs in `out`. Slot 0 holds the program itself, slot 1 nothing; slots 2 and up do not exist. */
function tailCall(index: string): TruthCase {
  return {
    name: `tail_call of slot ${index}, where slot 0 is the program itself`,
    progType: 'xdp',
    maps: [
      OUT_MAP,
      {
        name: 'progs',
        type: 'prog_array',
        keySize: 4,
        valueSize: 4,
        maxEntries: 2,
        values: new Map([[0, 'prog']]),
      },
    ],
    program: `
  r6 = r1
  r7 = map[out][0]+0
  r1 = *(u64 *)(r7 +0)
  r1 += 1
  *(u64 *)(r7 +0) = r1
  r1 = r6
  r2 = map[progs]
  r3 = ${index}
  call ${helperId('tail_call')}
  r0 = 2
  exit`,
    steps: [{ op: 'run', dataIn: TCP4 }, SHOW_OUT],
  };
}

const tailCalls = ['0', '1', '2', '-1', '0x100000000 ll', '0x100000001 ll'].map(tailCall);

export const MAP_HELPER_CASES: readonly TruthCase[] = [...operations, ...queues, ...walks, ...tailCalls];
