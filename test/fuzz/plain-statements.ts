/** Statements that compute and branch: arithmetic, constants, conditions, loops, early exits. */
import { type AluRow, type JumpRow, ROWS } from '../../src/isa/index.ts';
import { edgeImmediate, edgeValue } from './edge-values.ts';
import type { Scope } from './program-scope.ts';
import type { Label } from './program-writer.ts';

const ALU = ROWS.filter((row): row is AluRow => row.shape === 'alu');
const JUMPS = ROWS.filter((row): row is JumpRow => row.shape === 'jump');
const MAX_ROUNDS = 24;

/** Writes a few statements; handed in, as statements contain statements. */
export type Block = (scope: Scope, count: number) => void;

export function arithmetic(scope: Scope): void {
  const { rng, writer } = scope;
  const row = rng.pick(ALU);
  const dst = row.dstUse === 'write' ? rng.pick(scope.writable()) : scope.changeable();
  if (dst === undefined) return;
  let imm = edgeImmediate(rng);
  // What the verifier refuses as a constant: shifts past the width, division by 0.
  if (/sh/.test(row.name)) imm &= row.width - 1;
  if (/div|mod/.test(row.name) && imm === 0) imm = -1;
  writer.emit(row.key, { dst, src: scope.readable(), imm });
  scope.wrote(dst);
}

export function constant(scope: Scope): void {
  const dst = scope.rng.pick(scope.writable());
  scope.writer.constant(dst, edgeValue(scope.rng));
  scope.wrote(dst);
}

function jumpIf(scope: Scope, label: Label): void {
  const row = scope.rng.pick(JUMPS);
  scope.writer.jump(row.key, label, {
    dst: scope.readable(),
    src: scope.readable(),
    imm: edgeImmediate(scope.rng),
  });
}

export function branch(scope: Scope, block: Block): void {
  const { rng, writer } = scope;
  const [other, end]: readonly [Label, Label] = [{ pc: -1 }, { pc: -1 }];
  jumpIf(scope, other);
  const before = scope.scalars;
  block(scope, 1 + rng.below(3));
  const afterThen = scope.scalars;
  scope.scalars = before;
  if (scope.chance(2)) {
    writer.jump(scope.chance(3) ? 'gotol' : 'ja', end);
    writer.place(other);
    block(scope, 1 + rng.below(3));
  } else writer.place(other);
  writer.place(end);
  scope.scalars &= afterThen;
}

/** Leaves the function in the middle. */
export function earlyExit(scope: Scope): void {
  const { rng, writer } = scope;
  const past: Label = { pc: -1 };
  jumpIf(scope, past);
  if (isCallback(scope)) writer.emit('mov64_imm', { dst: 0, imm: rng.below(2) });
  else if (scope.chance(2)) writer.emit('mov64_reg', { dst: 0, src: scope.readable() });
  else writer.emit('mov64_imm', { dst: 0, imm: edgeImmediate(rng) });
  writer.emit('exit');
  writer.place(past);
}

/** Callbacks must return 0 or 1. */
export function isCallback({ self }: Scope): boolean {
  return self.kind === 'loopCallback' || self.kind === 'elementCallback';
}

/** r7, r8 or r9: what calls leave alone. */
function counter(scope: Scope): number | undefined {
  const free = scope.writable([7, 8, 9]);
  return free.length === 0 ? undefined : scope.rng.pick(free);
}

function bodyOf(scope: Scope, rounds: number, count: number, block: Block): void {
  const outside = scope.rounds;
  const before = scope.scalars;
  scope.rounds *= rounds;
  scope.holding(count, () => block(scope, 1 + scope.rng.below(3)));
  scope.rounds = outside;
  scope.restoreScalars(before);
}

/** A loop whose rounds the verifier can count. */
export function loop(scope: Scope, block: Block): void {
  const { rng, writer } = scope;
  const count = counter(scope);
  const rounds = 1 + rng.below(6);
  if (count === undefined || scope.rounds * rounds > MAX_ROUNDS) return;
  const top: Label = { pc: -1 };
  const wide = rng.below(2) === 0 ? '64' : '32';
  writer.emit('mov64_imm', { dst: count, imm: rounds });
  scope.wrote(count);
  writer.place(top);
  bodyOf(scope, rounds, count, block);
  if (scope.chance(2)) writer.emit(`add${wide}_imm`, { dst: count, imm: -1 });
  else writer.emit(`sub${wide}_imm`, { dst: count, imm: 1 });
  writer.jump(`${rng.pick(['jne', 'jsgt', 'jgt'])}${wide}_imm`, top, { dst: count, imm: 0 });
}

/** A loop that only may_goto bounds in the verifier's eyes. */
export function mayGotoLoop(scope: Scope, block: Block): void {
  const { writer } = scope;
  const count = counter(scope);
  if (count === undefined || !scope.mayConverge) return;
  const [top, out]: readonly [Label, Label] = [{ pc: -1 }, { pc: -1 }];
  writer.emit('mov64_reg', { dst: count, src: scope.readable() });
  writer.emit('and64_imm', { dst: count, imm: 7 });
  scope.wrote(count);
  const before = scope.scalars;
  writer.place(top);
  writer.jump('may_goto', out);
  writer.jump('jeq64_imm', out, { dst: count, imm: 0 });
  writer.emit('add64_imm', { dst: count, imm: -1 });
  scope.plain = true;
  bodyOf(scope, 7, count, block);
  scope.plain = false;
  writer.jump('ja', top);
  writer.place(out);
  scope.scalars = before;
}
