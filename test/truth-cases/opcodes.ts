/**
 * Edge values of every ALU, jump, load, store, atomic and packet-load row of the instruction table. Operands come from a
 * map, so that nobody can fold them; results go to another one.
 */
import {
  type AluRow,
  type AtomicRow,
  type Insn,
  type JumpRow,
  type LoadRow,
  ROWS,
  type StoreRow,
} from '../../src/isa/index.ts';
import type { TruthCase } from '../truth-case.ts';
import { TCP4 } from './packets.ts';

const VALUES: readonly bigint[] = [
  0n,
  1n,
  2n,
  63n,
  0x7fn,
  0x80n,
  0xff80n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x123456789abcdef0n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffff80000000n,
  0xffffffffffffffffn,
];
const IMMEDIATES = [0, 1, 5, 0x7f, 0x7fffffff, -0x80000000, -1];

const word = (value: bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.toString('hex');
};
const insn = (code: number, dst: number, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });
const load64 = (dst: number, base: number, off: number): Insn => insn(0x79, dst, base, off);
const store64 = (base: number, off: number, src: number): Insn => insn(0x7b, base, src, off);
const mov = (dst: number, imm: number): Insn => insn(0xb7, dst, 0, 0, imm);
const mapValue = (dst: number, map: number): readonly Insn[] => [insn(0x18, dst, 2, 0, map), insn(0, 0)];

/** One measurement: operands that go into `in`, instructions that leave their results at `out`. */
interface Probe {
  readonly operands: readonly bigint[];
  /** r6 points to the first operand, r7 to the first result, each 8 bytes. */
  body(inOff: number, outOff: number): readonly Insn[];
  readonly results: number;
}

function caseOf(name: string, probes: readonly Probe[]): TruthCase {
  const insns: Insn[] = [...mapValue(6, 0), ...mapValue(7, 1)];
  let inOff = 0;
  let outOff = 0;
  for (const probe of probes) {
    insns.push(...probe.body(inOff, outOff));
    inOff += probe.operands.length * 8;
    outOff += probe.results * 8;
  }
  insns.push(mov(0, 0), insn(0x95, 0));
  return {
    name,
    progType: 'xdp',
    program: insns,
    maps: [
      { name: 'in', type: 'array', valueSize: Math.max(inOff, 8) },
      { name: 'out', type: 'array', valueSize: Math.max(outOff, 8) },
    ],
    steps: [
      {
        op: 'update',
        map: 'in',
        key: '00000000',
        value: probes.flatMap(({ operands }) => operands.map(word)).join('') || word(0n),
      },
      { op: 'run', dataIn: TCP4, dataOut: null },
      { op: 'lookup', map: 'out', key: '00000000' },
    ],
  };
}

const SHIFTS = new Set(['lsh', 'rsh', 'arsh']);
const DIVISIONS = new Set(['div', 'mod', 'sdiv', 'smod']);

/** What the verifier admits: no shift by the width or more, no division by a constant zero. */
function immediatesOf(row: AluRow | JumpRow): readonly number[] {
  if (row.fields.imm !== 'free') return [row.fields.imm];
  if (SHIFTS.has(row.name)) return row.width === 64 ? [0, 1, 31, 32, 63] : [0, 1, 16, 31];
  if (DIVISIONS.has(row.name)) return [1, 2, 3, 0x7fffffff, -0x80000000, -1];
  return IMMEDIATES;
}

const fixed = (field: 'free' | number, free: number): number => (field === 'free' ? free : field);

function aluCase(row: AluRow): TruthCase {
  const operation = (imm: number): Insn => ({
    code: row.code,
    dst: 1,
    src: fixed(row.fields.src, 2),
    off: fixed(row.fields.off, 0),
    imm,
  });
  const probes = row.readsSrc
    ? VALUES.flatMap((a) =>
        VALUES.map(
          (b): Probe => ({
            operands: [a, b],
            results: 1,
            body: (inOff, outOff) => [
              load64(1, 6, inOff),
              load64(2, 6, inOff + 8),
              operation(fixed(row.fields.imm, 0)),
              store64(7, outOff, 1),
            ],
          }),
        ),
      )
    : immediatesOf(row).flatMap((imm) =>
        VALUES.map(
          (a): Probe => ({
            operands: [a],
            results: 1,
            body: (inOff, outOff) => [load64(1, 6, inOff), operation(imm), store64(7, outOff, 1)],
          }),
        ),
      );
  return caseOf(row.key, probes);
}

function jumpCase(row: JumpRow): TruthCase {
  const body = (inOff: number, outOff: number, imm: number): readonly Insn[] => [
    load64(1, 6, inOff),
    ...(row.readsSrc ? [load64(2, 6, inOff + 8)] : []),
    mov(3, 1),
    { code: row.code, dst: 1, src: fixed(row.fields.src, 2), off: 1, imm },
    mov(3, 0),
    store64(7, outOff, 3),
  ];
  const probes = row.readsSrc
    ? VALUES.flatMap((a) =>
        VALUES.map(
          (b): Probe => ({
            operands: [a, b],
            results: 1,
            body: (i, o) => body(i, o, fixed(row.fields.imm, 0)),
          }),
        ),
      )
    : immediatesOf(row).flatMap((imm) =>
        VALUES.map((a): Probe => ({ operands: [a], results: 1, body: (i, o) => body(i, o, imm) })),
      );
  return caseOf(row.key, probes);
}

function loadCase(row: LoadRow): TruthCase {
  const probes = VALUES.flatMap((value) =>
    Array.from(
      { length: 8 / row.size },
      (_, index): Probe => ({
        operands: [value],
        results: 1,
        body: (inOff, outOff) => [insn(row.code, 1, 6, inOff + index * row.size), store64(7, outOff, 1)],
      }),
    ),
  );
  return caseOf(row.key, probes);
}

