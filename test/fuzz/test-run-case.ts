/** Random test runs as truth cases: a program and attribute blocks that are valid, or almost. */
import { ctxFields, ctxSize } from '../../src/prog-types/index.ts';
import type { ProgTypeName } from '../../src/uapi/bpf.ts';
import type { RunStep, TruthCase } from '../truth-case.ts';
import { frame, struct, TCP4, TCP6 } from '../truth-cases/packets.ts';
import { type Random, random } from './random.ts';
import { type RunProgram, runProgram } from './test-run-programs.ts';

const STEPS = 12;
/** Each limit of a type minus one, at it and plus one. */
const SIZES = [
  0, 1, 13, 14, 15, 33, 34, 35, 53, 54, 55, 60, 64, 100, 255, 1500, 3303, 3304, 3305, 3407, 3408, 3409, 3519,
  3520, 3521, 3711, 3712, 3713, 4095, 4096, 4097, 5000, 9000,
];
const HUGE = [73151, 73152, 73153, 73368, 73369];
const ETHERTYPES = ['0800', '86dd', '0806', '8100', '88b5', '0010', '05ff', '0600'];

function packet(random: Random): string {
  const kind = random.below(8);
  if (kind < 2) return TCP4;
  if (kind === 2) return TCP6;
  const atLimit = random.below(40) === 0 ? HUGE : SIZES;
  const size = kind < 6 ? 54 + random.below(300) : random.pick(atLimit);
  const bytes = frame(Math.max(0, size - 14)).slice(0, 2 * size);
  if (size < 14) return bytes;
  const mac = random.pick(['020000000001', '000000000000', 'ffffffffffff', '01005e000001']);
  return `${mac}${bytes.slice(12, 24)}${random.pick(ETHERTYPES)}${bytes.slice(28)}`;
}

const VALUES = [
  0, 1, 2, 4, 8, 14, 20, 54, 60, 64, 100, 216, 220, 255, 0xffff, 0x10000, 0x10001, 0x7fffffff, 0xffffffff,
];
/** Devices are the machine's own, but for lo and those that no machine has. */
const DEVICES = [0, 1, 99999];

/** A context with some fields set: mostly those that ctx_in may set, seldom another byte. */
function context(progType: ProgTypeName, random: Random, dataSize: number): string {
  const size = progType === 'flow_dissector' ? 56 : ctxSize(progType);
  const settable =
    progType === 'flow_dissector'
      ? [{ name: 'flags', offset: 48, size: 4 }]
      : ctxFields(progType).filter(({ ctxIn }) => ctxIn);
  const fields: (readonly [number, number, number])[] = [];
  for (let i = random.below(4); i > 0 && settable.length > 0; i--) {
    const { name, offset, size: width } = random.pick(settable);
    const value = name.endsWith('ifindex') ? random.pick(DEVICES) : random.pick(VALUES);
    fields.push([offset + (width > 8 ? 4 * random.below(width / 4) : 0), 4, value]);
  }
  // a valid length of linear data, which a random number seldom is
  if (progType === 'xdp' && random.below(3) > 0) fields.push([4, 4, dataSize], [0, 4, 4 * random.below(3)]);
  if (progType === 'sched_cls' && random.below(3) === 0) fields.push([160, 4, dataSize]);
  if (random.below(20) === 0) fields.push([random.below(size), 1, 1]);
  const whole = struct(
    size,
    fields.filter(([offset, width]) => offset + width <= size),
  );
  switch (random.below(12)) {
    case 0:
      return whole.slice(0, 2 * (1 + random.below(size)));
    case 1:
      return `${whole}${'00'.repeat(random.pick([1, 8, 4096 - size, 4097 - size]))}`;
    case 2:
      return `${whole}${'00'.repeat(random.below(8))}01`;
    default:
      return whole;
  }
}

const seldom = <T>(random: Random, often: T, others: readonly T[]): T =>
  random.below(24) === 0 ? random.pick(others) : often;

const MANY = [0, 1, 2, 3, 17, 65];
const FEW = [0, 1, 2, 3, 5];
/**
 * Each reallocation doubles the kernel's buffer, and the eleventh fails with ENOMEM; ours never doubles. So programs
 * that make room do not repeat often.
 */
