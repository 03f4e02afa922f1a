/** The table of rooms: each folder of src/, its one responsibility and what it may import. ARCHITECTURE.md prints it. */
export interface Room {
  readonly name: string;
  readonly purpose: string;
  readonly imports: readonly string[];
  /** Rooms of which only types may be imported (`import type`). */
  readonly types: readonly string[];
  /** Files other than index.ts that other rooms may enter by. */
  readonly open: readonly string[];
}

function room(name: string, purpose: string, imports: string, types = '', open = ''): Room {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
  return { name, purpose, imports: words(imports), types: words(types), open: words(open) };
}

export const ROOMS: readonly Room[] = [
  room('host', 'what the core uses of Node or the browser: WebAssembly, UTF-8, a clock', ''),
  room('uapi', "Linux's numbers: enums, errno, flags. Data, no code", '', '', 'errno.ts bpf.ts'),
  room('errors', 'error classes, each with its place', 'uapi'),
  room('bytes', 'bounds-checked reader, writer, LEB128, hex', 'errors'),
  room('isa', 'instruction table; decode, encode, assembler, disassembler', 'uapi bytes errors'),
  room('elf', 'ELF64 sections, symbols, relocations. No BPF in it', 'bytes errors host'),
  room('btf', 'types, C printer, line and function info, values by type', 'bytes uapi errors host'),
  room('packet', 'build, parse, print packets; pcap, pcapng', 'bytes errors host'),
  room(
    'machine',
    "the simulated kernel's state: linear memory, clock, CPUs, sk_buff, xdp_buff, devices, the wasm runtime",
    'uapi bytes packet errors host',
    '',
    'layout.ts',
  ),
  room('maps', 'one file per map type', 'machine uapi bytes errors host', '', 'layout.ts'),
  room(
    'helpers',
    'one file per family; one object per helper or kfunc',
    'maps machine packet uapi bytes errors host',
    '',
    'define.ts',
  ),
  room(
    'prog-types',
    'one file per type: names, SEC() prefixes, ctx layout and access, helpers allowed, return values. Facts only',
    'uapi',
    'helpers',
  ),
  room(
    'object',
    '`.o` bytes to ObjectSpec: programs, maps, variables; subprogram linking',
    'elf btf isa prog-types uapi bytes errors host',
  ),
  room(
    'verifier',
    'accept or reject; facts about each instruction for the engine',
    'isa btf uapi errors',
    'helpers maps prog-types',
  ),
  room(
    'engine',
    'eBPF to WebAssembly: wasm/ byte emitter and control flow, jit/, interp/',
    'isa bytes uapi errors host machine maps',
    'helpers verifier',
    'types.ts',
  ),
  room(
    'load',
    'spec to runnable: resolve maps, verify, compile, instantiate',
    'object verifier engine maps helpers prog-types machine isa btf bytes uapi errors host',
  ),
  room(
    'test-run',
    'the run itself: receive, run loop, send, finish, one runner per type; the Backend interface',
    'load prog-types machine maps uapi bytes errors host',
    'helpers object',
    'attr.ts backend.ts',
  ),
  room(
    'report',
    'results as text and JSON',
    'isa btf packet bytes errors uapi prog-types',
    'test-run object verifier',
    '',
  ),
  room(
    'kernel',
    'the same Backend through bpf(2). Node only',
    'object uapi bytes errors isa btf prog-types',
    'test-run',
  ),
  room(
    'root',
    'the public nouns: open(), BpfObject, Program, BpfMap',
    'load test-run maps object btf bytes errors uapi isa machine prog-types report host',
    'helpers kernel',
  ),
  room(
    'cli',
    'one file per command. Node only',
    'host kernel report packet isa btf bytes errors uapi object root prog-types test-run helpers',
  ),
];

/** The room that a file of src/ (path relative to it) belongs to. */
export function roomOf(path: string): string | undefined {
  const slash = path.indexOf('/');
  const name = slash < 0 ? path.replace(/\.ts$/, '') : path.slice(0, slash);
  if (slash < 0) return name === 'host' || name === 'errors' ? name : 'root';
  return ROOMS.some((entry) => entry.name === name) ? name : undefined;
}
