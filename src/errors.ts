/** Every error bpfrun throws on purpose: one root, few classes, each with the place that is at fault. */
import type { Errno } from './uapi/errno.ts';

export interface BpfErrorOptions {
  readonly errno?: Errno | undefined;
  readonly cause?: unknown;
}

/** The root. `code` never changes; the message may get clearer. */
export abstract class BpfError extends Error {
  abstract readonly code: `ERR_BPF_${string}`;
  /** The errno that bpf(2) would have returned. Absent where the kernel has no say (CLI flags, pcap). */
  readonly errno?: Errno;
  constructor(message: string, options: BpfErrorOptions = {}) {
    super(options.errno ? `${message} (${options.errno})` : message, { cause: options.cause });
    this.name = new.target.name;
    if (options.errno) this.errno = options.errno;
  }
}

/** Whether `error` is one of ours, also when it comes from another copy of this package. */
export function isBpfError(error: unknown): error is BpfError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_BPF_')
  );
}

/** Malformed ELF bytes. `offset` is the byte in the file. */
export class ElfError extends BpfError {
  override readonly code = 'ERR_BPF_ELF';
  readonly offset: number;
  constructor(offset: number, rule: string, options?: BpfErrorOptions) {
    super(`ELF offset 0x${offset.toString(16)}: ${rule}`, options);
    this.offset = offset;
  }
}

/** Malformed BTF or .BTF.ext. `typeId` is 0 when no single type is at fault. */
export class BtfError extends BpfError {
  override readonly code = 'ERR_BPF_BTF';
  readonly typeId: number;
  constructor(typeId: number, rule: string, options?: BpfErrorOptions) {
    super(typeId === 0 ? `BTF: ${rule}` : `BTF type ${typeId}: ${rule}`, options);
    this.typeId = typeId;
  }
}

/** A well-formed ELF file that is not a usable BPF object. `section` is where. */
export class ObjectError extends BpfError {
  override readonly code = 'ERR_BPF_OBJECT';
  readonly section: string;
  constructor(section: string, rule: string, options?: BpfErrorOptions) {
    super(section === '' ? `object: ${rule}` : `object section ${section}: ${rule}`, options);
    this.section = section;
  }
}

/** A relocation that cannot be applied. `insn` is the slot in its section or program, -1 in data. */
export class RelocationError extends BpfError {
  override readonly code = 'ERR_BPF_RELOCATION';
  readonly insn: number;
  readonly symbol: string;
  constructor(
    place: { section: string; insn: number; symbol: string },
    rule: string,
    options?: BpfErrorOptions,
  ) {
    super(`${place.section} insn ${place.insn}, symbol '${place.symbol}': ${rule}`, options);
    this.insn = place.insn;
    this.symbol = place.symbol;
  }
}

/** Assembly text that does not parse. Line and column count from 1. */
export class AsmError extends BpfError {
  override readonly code = 'ERR_BPF_ASM';
  readonly line: number;
  readonly column: number;
  constructor(line: number, column: number, rule: string) {
    super(`assembly ${line}:${column}: ${rule}`);
    this.line = line;
    this.column = column;
  }
}

/** A program that is refused before it runs: by our load checks, or by the kernel's verifier with its log. */
export class VerifierError extends BpfError {
  override readonly code = 'ERR_BPF_VERIFIER';
  readonly insn: number;
  readonly log: string;
  constructor(insn: number, rule: string, options: BpfErrorOptions & { log?: string } = {}) {
    super(insn < 0 ? rule : `insn ${insn}: ${rule}`, options);
    this.insn = insn;
    this.log = options.log ?? '';
  }
}

/** A map that cannot be created, or an operation on one that failed. */
export class MapError extends BpfError {
  override readonly code = 'ERR_BPF_MAP';
  readonly map: string;
  constructor(map: string, rule: string, options?: BpfErrorOptions | Errno) {
    super(`map '${map}': ${rule}`, typeof options === 'string' ? { errno: options } : options);
    this.map = map;
  }
}

/** BPF_PROG_TEST_RUN refused the run. `field` is the attribute at fault. */
export class TestRunError extends BpfError {
  override readonly code = 'ERR_BPF_TEST_RUN';
  readonly field: string;
  constructor(field: string, rule: string, errno: Errno) {
    super(`test run: ${field}: ${rule}`, { errno });
    this.field = field;
  }
}

/** Where in the source an instruction came from (.BTF.ext line info). */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line's text as the compiler stored it, trimmed. */
  readonly text: string;
}

export type FaultKind = 'load' | 'store' | 'helper' | 'call' | 'budget' | 'trap';

/** A run that was ended: a bad access, a bad helper argument, too deep a call, or the instruction limit. */
export class FaultError extends BpfError {
  override readonly code = 'ERR_BPF_FAULT';
  readonly kind: FaultKind;
  /** Name of the program. */
  readonly program: string;
  /** Slot index of the instruction in the linked program; -1 when unknown. */
  readonly insn: number;
  readonly source: SourceLine | undefined;
  /** The 64-bit address or value at fault, as `0x...`; empty when there is none. */
  readonly address: string;
  constructor(
    place: {
      kind: FaultKind;
      program: string;
      insn: number;
      source?: SourceLine | undefined;
      address?: string;
    },
    rule: string,
    options?: BpfErrorOptions,
  ) {
    const at = place.source ? ` (${place.source.file}:${place.source.line}: ${place.source.text})` : '';
    super(`program '${place.program}' insn ${place.insn}${at}: ${rule}`, options);
    this.kind = place.kind;
    this.program = place.program;
    this.insn = place.insn;
    this.source = place.source;
    this.address = place.address ?? '';
  }
}

/** A capture file that is malformed. `packet` counts from 1 and is 0 for the file header. */
export class PcapError extends BpfError {
  override readonly code = 'ERR_BPF_PCAP';
  readonly packet: number;
  readonly offset: number;
  constructor(packet: number, offset: number, rule: string) {
    super(
      packet === 0
        ? `capture offset ${offset}: ${rule}`
        : `capture packet ${packet}, offset ${offset}: ${rule}`,
    );
    this.packet = packet;
    this.offset = offset;
  }
}

/** Wrong usage of the command line or of an API option. */
export class UsageError extends BpfError {
  override readonly code = 'ERR_BPF_USAGE';
  readonly option: string;
  constructor(option: string, rule: string) {
    super(option === '' ? rule : `${option}: ${rule}`);
    this.option = option;
  }
}

/** Something the kernel can do and we (or this machine) cannot. `feature` is its exact name. */
export class UnsupportedError extends BpfError {
  override readonly code = 'ERR_BPF_UNSUPPORTED';
  readonly feature: string;
  constructor(feature: string, rule: string, options?: BpfErrorOptions) {
    super(`${feature}: ${rule}`, options);
    this.feature = feature;
  }
}

/** Our own mistake. */
export class InternalError extends BpfError {
  override readonly code = 'ERR_BPF_INTERNAL';
  constructor(what: string, options?: BpfErrorOptions) {
    super(`internal error, please report: ${what}`, options);
  }
}
