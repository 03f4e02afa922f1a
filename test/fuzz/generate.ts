/** Random programs that the kernel's verifier accepts, most of them: every opcode of the table, in shapes of real code. */
import { type Insn, ROWS } from '../../src/isa/index.ts';
import {
  callForEach,
  callLoop,
  callSubprogram,
  directValue,
  lookUp,
  MAP,
  mapRegion,
  remove,
  tailCall,
  update,
  VALUE_SIZE,
} from './call-statements.ts';
import { edgeImmediate } from './edge-values.ts';
import { access, accesses, initialiseFetchSlots, stackRegion } from './memory-statements.ts';
import { contextField, packetAccess, packetLoad } from './packet-statements.ts';
import {
  arithmetic,
  branch,
  constant,
  earlyExit,
  isCallback,
  loop,
  mayGotoLoop,
} from './plain-statements.ts';
import { DIFF_TYPES, type DiffType, type PlannedFunction, Scope, STACK_BYTES } from './program-scope.ts';
import { ProgramWriter } from './program-writer.ts';
import type { Random } from './random.ts';

export interface GeneratedProgram {
  readonly progType: DiffType;
  readonly insns: readonly Insn[];
  /** Edited blindly afterwards: nothing for the kernel, which lets privileged programs read what was never written. */
  readonly wild: boolean;
}

type Statement = (scope: Scope) => void;

const block = (scope: Scope, count: number): void => {
  for (let left = count; left > 0 && scope.room > 0; left--) {
    scope.room--;
    pickStatement(scope)(scope);
    // Everything below reads some scalar.
    if (scope.scalars === 0) scope.overwrite(scope.writable()[0] ?? 0);
  }
};

const STATEMENTS: readonly (readonly [weight: number, Statement])[] = [
  [40, arithmetic],
  [4, constant],
  [14, (scope) => access(scope, stackRegion)],
  [10, (scope) => branch(scope, block)],
  [3, earlyExit],
  [4, (scope) => loop(scope, block)],
  [2, (scope) => mayGotoLoop(scope, block)],
  [4, callSubprogram],
  [2, callLoop],
  [1, callForEach],
  [5, lookUp],
  [3, directValue],
  [2, update],
  [1, remove],
  [5, (scope) => packetAccess(scope, block)],
  [3, packetLoad],
  [3, contextField],
  [1, tailCall],
];
const PLAIN: ReadonlySet<Statement> = new Set([arithmetic, constant, contextField, directValue, earlyExit]);

function pickStatement({ rng, plain }: Scope): Statement {
  const choice = STATEMENTS.filter(([, statement]) => !plain || PLAIN.has(statement));
  let at = rng.below(choice.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, statement] of choice) {
    if (at < weight) return statement;
    at -= weight;
  }
  return arithmetic;
}

/** A program in ten is edited blindly. */
export function generate(rng: Random): GeneratedProgram {
  const progType = rng.pick(DIFF_TYPES);
  const writer = new ProgramWriter();
  const planned: PlannedFunction[] = [{ kind: 'main', label: { pc: -1 }, level: 0 }];
  // Functions are planned while others are written.
  for (let index = 0; index < planned.length; index++) {
    const self = planned[index] as PlannedFunction;
    const room = index === 0 ? 4 + rng.below(36) : 2 + rng.below(10);
    writeFunction(new Scope({ writer, rng, progType, planned, self, room }));
  }
  const insns = writer.finish();
  const wild = rng.below(10) === 0;
  return { progType, insns: wild ? edited(insns, rng) : insns, wild };
}

function writeFunction(scope: Scope): void {
  const { writer, self } = scope;
  writer.place(self.label);
  begin(scope);
  block(scope, scope.room);
  end(scope);
}

