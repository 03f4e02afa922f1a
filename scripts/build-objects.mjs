/**
 * Rebuilds the committed objects from their C sources: `npm run build:objects`. With --check nothing is written and a
 * difference ends with exit code 1, so that CI shows that each .bpf.o is what its source says.
 *
 * Debian's clang-19, llvm-19 and libbpf-dev make the same bytes on every machine: paths in the object are relative to
 * the repository, and debug info other than BTF is stripped.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const CLANG = process.env['CLANG'] ?? 'clang-19';
const STRIP = process.env['LLVM_STRIP'] ?? 'llvm-strip-19';
const HEADERS = `/usr/include/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const FOLDERS = ['examples', 'src/object/testdata', 'bench/objects'];

/** Extra flags by source, for objects that test other compiler settings. The first line of a source may say `// clang: -mcpu=v4`. */
function flagsOf(text) {
  const asked = /^\/[/*] clang: (.*?)(?:\s*\*\/)?$/m.exec(text.slice(0, 400));
  return asked?.[1]?.trim().split(/\s+/) ?? [];
}

function sources(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.bpf.c') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .sort();
}

function build(source, output) {
  const text = readFileSync(join(ROOT, source), 'utf8');
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', `-I${HEADERS}`];
  flags.push(`-ffile-prefix-map=${ROOT}/=`, `-fdebug-prefix-map=${ROOT}=.`, ...flagsOf(text));
  execFileSync(CLANG, [...flags, '-c', source, '-o', output], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  execFileSync(STRIP, ['-g', output], { stdio: ['ignore', 'inherit', 'inherit'] });
}

const check = process.argv.includes('--check');
try {
  execFileSync(CLANG, ['--version'], { stdio: 'ignore' });
} catch {
  console.error(`${CLANG} is missing. On Debian: apt install clang-19 llvm-19 libbpf-dev`);
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'bpfrun-objects-'));
let different = 0;
try {
  for (const source of FOLDERS.flatMap(sources)) {
    const committed = source.replace(/\.c$/, '.o');
    const fresh = join(scratch, 'object.o');
    build(source, fresh);
    const bytes = readFileSync(fresh);
    const path = join(ROOT, committed);
    const same = existsSync(path) && readFileSync(path).equals(bytes);
    console.log(
      `${same ? 'same' : check ? 'DIFFERENT' : 'written'}  ${relative('.', committed)}  ${bytes.length} bytes`,
    );
    if (!same) different++;
    if (!same && !check)
      writeFileSync(join(dirname(path), committed.slice(dirname(committed).length + 1)), bytes);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(check ? `${different} objects differ from their sources` : `${different} objects written`);
if (check && different > 0) process.exitCode = 1;
