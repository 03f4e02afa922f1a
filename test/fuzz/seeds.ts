/** What the campaign starts from: the objects and captures of this repository, and files that once broke something. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_CAPTURES } from './captures.ts';

export type SeedKind = 'object' | 'capture';

export interface Seed {
  readonly name: string;
  readonly kind: SeedKind;
  readonly bytes: Uint8Array;
}

const FOLDERS = ['examples', 'bench/objects', 'src/object/testdata', 'test/fuzz/corpus'];
/** Captures are cut: more packets of the same kind find nothing new. */
const MAX_CAPTURE = 4096;

/** The repository, from the source as from the compiled file. */
function root(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package-lock.json'))) folder = dirname(folder);
  return folder;
}

function kindOf(path: string): SeedKind | undefined {
  if (path.endsWith('.o')) return 'object';
  return /\.pcap(ng)?$/.test(path) ? 'capture' : undefined;
}

function readFolder(folder: string): Seed[] {
  const path = join(root(), folder);
  if (!existsSync(path)) return [];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.flatMap((name): Seed[] => {
    const kind = name.includes('node_modules') ? undefined : kindOf(name);
    if (kind === undefined) return [];
    const bytes = new Uint8Array(readFileSync(join(path, name)));
    return [
      { name: `${folder}/${name}`, kind, bytes: kind === 'capture' ? bytes.slice(0, MAX_CAPTURE) : bytes },
    ];
  });
}

export function readSeeds(): readonly Seed[] {
  return [...FOLDERS.flatMap(readFolder), ...BUILT_CAPTURES];
}
