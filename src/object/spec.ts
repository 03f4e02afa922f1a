/** What an object file says, the same on every machine: the blueprint from which programs and maps are made. */
import type { Btf } from '../btf/index.ts';
import type { SourceLine } from '../errors.ts';
import type { Insn } from '../isa/insn.ts';
import type { AttachTypeName, MapTypeName, ProgTypeName } from '../uapi/bpf.ts';

/** Something the object needs that its loader cannot resolve from the object alone (CO-RE, kconfig, ksyms, ...). */
export interface UnresolvedReference {
  readonly kind: 'core' | 'kconfig' | 'ksym' | 'kfunc' | 'extern' | 'prog_type' | 'map_type' | 'relocation';
  /** Exact name: the symbol, or the CO-RE access in C terms, ... */
  readonly name: string;
  readonly section: string;
  /** Slot in the linked program; -1 when it is not in a program. */
  readonly insn: number;
  readonly reason: string;
}

export interface FunctionSpec {
  readonly name: string;
  /** First slot in the linked program. */
  readonly pc: number;
  /** BTF FUNC id, 0 without func info. */
  readonly btfId: number;
  readonly global: boolean;
}

export interface LineSpec extends SourceLine {
  readonly pc: number;
}

/** struct bpf_func_info: slot of the linked program, BTF FUNC id. */
export interface FuncInfo {
  readonly insnOff: number;
  readonly typeId: number;
}

/** struct bpf_line_info: slot of the linked program, offsets into BTF's strings, line << 10 | column. */
export interface LineInfo {
  readonly insnOff: number;
  readonly fileNameOff: number;
  readonly lineOff: number;
  readonly lineCol: number;
}

export interface ProgramSpec {
  readonly name: string;
  readonly section: string;
  /** Undefined where the section name is not one of libbpf's; `check` and loading say so. */
  readonly progType: ProgTypeName | undefined;
  readonly attachType: AttachTypeName | undefined;
  /** What follows the prefix in the section name (`kprobe/foo` -> `foo`). */
  readonly attachTarget: string;
  /** prog_flags: sleepable (`.s`), XDP fragments (`.frags`). */
  readonly flags: number;
  /** False for sections that start with `?`. */
  readonly autoload: boolean;
  /** The main program followed by every subprogram it reaches; see EngineProgram for pseudo sources. */
  readonly insns: readonly Insn[];
  readonly functions: readonly FunctionSpec[];
  readonly lines: readonly LineSpec[];
  /** bpf_func_info records of the linked program, for BPF_PROG_LOAD; absent without .BTF.ext. */
  readonly funcInfo?: readonly FuncInfo[];
  /** bpf_line_info records of the linked program, for BPF_PROG_LOAD; absent without .BTF.ext. */
  readonly lineInfo?: readonly LineInfo[];
  readonly unresolved: readonly UnresolvedReference[];
}

export interface MapSpec {
  readonly name: string;
  /** Kernel number; `typeName` is undefined for one we have never heard of. */
  readonly type: number;
  readonly typeName: MapTypeName | undefined;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly mapExtra: number;
  readonly numaNode: number;
  readonly pinning: number;
  /** BTF type ids, 0 when unknown. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** Prototype of the inner maps of a map-in-map. */
  readonly inner: MapSpec | undefined;
  /** `.data`, `.rodata`, `.bss` and custom data sections: the one value's initial bytes. */
  readonly data: Uint8Array | undefined;
  /** Initial slots of a map-in-map (names of maps) or prog_array (names of programs): index -> name. */
  readonly values: ReadonlyMap<number, string>;
  /** Section that defines it. */
  readonly section: string;
}

/** A global variable or constant: bytes inside the value of a data map. */
export interface VariableSpec {
  readonly name: string;
  /** Index into ObjectSpec.maps. */
  readonly map: number;
  readonly offset: number;
  readonly size: number;
  /** BTF type id of the variable's type, 0 when unknown. */
  readonly typeId: number;
  readonly constant: boolean;
}

export interface ObjectSpec {
  /** Text of the `license` section, '' when there is none. */
  readonly license: string;
  readonly programs: readonly ProgramSpec[];
  /** The maps in the order that instructions refer to them by index. */
  readonly maps: readonly MapSpec[];
  readonly variables: readonly VariableSpec[];
  readonly btf: Btf | undefined;
  /**
   * The .BTF section as BPF_BTF_LOAD takes it: sizes and offsets of DATASECs filled in from the ELF file, as libbpf
   * does. Absent when the object has no BTF.
   */
  readonly btfBytes?: Uint8Array;
  /** What stands in the object outside any program and cannot be resolved. */
  readonly unresolved: readonly UnresolvedReference[];
}
