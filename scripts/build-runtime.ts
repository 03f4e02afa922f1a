/**
 * Compiles runtime/ (AssemblyScript) into src/machine/runtime.wasm.ts: `npm run build:runtime`, from the package's
 * root. With --check nothing is written; exit code 1 says that the committed file is not what the sources give.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TARGET = 'src/machine/runtime.wasm.ts';
const OPTIONS = '--importMemory --noExportMemory --importTable --runtime stub -O3 --noAssert'.split(' ');

function compile(): Uint8Array {
  const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
  const folder = mkdtempSync(join(tmpdir(), 'bpfrun-runtime-'));
  try {
    const wasm = join(folder, 'runtime.wasm');
    execFileSync(process.execPath, [compiler, 'runtime/index.ts', ...OPTIONS, '-o', wasm], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(wasm);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The TypeScript module that carries the bytes. */
function render(wasm: Uint8Array): string {
  const lines =
    Buffer.from(wasm)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  return [
    '/** The compiled runtime, base64. Generated from runtime/ by `npm run build:runtime`; do not edit. */',
    'export const RUNTIME_WASM =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

const text = render(compile());
if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== text) {
    console.error(`${TARGET} is out of date: run npm run build:runtime`);
    process.exitCode = 1;
  }
} else writeFileSync(TARGET, text);