/** Arguments become scalars, the stack gets contents, and some registers bits that the verifier does not know. */
function begin(scope: Scope): void {
  const { writer, rng, self } = scope;
  if (self.kind === 'main' || self.kind === 'ctxSub') writer.emit('mov64_reg', { dst: 6, src: 1 });
  if (self.kind === 'main' || scope.chance(2)) {
    writer.mapValue(0, MAP.direct, 0);
    for (const register of self.kind === 'main' ? [1, 2, 7, 8, 9] : [7, 8, 9]) {
      writer.emit('ldx64', { dst: register, src: 0, off: 8 * rng.below(VALUE_SIZE / 8) });
      scope.wrote(register);
    }
  }
  scope.overwrite(0);
  if (self.kind === 'sub') for (const register of [1, 2, 3, 4, 5]) scope.wrote(register);
  if (self.kind === 'ctxSub') for (const register of [2, 3, 4, 5]) scope.wrote(register);
  for (let off = -STACK_BYTES; off < 0; off += 8) {
    if (scope.chance(2)) writer.emit('stx64', { dst: 10, src: scope.readable(), off });
    else writer.emit('st64', { dst: 10, off, imm: edgeImmediate(rng) });
  }
  initialiseFetchSlots(scope);
  if (self.kind === 'loopCallback') loopArguments(scope);
  if (self.kind === 'elementCallback') elementArguments(scope);
}

/** r1 = index, r2 = the caller's stack. */
function loopArguments(scope: Scope): void {
  scope.wrote(1);
  accesses(scope, { ...stackRegion, pointer: 2, low: 0, high: STACK_BYTES });
  scope.overwrite(2);
}

/** r1 = map, r2 = key, r3 = value, r4 = the caller's stack. */
function elementArguments(scope: Scope): void {
  scope.reserved |= 0x1e;
  accesses(scope, { pointer: 2, low: 0, high: 4, aligned: false, writable: false, atomic: false });
  accesses(scope, mapRegion(3, VALUE_SIZE));
  accesses(scope, { ...stackRegion, pointer: 4, low: 0, high: STACK_BYTES });
  scope.reserved &= ~0x1e;
  for (const register of [1, 2, 3, 4]) scope.overwrite(register);
}

/** What the function computed goes into its result, and main's into a map too. */
function end(scope: Scope): void {
  const { writer, rng } = scope;
  if (!scope.isScalar(0)) scope.overwrite(0);
  if (scope.self.kind === 'main') record(scope);
  for (let left = 3; left > 0; left--) {
    writer.emit('xor64_reg', { dst: 0, src: scope.readable() });
    writer.emit('mul64_imm', { dst: 0, imm: rng.pick([3, 5, 0x10001]) });
  }
  if (isCallback(scope)) writer.emit('and64_imm', { dst: 0, imm: 1 });
  writer.emit('exit');
}

/** Every scalar, and then the stack, into the map of results. */
function record(scope: Scope): void {
  const { writer } = scope;
  const pointer = scope.writable([1, 2, 3, 4, 5])[0] ?? 1;
  writer.mapValue(pointer, MAP.result, 0);
  scope.forget(pointer);
  for (let register = 0; register < 10; register++) {
    if (scope.isScalar(register)) writer.emit('stx64', { dst: pointer, src: register, off: 8 * register });
  }
  const other = pointer === 5 ? 4 : 5;
  for (let slot = 0; slot < STACK_BYTES / 8; slot += 2) {
    writer.emit('ldx64', { dst: other, src: 10, off: -STACK_BYTES + 8 * (slot + scope.rng.below(2)) });
    writer.emit('stx64', { dst: pointer, src: other, off: 80 + 8 * (slot / 2) });
  }
  scope.wrote(other);
  scope.overwrite(pointer);
}

function edited(insns: readonly Insn[], rng: Random): readonly Insn[] {
  const copy = [...insns];
  for (let left = 1 + rng.below(3); left > 0; left--) {
    const at = rng.below(copy.length);
    const insn = copy[at] as Insn;
    const kind = rng.below(6);
    if (kind === 0) copy[at] = { ...insn, dst: rng.below(11) };
    else if (kind === 1) copy[at] = { ...insn, src: rng.below(11) };
    else if (kind === 2) copy[at] = { ...insn, off: rng.below(64) - 32 };
    else if (kind === 3) copy[at] = { ...insn, imm: edgeImmediate(rng) };
    else if (kind === 4) copy[at] = { ...insn, code: rng.pick(ROWS).code };
    else copy[at] = copy[rng.below(copy.length)] as Insn;
  }
  return copy;
}
