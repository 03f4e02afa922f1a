/** Loads, stores and atomics through any pointer: the stack, a map's value, the packet, the context. */
import { type AtomicRow, type LoadRow, ROWS, type Size, type StoreRow } from '../../src/isa/index.ts';
import { edgeImmediate } from './edge-values.ts';
import { FETCH_OFFSET, type Scope, STACK_BYTES } from './program-scope.ts';

const LOADS = ROWS.filter((row): row is LoadRow => row.shape === 'load');
const STORES = ROWS.filter((row): row is StoreRow => row.shape === 'store');
const ATOMICS = ROWS.filter((row): row is AtomicRow => row.shape === 'atomic');

/** Bytes that a pointer may reach: [low, high) relative to it. */
export interface Region {
  readonly pointer: number;
  readonly low: number;
  readonly high: number;
  /** Whether the verifier insists on aligned accesses. */
  readonly aligned: boolean;
  readonly writable: boolean;
  /** Atomics work on the stack and on map values. */
  readonly atomic: boolean;
}

export const stackRegion: Region = {
  pointer: 10,
  low: -STACK_BYTES,
  high: 0,
  aligned: true,
  writable: true,
  atomic: true,
};

function offsetIn({ low, high }: Region, size: Size, aligned: boolean, { rng }: Scope): number {
  const step = aligned ? size : 1;
  return low + step * rng.below(Math.floor((high - low - size) / step) + 1);
}

/** One access of any kind that the region allows. */
export function access(scope: Scope, region: Region): void {
  const kind = scope.rng.below(8);
  if (region.atomic && kind < 2) atomic(scope, region);
  else if (region.writable && kind < 5) store(scope, region);
  else load(scope, region);
}

function load(scope: Scope, region: Region): void {
  const targets = scope.writable().filter((register) => register !== region.pointer);
  if (targets.length === 0) return;
  const row = scope.rng.pick(LOADS.filter(({ size }) => size <= region.high - region.low));
  const dst = scope.rng.pick(targets);
  const off = offsetIn(region, row.size, region.aligned, scope);
  scope.writer.emit(row.key, { dst, src: region.pointer, off });
  scope.wrote(dst);
}

function store(scope: Scope, region: Region): void {
  const row = scope.rng.pick(STORES.filter(({ size }) => size <= region.high - region.low));
  scope.writer.emit(row.key, {
    dst: region.pointer,
    src: scope.readable(),
    off: offsetIn(region, row.size, region.aligned, scope),
    imm: edgeImmediate(scope.rng),
  });
}

function atomic(scope: Scope, region: Region): void {
  const row = scope.rng.pick(ATOMICS);
  const place = row.fetch ? fetchRegion(region) : region;
  if (!place) return;
  const off = offsetIn(place, row.size, true, scope);
  if (row.op === 'load_acquire') {
    const targets = scope.writable().filter((register) => register !== region.pointer);
    if (targets.length === 0) return;
    const dst = scope.rng.pick(targets);
    scope.writer.emit(row.key, { dst, src: region.pointer, off });
    scope.wrote(dst);
    return;
  }
  const src = row.result === 'src' ? scope.changeable() : scope.readable();
  if (src === undefined || src === region.pointer) return;
  if (row.result === 'r0' && !scope.isScalar(0)) return;
  scope.writer.emit(row.key, { dst: region.pointer, src, off });
  // The kernel's x86 JIT leaves the upper half of r0 alone where a 32-bit cmpxchg succeeds, and relies on the verifier
  // to clear it. 6.18 forgets to where the only path that reads all of r0 was pruned.
  if (row.key === 'atomic_cmpxchg32') scope.writer.emit('mov32_reg', { dst: 0, src: 0 });
}

/**
 * Where a fetch from the stack may be. 6.18's verifier does not follow precision through it: it takes two states for
 * equal that differ in the slot, and leaves out branches that are taken. In these two slots it never knows a value.
 */
function fetchRegion(region: Region): Region | undefined {
  if (!region.aligned) return region;
  return region.pointer === 10 ? { ...region, low: FETCH_OFFSET, high: FETCH_OFFSET + 16 } : undefined;
}

/** Two halves that are not 0 make a slot of which the verifier knows nothing. */
export function initialiseFetchSlots({ writer, rng }: Scope): void {
  for (let at = 0; at < 16; at += 4)
    writer.emit('st32', { dst: 10, off: FETCH_OFFSET + at, imm: 1 + rng.below(0x7fffffff) });
}

/** A few accesses, with the pointer kept from being overwritten. */
export function accesses(scope: Scope, region: Region): void {
  scope.holding(region.pointer, () => {
    for (let left = 1 + scope.rng.below(3); left > 0; left--) access(scope, region);
  });
}
