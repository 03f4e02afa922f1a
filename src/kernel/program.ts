/** BPF_PROG_LOAD: instructions with file descriptors patched in, function and line info, the verifier's log. */
import { UnsupportedError, VerifierError } from '../errors.ts';
import { encode, type Insn } from '../isa/index.ts';
import type { ProgramSpec } from '../object/index.ts';
import { ATTACH_TYPE, PROG_TYPE, PSEUDO_LD } from '../uapi/bpf.ts';
import { AttrBlock } from './attr.ts';
import type { LoadInfo } from './btf.ts';
import { BPF_CMD, type Bpf, errnoOf } from './syscall.ts';

const LD_IMM64 = 0x18;
const LOG_SIZES = [1 << 16, 1 << 20, 1 << 24];
const FUNC_INFO_SIZE = 8;
const LINE_INFO_SIZE = 16;

/** The instructions in the kernel's format; map indices become the file descriptors of `mapFds`. */
export function encodeProgram(insns: readonly Insn[], mapFds: readonly number[]): Uint8Array {
  return encode(
    insns.map((insn, pc) => {
      // The second slot of a ld_imm64 has code 0, so it is never taken for a first one.
      if (insn.code !== LD_IMM64 || !MAP_SOURCES.has(insn.src)) return insn;
      const fd = mapFds[insn.imm];
      if (fd !== undefined) return { ...insn, src: BY_FD[insn.src] ?? insn.src, imm: fd };
      throw new VerifierError(pc, `refers to map ${insn.imm} of ${mapFds.length}`, { errno: 'EBADF' });
    }),
  );
}

/** We always pass file descriptors, never an fd_array. */
const BY_FD: Readonly<Record<number, number>> = {
  [PSEUDO_LD.MAP_IDX]: PSEUDO_LD.MAP_FD,
  [PSEUDO_LD.MAP_IDX_VALUE]: PSEUDO_LD.MAP_VALUE,
};

const MAP_SOURCES: ReadonlySet<number> = new Set([
  PSEUDO_LD.MAP_FD,
  PSEUDO_LD.MAP_VALUE,
  PSEUDO_LD.MAP_IDX,
  PSEUDO_LD.MAP_IDX_VALUE,
]);

export interface ProgramLoadOptions {
  readonly license: string;
  readonly mapFds: readonly number[];
  /** BTF and the info records that refer to it. */
  readonly info?: LoadInfo | undefined;
  /** Ask for no log when the kernel refuses: each is another run of the verifier. */
  readonly quiet?: boolean;
}

/**
 * Loads a program and returns its file descriptor.
 * @throws {@link VerifierError} with the kernel's log. {@link UnsupportedError} The section gives no program type.
 */
export function loadProgram(bpf: Bpf, program: ProgramSpec, options: ProgramLoadOptions): number {
  if (program.progType === undefined) {
    throw new UnsupportedError(`section ${program.section}`, `no program type for '${program.name}'`);
  }
  const insns = encodeProgram(program.insns, options.mapFds);
  const license = new TextEncoder().encode(`${options.license}\0`);
  const attr = new AttrBlock(bpf)
    .u32(0, PROG_TYPE[program.progType])
    .u32(4, program.insns.length)
    .pointer(8, insns)
    .pointer(16, license)
    .u32(44, program.flags)
    .name(48, program.name)
    .u32(68, program.attachType === undefined ? 0 : ATTACH_TYPE[program.attachType]);
  const { info } = options;
  if (info) {
    attr.u32(72, info.btfFd);
    attr
      .u32(76, FUNC_INFO_SIZE)
      .pointer(80, info.funcInfo)
      .u32(88, info.funcInfo.length / FUNC_INFO_SIZE);
    if (info.lineInfo.length > 0) {
      attr
        .u32(92, LINE_INFO_SIZE)
        .pointer(96, info.lineInfo)
        .u32(104, info.lineInfo.length / LINE_INFO_SIZE);
    }
  }
  const fd = bpf.call(BPF_CMD.PROG_LOAD, attr.bytes);
  if (fd >= 0) return fd;
  throw refusal(program.name, fd, options.quiet ? '' : logOf(bpf, attr));
}

/** Loads once more to be told why: logs cost time, so the first attempt goes without. */
function logOf(bpf: Bpf, attr: AttrBlock): string {
  for (const size of LOG_SIZES) {
    const log = new Uint8Array(size);
    attr.u32(24, 1).u32(28, size).pointer(32, log);
    const result = bpf.call(BPF_CMD.PROG_LOAD, attr.bytes);
    if (errnoOf(result) === 'ENOSPC' && size !== LOG_SIZES.at(-1)) continue;
    return new TextDecoder().decode(log.subarray(0, Math.max(0, log.indexOf(0))));
  }
  return '';
}

/** The log's own last words, and the instruction they are about. */
function refusal(name: string, result: number, log: string): VerifierError {
  const lines = log
    .split('\n')
    .filter((line) => line !== '' && !/^(processed|verification time|stack depth) /.test(line));
  const last = lines.at(-1) ?? `errno ${-result}, no log`;
  const insn = lines.filter((line) => /^\d+: \(/.test(line)).at(-1);
  return new VerifierError(insn ? Number.parseInt(insn, 10) : -1, `program '${name}': ${last}`, {
    errno: errnoOf(result),
    log,
  });
}
