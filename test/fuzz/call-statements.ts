/** Statements that leave the function: subprograms, callbacks, maps, tail calls. */
import { HELPERS } from '../../src/helpers/index.ts';
import { edgeImmediate } from './edge-values.ts';
import { accesses, type Region } from './memory-statements.ts';
import { KEY_OFFSET, type Scope, STACK_BYTES } from './program-scope.ts';
import type { Label } from './program-writer.ts';

/** The maps of every generated program, by index; engines create them in this order. */
export const MAP = { values: 0, table: 1, result: 2, tails: 3, direct: 4 } as const;
export const VALUE_SIZE = 64;
export const VALUES = 2;
/** Every register, and half of the stack. */
export const RESULT_SIZE = 80 + STACK_BYTES / 2;
export const TABLE_VALUE_SIZE = 16;

const ids = new Map([...HELPERS.values()].map(({ id, name }) => [name, id]));

function callHelper(scope: Scope, name: string): void {
  const imm = ids.get(`bpf_${name}`);
  if (imm === undefined) throw new RangeError(`there is no helper bpf_${name}`);
  scope.writer.emit('call_helper', { imm });
  scope.called();
}

/** dst = r10 + offset. */
function pointToStack({ writer }: Scope, dst: number, offset: number): void {
  writer.emit('mov64_reg', { dst, src: 10 });
  writer.emit('add64_imm', { dst, imm: offset });
}

export function callSubprogram(scope: Scope): void {
  const { writer, rng } = scope;
  if (scope.reserved & 0x3f) return;
  const kind = scope.hasCtx && scope.chance(3) ? 'ctxSub' : 'sub';
  const callee = scope.plan(kind);
  if (!callee) return;
  for (let register = 1; register <= 5; register++) {
    if (register === 1 && kind === 'ctxSub') writer.emit('mov64_reg', { dst: 1, src: 6 });
    else if (!scope.isScalar(register) || scope.chance(3))
      writer.emit('mov64_imm', { dst: register, imm: edgeImmediate(rng) });
  }
  writer.jump('call_bpf', callee.label);
  scope.called();
}

/** bpf_loop over a callback, which gets the stack or nothing. */
export function callLoop(scope: Scope): void {
  const { writer, rng } = scope;
  if (scope.reserved & 0x3f || !scope.mayConverge) return;
  const callee = scope.plan('loopCallback');
  if (!callee) return;
  if (scope.chance(2)) {
    writer.emit('mov64_reg', { dst: 1, src: scope.readable() });
    writer.emit('and64_imm', { dst: 1, imm: 7 });
  } else writer.emit('mov64_imm', { dst: 1, imm: rng.below(6) });
  writer.callback(2, callee.label);
  pointToStack(scope, 3, -STACK_BYTES);
  writer.emit('mov64_imm', { dst: 4, imm: scope.chance(12) ? 1 : 0 });
  callHelper(scope, 'loop');
}

export function callForEach(scope: Scope): void {
  const { writer } = scope;
  if (scope.reserved & 0x3f || !scope.mayConverge) return;
  const callee = scope.plan('elementCallback');
  if (!callee) return;
  writer.map(1, MAP.values);
  writer.callback(2, callee.label);
  pointToStack(scope, 3, -STACK_BYTES);
  writer.emit('mov64_imm', { dst: 4, imm: 0 });
  callHelper(scope, 'for_each_map_elem');
}

/** r1 = map, r2 = key; which of the maps. */
function mapAndKey(scope: Scope): 'values' | 'table' {
  const { writer, rng } = scope;
  const name = scope.chance(2) ? 'values' : 'table';
  const bytes = name === 'values' ? 4 : 8;
  if (scope.chance(2)) {
    writer.emit(`st${bytes * 8}`, { dst: 10, off: KEY_OFFSET, imm: rng.below(VALUES + 2) });
  } else {
    const source = scope.readable();
    writer.emit('mov64_reg', { dst: 1, src: source });
    writer.emit('and64_imm', { dst: 1, imm: 7 });
    writer.emit(`stx${bytes * 8}`, { dst: 10, src: 1, off: KEY_OFFSET });
  }
  writer.map(1, MAP[name]);
  pointToStack(scope, 2, KEY_OFFSET);
  return name;
}

