/** Writes docs/generated/ and the marked tables of README.md and ARCHITECTURE.md; with --check only compares. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { helpersDocument } from './generate-helpers.ts';
import { isaDocument } from './generate-isa.ts';
import { progTypesDocument } from './generate-prog-types.ts';
import { ROOMS } from './rooms.ts';

interface Document {
  readonly path: string;
  readonly text: string;
}

function roomsTable(): string {
  const rows = ROOMS.map(({ name, purpose, imports, types }) => {
    const may = [...imports, ...types.map((type) => `${type} (types)`)].join(' ') || '-';
    return `| \`${name}\` | ${purpose} | ${may} |`;
  });
  return ['| room (`src/`) | its one responsibility | may import |', '|---|---|---|', ...rows].join('\n');
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function between(path: string, name: string, text: string): Document {
  const old = readFileSync(path, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = old.indexOf(start);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no markers ${start} ... ${end}`);
  return { path, text: `${old.slice(0, from + start.length)}\n${text}\n${old.slice(to)}` };
}

const documents: readonly Document[] = [
  between('docs/ARCHITECTURE.md', 'rooms', roomsTable()),
  { path: 'docs/generated/helpers.md', text: helpersDocument() },
  { path: 'docs/generated/isa.md', text: isaDocument() },
  { path: 'docs/generated/prog-types.md', text: progTypesDocument() },
];

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const { path, text } of documents) {
  let old = '';
  try {
    old = readFileSync(path, 'utf8');
  } catch {
    // written for the first time
  }
  if (old === text) continue;
  stale.push(path);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
if (check && stale.length > 0) {
  console.error(`stale, run npm run generate: ${stale.join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(
    stale.length > 0 ? `wrote ${stale.join(', ')}` : `${documents.length} generated documents are up to date`,
  );
}
