/** Statements about the packet and the context: direct access after a check of the bounds, packet loads, fields. */
import { ROWS } from '../../src/isa/index.ts';
import { accesses } from './memory-statements.ts';
import type { Block } from './plain-statements.ts';
import type { Scope } from './program-scope.ts';
import type { Label } from './program-writer.ts';

const PACKET_LOADS = ROWS.filter((row) => row.shape === 'loadAbs' || row.shape === 'loadInd');
/** Offsets of data and data_end in the context. */
const ENDS = { xdp: [0, 4], sched_cls: [76, 80] } as const;

/** `if (data + n > data_end) skip; ...`: data in a register that calls leave alone. */
export function packetAccess(scope: Scope, block: Block): void {
  const { writer, rng, progType } = scope;
  const saved = scope.writable([7, 8, 9]);
  if (!scope.hasCtx || progType === 'socket_filter' || saved.length === 0 || scope.reserved & 0x3f) return;
  const pointer = rng.pick(saved);
  const [data, end] = ENDS[progType];
  const reach = 4 + rng.below(44);
  const skip: Label = { pc: -1 };
  writer.emit('ldx32', { dst: pointer, src: 6, off: data });
  writer.emit('ldx32', { dst: 1, src: 6, off: end });
  scope.forget(pointer);
  scope.forget(1);
  if (scope.chance(3) && scope.scalars !== 0) {
    writer.emit('mov64_reg', { dst: 2, src: scope.isScalar(3) ? 3 : scope.readable() });
    writer.emit('and64_imm', { dst: 2, imm: 15 });
    writer.emit('add64_reg', { dst: pointer, src: 2 });
  }
  writer.emit('mov64_reg', { dst: 2, src: pointer });
  writer.emit('add64_imm', { dst: 2, imm: reach });
  scope.forget(2);
  const before = scope.scalars;
  writer.jump('jgt64_reg', skip, { dst: 2, src: 1 });
  if (before !== 0) {
    const region = { pointer, low: 0, high: reach, aligned: false, writable: true, atomic: false };
    accesses(scope, region);
    if (scope.chance(3)) {
      scope.holding(pointer, () => block(scope, 1));
      accesses(scope, region);
    }
  }
  scope.scalars &= before;
  writer.place(skip);
  scope.overwrite(pointer);
}

/** LD_ABS and LD_IND: big endian, and the end of the program past the packet. */
export function packetLoad(scope: Scope): void {
  const { writer, rng, progType, self } = scope;
  if (progType === 'xdp' || self.kind !== 'main' || scope.reserved & 0x3f) return;
  const row = rng.pick(PACKET_LOADS);
  const imm = rng.below(12) === 0 ? rng.pick([-0x100000, -0x200000, 200]) + rng.below(4) : rng.below(20);
  let src = 0;
  if (row.shape === 'loadInd') {
    src = scope.changeable() ?? 0;
    writer.emit('and64_imm', { dst: src, imm: 15 });
  }
  writer.emit(row.key, { src, imm });
  scope.called();
}

/** Fields of u32 that a program may read; the last ones it may also write. */
const FIELDS = {
  xdp: { read: [12, 16], write: [] },
  sched_cls: { read: [0, 4, 12, 16, 20, 24, 28, 36, 40], write: [8, 32, 44, 48, 52, 56, 60, 64] },
  socket_filter: { read: [0, 4, 8, 12, 16, 20, 24, 28, 32], write: [48, 52, 56, 60, 64] },
} as const;

export function contextField(scope: Scope): void {
  const { writer, rng, progType } = scope;
  const { read, write } = FIELDS[progType];
  if (!scope.hasCtx) return;
  const targets = scope.writable();
  if (write.length > 0 && scope.chance(2)) {
    if (scope.chance(2)) writer.emit('stx32', { dst: 6, src: scope.readable(), off: rng.pick(write) });
    else writer.emit('st32', { dst: 6, off: rng.pick(write), imm: rng.below(1 << 30) });
    return;
  }
  const dst = rng.pick(targets);
  writer.emit('ldx32', { dst, src: 6, off: rng.pick([...read, ...write]) });
  scope.wrote(dst);
}
