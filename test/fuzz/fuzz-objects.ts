/** The campaign of `npm run fuzz:objects`: damaged objects and captures through everything that reads them. */
import { type Count, exercise } from './exercise.ts';
import { mutate, type Recipe, randomRecipe } from './mutate.ts';
import { random } from './random.ts';
import { readSeeds, type Seed, type SeedKind } from './seeds.ts';

/** A run that takes longer hangs. */
export const HANG_MS = 1000;
export const MAX_MIB = 512;

/** The file of one run: any run can be had again by the campaign's seed and its number. */
export interface DamagedFile {
  readonly run: number;
  readonly kind: SeedKind;
  readonly seedFile: string;
  readonly recipe: Recipe;
  readonly bytes: Uint8Array;
}

const ofKind = (seeds: readonly Seed[], kind: SeedKind): readonly Uint8Array[] =>
  seeds.filter((seed) => seed.kind === kind).map(({ bytes }) => bytes);

let others: Readonly<Record<SeedKind, readonly Uint8Array[]>> | undefined;
let seeds: readonly Seed[] = [];

function prepare(): Readonly<Record<SeedKind, readonly Uint8Array[]>> {
  if (others) return others;
  seeds = readSeeds();
  others = { object: ofKind(seeds, 'object'), capture: ofKind(seeds, 'capture') };
  return others;
}

/** One file in four is a capture. */
export function damagedFile(campaign: number, run: number): DamagedFile {
  prepare();
  const rng = random(campaign * 1_000_003 + run);
  const kind = rng.below(4) === 0 ? 'capture' : 'object';
  const { name } = rng.pick(seeds.filter((seed) => seed.kind === kind));
  const recipe = randomRecipe(rng);
  return { run, kind, seedFile: name, recipe, bytes: applyRecipe(name, recipe) };
}

/** A seed file damaged in the ways that are named. */
export function applyRecipe(seedFile: string, recipe: Recipe): Uint8Array {
  const lists = prepare();
  const seed = seeds.find(({ name }) => name === seedFile);
  if (!seed) throw new RangeError(`there is no seed file '${seedFile}'`);
  return mutate(seed.bytes, recipe, lists[seed.kind]);
}

/** What one file did. */
export interface Outcome {
  readonly ms: number;
  /** Stack of what was thrown and is none of ours; undefined when all was well. */
  readonly untyped: string | undefined;
}

export async function exerciseTimed(file: Pick<Seed, 'kind' | 'bytes'>, count: Count): Promise<Outcome> {
  const started = performance.now();
  let untyped: string | undefined;
  try {
    await exercise(file, count);
  } catch (error) {
    untyped = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return { ms: performance.now() - started, untyped };
}
