/** Ways to damage a file: blind ones, and some that know where ELF and BTF keep their numbers. */
import { type Random, random } from './random.ts';

const INTERESTING = [
  0, 1, 2, 3, 4, 7, 8, 16, 255, 256, 4096, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff,
];

type Mutation = (bytes: Uint8Array, rng: Random, others: readonly Uint8Array[]) => Uint8Array;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A range that lies in the file whatever the header says, or undefined. */
function sectionRange(
  bytes: Uint8Array,
  rng: Random,
): { header: number; start: number; size: number } | undefined {
  if (bytes.length < 64) return undefined;
  const headers = view(bytes).getUint32(40, true);
  const count = view(bytes).getUint16(60, true);
  if (count === 0) return undefined;
  const header = headers + 64 * rng.below(count);
  if (header + 64 > bytes.length) return undefined;
  const start = view(bytes).getUint32(header + 24, true);
  const size = view(bytes).getUint32(header + 32, true);
  return start + size <= bytes.length ? { header, start, size } : undefined;
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, rng) {
    const at = rng.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << rng.below(8));
    return bytes;
  },
  function setByte(bytes, rng) {
    bytes[rng.below(bytes.length)] = rng.below(256);
    return bytes;
  },
  function setWord(bytes, rng) {
    if (bytes.length < 4) return bytes;
    const at = rng.below(bytes.length - 3) & ~3;
    view(bytes).setUint32(at, rng.pick(INTERESTING), rng.below(4) > 0);
    return bytes;
  },
  function nudgeWord(bytes, rng) {
    if (bytes.length < 4) return bytes;
    const at = rng.below(bytes.length - 3) & ~3;
    view(bytes).setUint32(at, view(bytes).getUint32(at, true) + rng.below(33) - 16, true);
    return bytes;
  },
  function truncate(bytes, rng) {
    return bytes.slice(0, rng.below(bytes.length) + 1);
  },
  function copyRange(bytes, rng) {
    const length = Math.min(bytes.length, 1 + rng.below(64));
    const from = rng.below(bytes.length - length + 1);
    return bytes.copyWithin(rng.below(bytes.length - length + 1), from, from + length);
  },
  function removeRange(bytes, rng) {
    const from = rng.below(bytes.length);
    const to = Math.min(bytes.length, from + 1 + rng.below(32));
    const rest = new Uint8Array(bytes.length - (to - from));
    rest.set(bytes.subarray(0, from));
    rest.set(bytes.subarray(to), from);
    return rest.length === 0 ? bytes : rest;
  },
  function splice(bytes, rng, others) {
    const other = rng.pick(others);
    const length = Math.min(bytes.length, other.length, 1 + rng.below(256));
    const from = rng.below(other.length - length + 1);
    bytes.set(other.subarray(from, from + length), rng.below(bytes.length - length + 1));
    return bytes;
  },
  function setSectionHeaderField(bytes, rng) {
    const section = sectionRange(bytes, rng);
    if (section) view(bytes).setUint32(section.header + 4 * rng.below(16), rng.pick(INTERESTING), true);
    return bytes;
  },
  function setSectionWord(bytes, rng) {
    const section = sectionRange(bytes, rng);
    if (!section || section.size < 4) return bytes;
    const at = section.start + 4 * rng.below(Math.floor(section.size / 4));
    view(bytes).setUint32(at, rng.below(2) === 0 ? rng.pick(INTERESTING) : rng.below(256), true);
    return bytes;
  },
  /** An opcode, registers or immediate of an instruction that is there: programs that still load, and do other things. */
  function editInsn(bytes, rng) {
    const section = sectionRange(bytes, rng);
    if (!section || section.size < 8 || section.size % 8 !== 0) return bytes;
    const at = section.start + 8 * rng.below(section.size / 8);
    const field = rng.below(4);
    if (field === 0) bytes[at] = rng.below(256);
    else if (field === 1) bytes[at + 1] = rng.below(11) | (rng.below(11) << 4);
    else if (field === 2) view(bytes).setInt16(at + 2, rng.below(65) - 32, true);
    else view(bytes).setUint32(at + 4, rng.pick(INTERESTING), true);
    return bytes;
  },
  function setSectionByte(bytes, rng) {
    const section = sectionRange(bytes, rng);
    if (section && section.size > 0) bytes[section.start + rng.below(section.size)] = rng.below(256);
    return bytes;
  },
];

/** Seeds of single mutations: each can be left out without changing what the others do. */
export type Recipe = readonly number[];

/** One to eight mutations, mostly few. */
export function randomRecipe(rng: Random): Recipe {
  return Array.from({ length: 1 + rng.below(1 << rng.below(4)) }, () => rng.below(0x7fffffff));
}

/** A damaged copy. */
export function mutate(seed: Uint8Array, recipe: Recipe, others: readonly Uint8Array[]): Uint8Array {
  return recipe.reduce<Uint8Array>((bytes, step) => {
    const rng = random(step);
    return rng.pick(MUTATIONS)(bytes, rng, others);
  }, seed.slice());
}
