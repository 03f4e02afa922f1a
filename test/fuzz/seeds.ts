/** What the campaign starts from: the objects and captures of this repository, and files that once crashed it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Seed {
  readonly name: string;
  readonly kind: 'object' | 'capture';
  readonly bytes: Uint8Array;
}

const FOLDERS = ['examples', 'src/object/testdata', 'test/fuzz/corpus'];
/** Captures are cut: more packets of the same kind find nothing new. */
const MAX_CAPTURE = 4096;

/** The repository, from the source as from the compiled file. */
function root(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package-lock.json'))) folder = dirname(folder);
  return folder;
}

export function readSeeds(): readonly Seed[] {
  const seeds: Seed[] = [];
  for (const folder of FOLDERS) {
    const path = join(root(), folder);
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
      if (name.includes('node_modules')) continue;
      const read = (): Uint8Array => new Uint8Array(readFileSync(join(path, name)));
      if (name.endsWith('.o')) seeds.push({ name: join(folder, name), kind: 'object', bytes: read() });
      if (/\.pcap(ng)?$/.test(name))
        seeds.push({ name: join(folder, name), kind: 'capture', bytes: read().subarray(0, MAX_CAPTURE) });
    }
  }
  return seeds;
}
