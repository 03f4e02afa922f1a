/** The corpus on disk: which files of the kernel's BPF selftests it has, unpacked and built outside the repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { chooseFiles } from './choose.ts';

const ARCHIVE = '/usr/src/linux-source-6.12.tar.xz';
const TREE = 'linux-source-6.12';
const SELFTESTS = `${TREE}/tools/testing/selftests/bpf`;
const CLANG = process.env['CLANG'] ?? 'clang-19';
const VMLINUX_BTF = '/sys/kernel/btf/vmlinux';

/** What has to be installed, as one line for the terminal; undefined when nothing is missing. */
export function missingTools(): string | undefined {
  const works = (command: string): boolean =>
    spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
  const missing = [
    works(CLANG) ? '' : 'clang-19',
    works('python3') ? '' : 'python3',
    existsSync('/usr/include/bpf/bpf_helpers.h') ? '' : 'libbpf-dev',
    existsSync(ARCHIVE) ? '' : 'linux-source-6.12',
    existsSync(VMLINUX_BTF) && !works('bpftool') ? 'bpftool' : '',
  ].filter((name) => name !== '');
  return missing.length === 0 ? undefined : `missing; on Debian: apt install ${missing.join(' ')}`;
}

export interface BuiltFile {
  readonly source: string;
  /** Path of the object; undefined when clang refused. */
  readonly object: string | undefined;
  /** clang's first error. */
  readonly error: string;
}

/** Unpacks, selects and builds; what is there already is kept. */
export function buildCorpus(
  folder: string,
  isChosen: (baseName: string) => boolean,
  progress: (text: string) => void,
): readonly BuiltFile[] {
  mkdirSync(join(folder, 'objects'), { recursive: true });
  unpack(folder, progress);
  const include = headers(folder);
  const sources = choose(join(folder, SELFTESTS, 'progs'), isChosen);
  return sources.map((source, index) => {
    progress(`building ${index + 1}/${sources.length}: ${source}`);
    return build(folder, include, source);
  });
}

function unpack(folder: string, progress: (text: string) => void): void {
  if (existsSync(join(folder, 'unpacked'))) return;
  progress(`unpacking ${ARCHIVE}`);
  const parts = ['tools/testing/selftests/bpf', 'tools/include', 'tools/lib/bpf', 'scripts/bpf_doc.py'];
  execFileSync('tar', ['-xf', ARCHIVE, '-C', folder, ...parts.map((part) => `${TREE}/${part}`)]);
  writeFileSync(join(folder, 'unpacked'), '');
}

/** The source's own libbpf headers: those of Debian 12 are older than the selftests that it ships. */
function headers(folder: string): string {
  const include = join(folder, 'include');
  mkdirSync(join(include, 'bpf'), { recursive: true });
  for (const name of ['bpf_helpers', 'bpf_endian', 'bpf_tracing', 'bpf_core_read', 'usdt.bpf']) {
    writeFileSync(
      join(include, 'bpf', `${name}.h`),
      readFileSync(join(folder, TREE, 'tools/lib/bpf', `${name}.h`)),
    );
  }
  const definitions = join(include, 'bpf/bpf_helper_defs.h');
  if (!existsSync(definitions)) {
    const header = join(folder, TREE, 'tools/include/uapi/linux/bpf.h');
    const script = join(folder, TREE, 'scripts/bpf_doc.py');
    writeFileSync(definitions, execFileSync('python3', [script, '--header', '--file', header]));
  }
  const vmlinux = join(include, 'vmlinux.h');
  if (!existsSync(vmlinux) && existsSync(VMLINUX_BTF)) {
    const limit = { maxBuffer: 1 << 26 };
    writeFileSync(
      vmlinux,
      execFileSync('bpftool', ['btf', 'dump', 'file', VMLINUX_BTF, 'format', 'c'], limit),
    );
  }
  return include;
}

/** The sources that the corpus has, chosen among all files of the folder. */
function choose(progs: string, isChosen: (baseName: string) => boolean): readonly string[] {
  const names = readdirSync(progs).filter((name) => /\.[ch]$/.test(name));
  return chooseFiles(new Map(names.map((name) => [name, readFileSync(join(progs, name), 'utf8')])), isChosen);
}

function build(folder: string, include: string, source: string): BuiltFile {
  const object = join(folder, 'objects', source.replace(/\.c$/, '.o'));
  if (existsSync(object)) return { source, object, error: '' };
  const arm = arch() === 'arm64';
  const flags = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-std=gnu11', '-fno-strict-aliasing', '-w'];
  flags.push(`-D__TARGET_ARCH_${arm ? 'arm64' : 'x86'}`, '-DENABLE_ATOMICS_TESTS', `-I${include}`);
  flags.push('-I..', '-I../../../../include/uapi', '-I../../../../include');
  flags.push(`-I/usr/include/${arm ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const done = spawnSync(CLANG, [...flags, '-c', source, '-o', object], {
    cwd: join(folder, SELFTESTS, 'progs'),
    encoding: 'utf8',
  });
  if (done.status === 0) return { source, object, error: '' };
  const error = done.stderr.split('\n').find((line) => line.includes('error:')) ?? 'clang failed';
  return { source, object: undefined, error };
}
