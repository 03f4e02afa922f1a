/** BTF for the kernel: the object's own, or the least that makes callbacks by address loadable. */
import type { FuncInfo, LineInfo, ProgramSpec } from '../object/index.ts';
import { AttrBlock } from './attr.ts';
import { BPF_CMD, type Bpf } from './syscall.ts';

/** What a program load needs besides its instructions. Records are those of the kernel: 8 and 16 bytes. */
export interface LoadInfo {
  readonly btfFd: number;
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
}

const BTF_MAGIC = 0xeb9f;
const BTF_HEADER_SIZE = 24;
const BTF_KIND_INT = 1;
const BTF_KIND_FUNC = 12;
const BTF_KIND_FUNC_PROTO = 13;
const BTF_FUNC_STATIC = 0;
const BTF_FUNC_GLOBAL = 1;

/** BPF_BTF_LOAD: a file descriptor, or undefined where this kernel does not take these bytes. */
export function loadBtf(bpf: Bpf, bytes: Uint8Array): number | undefined {
  const attr = new AttrBlock(bpf, 32).pointer(0, bytes).u32(16, bytes.length);
  const fd = bpf.call(BPF_CMD.BTF_LOAD, attr.bytes);
  return fd < 0 ? undefined : fd;
}

/**
 * Types for a program that has none: one `int name(void)` for each function. The kernel wants func_info for every
 * program that takes a function's address (6.18: "missing btf func_info").
 */
export function madeUpBtf(program: ProgramSpec): Uint8Array {
  const strings = ['', 'int', ...program.functions.map(({ name }) => name.replace(/\W/g, '_'))];
  const offsets: number[] = [];
  let text = '';
  for (const string of strings) {
    offsets.push(text.length);
    text += `${string}\0`;
  }
  const info = (kind: number, vlen = 0): number => (kind << 24) | vlen;
  const words = [offsets[1] ?? 0, info(BTF_KIND_INT), 4, (1 << 24) | 32, 0, info(BTF_KIND_FUNC_PROTO), 1];
  program.functions.forEach((_, index) => {
    const linkage = index === 0 ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC;
    words.push(offsets[index + 2] ?? 0, info(BTF_KIND_FUNC, linkage), 2);
  });
  const bytes = new Uint8Array(BTF_HEADER_SIZE + words.length * 4 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BTF_MAGIC, true);
  view.setUint8(2, 1);
  view.setUint32(4, BTF_HEADER_SIZE, true);
  view.setUint32(12, words.length * 4, true);
  view.setUint32(16, words.length * 4, true);
  view.setUint32(20, text.length, true);
  words.forEach((word, index) => {
    view.setUint32(BTF_HEADER_SIZE + index * 4, word, true);
  });
  bytes.set(new TextEncoder().encode(text), BTF_HEADER_SIZE + words.length * 4);
  return bytes;
}

/** struct bpf_func_info, 8 bytes each. */
export function encodeFuncInfo(records: readonly FuncInfo[]): Uint8Array {
  return encodeWords(records.map(({ insnOff, typeId }) => [insnOff, typeId]));
}

/** struct bpf_line_info, 16 bytes each. */
export function encodeLineInfo(records: readonly LineInfo[]): Uint8Array {
  return encodeWords(
    records.map(({ insnOff, fileNameOff, lineOff, lineCol }) => [insnOff, fileNameOff, lineOff, lineCol]),
  );
}

function encodeWords(records: readonly (readonly number[])[]): Uint8Array {
  const words = records.flat();
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  return bytes;
}

/** func_info for {@link madeUpBtf}: id 1 is int, 2 the prototype, then the functions. */
export function madeUpFuncInfo(program: ProgramSpec): readonly FuncInfo[] {
  return program.functions.map(({ pc }, index) => ({ insnOff: pc, typeId: index + 3 }));
}