const isGrowing = (text: string): boolean => /bpf_skb_(change|adjust|vlan)/.test(text);

const ARGS = [0, 1, 2, 4, 7, 8, 15, 16, 40, 88, 95, 96, 97, 104];

/** A raw tracepoint takes arguments, and seldom anything else. */
function rawStep(text: string, random: Random): RunStep {
  const size = random.pick(ARGS);
  const bytes = Array.from({ length: size }, () => random.below(256).toString(16).padStart(2, '0'));
  // which CPU it is otherwise depends on where this process runs
  const onCpu = text.includes('processor_id') || random.below(3) === 0;
  return {
    op: 'run',
    ...(size === 0 ? {} : { ctxIn: bytes.join('') }),
    ...(random.below(16) === 0 ? { dataIn: TCP4 } : {}),
    ...(random.below(16) === 0 ? { dataOut: 8 } : {}),
    ...(random.below(16) === 0 ? { ctxOut: 8 } : {}),
    repeat: seldom(random, 0, [1, 2]),
    flags: onCpu ? 1 : seldom(random, 0, [2, 4, 0xfffe]),
    cpu: onCpu ? random.pick([0, 0, 1, 5, 100000, 0xffffffff]) : seldom(random, 0, [1]),
    batchSize: seldom(random, 0, [1]),
  };
}

function step(program: RunProgram, random: Random): RunStep {
  const { progType, live, text } = program;
  if (progType === 'raw_tracepoint') return rawStep(text, random);
  const dataIn = random.below(20) === 0 ? undefined : packet(random);
  const size = (dataIn?.length ?? 0) / 2;
  const flags = live && random.below(2) === 0 ? 2 : seldom(random, 0, [1, 4, 8, 0x80000000]);
  const sizes = [
    1,
    20,
    55,
    56,
    57,
    1479,
    1480,
    4000,
    80000,
    Math.max(1, size - 1),
    Math.max(1, size),
    size + 1,
  ];
  const capacity = random.pick(sizes);
  const out = random.below(6);
  return {
    op: 'run',
    ...(dataIn === undefined ? {} : { dataIn }),
    ...(out === 0 ? { dataOut: null } : out === 1 ? { dataOut: null, dataSizeOut: capacity } : {}),
    // a buffer filled beforehand, so that what was not written shows
    ...(out === 2 || out === 3 ? { dataOut: capacity } : {}),
    ...(random.below(2) === 0 ? { ctxIn: context(progType, random, size) } : {}),
    ...contextOut(progType, random),
    ...(random.below(3) === 0 ? { repeat: random.pick(isGrowing(text) ? FEW : MANY) } : {}),
    ...(flags === 0 ? {} : { flags }),
    cpu: seldom(random, 0, [1, 99]),
    batchSize: live && flags === 2 ? random.pick([0, 1, 64, 256, 257]) : seldom(random, 0, [1, 257]),
  };
}

function contextOut(progType: ProgTypeName, random: Random): Pick<RunStep, 'ctxOut' | 'ctxSizeOut'> {
  const size = progType === 'flow_dissector' ? 56 : Math.max(1, ctxSize(progType));
  switch (random.below(8)) {
    case 0:
    case 1:
      return { ctxOut: size };
    case 2:
      return { ctxOut: random.pick([1, size + 8, Math.max(1, size - 1), 300]) };
    case 3:
      return random.below(4) === 0 ? { ctxOut: null, ctxSizeOut: size } : {};
    default:
      return {};
  }
}

/** Case number `index` of a seed: one program and {@link STEPS} test runs of it. */
export function testRunCase(seed: number, index: number): TruthCase {
  const source = random(Math.imul(seed, 0x01000193) ^ Math.imul(index, 0x9e3779b1));
  const program = runProgram(source);
  return {
    name: `seed ${seed}, case ${index}`,
    progType: program.progType,
    ...(program.attachType ? { attachType: program.attachType } : {}),
    ...(program.progFlags ? { progFlags: program.progFlags } : {}),
    program: program.text,
    steps: Array.from({ length: STEPS }, () => step(program, source)),
  };
}
