/** The native peer: the corpus compiled by clang -O2 for this machine. Absent where there is no clang. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchProgram, ROOT } from './corpus.ts';
import type { Measurement } from './measure.ts';

const COMPILERS = [process.env['CLANG'], 'clang-19', 'clang'];

function findClang(): string | undefined {
  return COMPILERS.find((name) => {
    if (name === undefined) return false;
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Path of an executable by program name; the examples have none. */
export function buildNative(programs: readonly BenchProgram[]): ReadonlyMap<string, string> {
  const clang = findClang();
  const built = new Map<string, string>();
  if (clang === undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'bpfrun-bench-'));
  for (const { name } of programs) {
    const source = join(ROOT, 'bench/objects', `${name}.bpf.c`);
    if (!existsSync(source)) continue;
    const path = join(folder, name);
    execFileSync(clang, ['-O2', '-o', path, source, join(ROOT, 'bench/native.c')], { stdio: 'inherit' });
    built.set(name, path);
  }
  return built;
}

export function runNative(path: string, packet: Uint8Array): Measurement {
  return JSON.parse(execFileSync(path, { input: packet, encoding: 'utf8' })) as Measurement;
}