export function mapRegion(pointer: number, high: number, low = 0): Region {
  return { pointer, low, high, aligned: false, writable: true, atomic: true };
}

/** Looks up, and works on the value where there is one, through r0 or a copy, with a constant or a variable offset. */
export function lookUp(scope: Scope): void {
  const { writer, rng } = scope;
  if (scope.reserved & 0x3f) return;
  const size = mapAndKey(scope) === 'values' ? VALUE_SIZE : TABLE_VALUE_SIZE;
  callHelper(scope, 'map_lookup_elem');
  scope.forget(0);
  const [miss, end]: readonly [Label, Label] = [{ pc: -1 }, { pc: -1 }];
  writer.jump('jeq64_imm', miss, { dst: 0, imm: 0 });
  const before = scope.scalars;
  if (size === VALUE_SIZE && scope.chance(3) && before & 0x3c0) {
    const index = rng.pick([6, 7, 8, 9].filter((register) => scope.isScalar(register)));
    writer.emit('mov64_reg', { dst: 1, src: index });
    writer.emit('and64_imm', { dst: 1, imm: 24 });
    writer.emit('add64_reg', { dst: 0, src: 1 });
    scope.wrote(1);
    inside(scope, mapRegion(0, size - 24));
  } else inside(scope, mapRegion(0, size));
  writer.emit('mov64_imm', { dst: 0, imm: 1 });
  writer.jump('ja', end);
  const after = scope.scalars;
  scope.scalars = before;
  writer.place(miss);
  writer.emit('mov64_imm', { dst: 0, imm: edgeImmediate(rng) });
  writer.place(end);
  scope.scalars = (after & before) | 1;
}

/** Accesses need a scalar to store. */
function inside(scope: Scope, region: Region): void {
  if ((scope.scalars & 0x3fe) === 0) {
    scope.writer.emit('mov64_imm', { dst: 1, imm: edgeImmediate(scope.rng) });
    scope.wrote(1);
  }
  accesses(scope, region);
}

/** The value of a map by its address in the instruction. */
export function directValue(scope: Scope): void {
  const pointer = scope.rng.pick(scope.writable([1, 2, 3, 4, 5, 7, 8, 9]));
  const offset = 8 * scope.rng.below(4);
  scope.writer.mapValue(pointer, MAP.direct, offset);
  scope.forget(pointer);
  if ((scope.scalars & 0x3ff) !== 0) accesses(scope, mapRegion(pointer, VALUE_SIZE - offset, -offset));
  scope.overwrite(pointer);
}

export function update(scope: Scope): void {
  const { writer, rng } = scope;
  if (scope.reserved & 0x3f) return;
  mapAndKey(scope);
  pointToStack(scope, 3, -STACK_BYTES);
  writer.emit('mov64_imm', { dst: 4, imm: rng.pick([0, 0, 0, 1, 2, 3]) });
  callHelper(scope, 'map_update_elem');
}

export function remove(scope: Scope): void {
  if (scope.reserved & 0x3f) return;
  mapAndKey(scope);
  callHelper(scope, 'map_delete_elem');
}

/** Slot 0 has a program, slot 1 has none, slot 2 is past the end. */
export function tailCall(scope: Scope): void {
  const { writer, rng } = scope;
  if (scope.reserved & 0x3f || !scope.hasCtx) return;
  writer.emit('mov64_reg', { dst: 1, src: 6 });
  writer.map(2, MAP.tails);
  if (scope.chance(2)) writer.emit('mov64_imm', { dst: 3, imm: rng.below(3) });
  else {
    const source = rng.pick([0, 4, 5, 7, 8, 9].filter((register) => scope.isScalar(register)));
    writer.emit('mov64_reg', { dst: 3, src: source });
    if (scope.chance(2)) writer.emit('and64_imm', { dst: 3, imm: 3 });
  }
  callHelper(scope, 'tail_call');
  // It returns nothing.
  scope.forget(0);
}