function storeCase(row: StoreRow): TruthCase {
  const filled = (outOff: number): readonly Insn[] => [mov(2, -0x11111112), store64(7, outOff, 2)];
  const probes =
    row.source === 'reg'
      ? VALUES.map(
          (value): Probe => ({
            operands: [value],
            results: 1,
            body: (inOff, outOff) => [
              ...filled(outOff),
              load64(1, 6, inOff),
              insn(row.code, 7, 1, outOff + 8 - row.size),
            ],
          }),
        )
      : IMMEDIATES.map(
          (imm): Probe => ({
            operands: [],
            results: 1,
            body: (_, outOff) => [...filled(outOff), insn(row.code, 7, 0, outOff + 8 - row.size, imm)],
          }),
        );
  return caseOf(row.key, probes);
}

const ATOMIC_VALUES = VALUES.filter((_, index) => index % 3 === 0 || index > 12);

/** Results: the memory, the source or result register, r0. For cmpxchg r0 is once the memory and once something else. */
function atomicCase(row: AtomicRow): TruthCase {
  const probes = ATOMIC_VALUES.flatMap((memory) =>
    ATOMIC_VALUES.flatMap((operand) =>
      (row.op === 'cmpxchg' ? [memory, operand, 0xffffffff00000000n | memory] : [0n]).map(
        (r0): Probe => ({
          operands: [memory, operand, r0],
          results: 3,
          body: (inOff, outOff) => [
            load64(1, 6, inOff),
            store64(7, outOff, 1),
            load64(2, 6, inOff + 8),
            load64(0, 6, inOff + 16),
            ...(row.op === 'load_acquire'
              ? [insn(row.code, 2, 7, outOff, fixed(row.fields.imm, 0))]
              : [insn(row.code, 7, 2, outOff, fixed(row.fields.imm, 0))]),
            store64(7, outOff + 8, 2),
            store64(7, outOff + 16, 0),
          ],
        }),
      ),
    ),
  );
  return caseOf(row.key, probes);
}

const MODE_ABS = 0x20;
const MODE_IND = 0x40;
const SIZES = [
  [1, 0x10],
  [2, 0x08],
  [4, 0x00],
] as const;

/** LD_ABS and LD_IND: from the start, over the end, and from SKF_NET_OFF, SKF_LL_OFF and SKF_AD_OFF. */
const PACKET_LOADS: readonly TruthCase[] = SIZES.flatMap(([size, bits]) =>
  (['socket_filter', 'sched_cls'] as const).flatMap((progType) =>
    [0, 1, 12, 36, 39, 40, 50, 53, 54, -1, -0x1000, -0x100000, -0x200000, -0x200000 + 12].flatMap(
      (offset): readonly TruthCase[] => [
        {
          name: `ld_abs of ${size} at ${offset}, ${progType}`,
          progType,
          program: [insn(0xbf, 6, 1), insn(MODE_ABS | bits, 0, 0, 0, offset), insn(0x95, 0)],
          steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
        },
        {
          name: `ld_ind of ${size} at ${offset}, ${progType}`,
          progType,
          program: [insn(0xbf, 6, 1), mov(7, 2), insn(MODE_IND | bits, 0, 7, 0, offset - 2), insn(0x95, 0)],
          steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
        },
      ],
    ),
  ),
);

const CONTROL: readonly TruthCase[] = [
  {
    name: 'gotol goes both ways',
    program: `
      r0 = 1
      goto start
back: r0 += 10
      exit
start: r0 += 100
      gotol back`,
    steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
  },
  {
    name: 'a bpf-to-bpf call keeps r6-r9 and has its own stack',
    program: `
      r6 = 6; r7 = 7; r8 = 8; r9 = 9
      *(u64 *)(r10 -8) = 88
      r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5
      call sub
      r0 += r6; r0 += r7; r0 += r8; r0 += r9
      r1 = *(u64 *)(r10 -8)
      r0 += r1
      exit
sub:  r6 = r1; r7 = r2; r8 = r3; r9 = r4
      *(u64 *)(r10 -8) = 1000
      r0 = r5
      r0 += r6; r0 += r7; r0 += r8; r0 += r9
      exit`,
    steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
  },
  {
    name: 'eight frames deep',
    program: `
      r1 = 0
      call f1
      exit
f1:   r1 += 1; call f2; exit
f2:   r1 += 1; call f3; exit
f3:   r1 += 1; call f4; exit
f4:   r1 += 1; call f5; exit
f5:   r1 += 1; call f6; exit
f6:   r1 += 1; call f7; exit
f7:   r0 = r1; exit`,
    steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
  },
  {
    name: 'ld_imm64 keeps all 64 bits',
    program: 'r1 = 0x123456789abcdef0 ll; r1 >>= 32; r0 = r1; exit',
    steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
  },
  {
    name: 'a bounded loop',
    program: 'r0 = 0; r1 = 0\nloop: r0 += r1; r1 += 1; if r1 < 100 goto loop; exit',
    steps: [{ op: 'run', dataIn: TCP4, dataOut: null }],
  },
];

function casesOf(): readonly TruthCase[] {
  return ROWS.flatMap((row): readonly TruthCase[] => {
    switch (row.shape) {
      case 'alu':
        return [aluCase(row)];
      case 'jump':
        return [jumpCase(row)];
      case 'load':
        return [loadCase(row)];
      case 'store':
        return [storeCase(row)];
      case 'atomic':
        return [atomicCase(row)];
      default:
        return [];
    }
  });
}

export const OPCODE_CASES: readonly TruthCase[] = [...casesOf(), ...PACKET_LOADS, ...CONTROL];
