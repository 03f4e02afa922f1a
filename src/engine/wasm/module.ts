/** Builds a WebAssembly module from imports, function bodies and exports, in the order the binary format wants. */
import { ByteWriter } from './byte-writer.ts';
import { Code } from './code.ts';
import { FUNCREF, OP } from './opcodes.ts';

const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;
const EXTERNAL = { FUNCTION: 0, TABLE: 1, MEMORY: 2 } as const;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export interface FinishedModule {
  readonly bytes: Uint8Array;
  /** Offset in `bytes` of position 0 of {@link ModuleBuilder.code}. */
  readonly codeOffset: number;
}

/**
 * Functions of the module are numbered from 0 as they are declared; since imports may still be added while bodies are
 * written, a call to one is patched at the end.
 */
export class ModuleBuilder {
  readonly code = new Code(4096);
  readonly #types = new ByteWriter(256);
  readonly #typeIndex = new Map<string, number>();
  readonly #imports = new ByteWriter(256);
  readonly #importIndex = new Map<string, number>();
  #importEntries = 0;
  readonly #functions: number[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];
  readonly #localCalls: { readonly place: number; readonly index: number }[] = [];
  #bodyStart = 0;

  /** Index of a function type, made once. */
  type(params: readonly number[], results: readonly number[]): number {
    const key = `${params}>${results}`;
    const known = this.#typeIndex.get(key);
    if (known !== undefined) return known;
    const index = this.#typeIndex.size;
    this.#typeIndex.set(key, index);
    this.#types.u8(0x60);
    this.#types.u32(params.length);
    this.#types.append(params);
    this.#types.u32(results.length);
    this.#types.append(results);
    return index;
  }

  importMemory(module: string, name: string): void {
    this.#import(module, name, EXTERNAL.MEMORY);
    this.#imports.append([0, 1]);
  }

  importTable(module: string, name: string): void {
    this.#import(module, name, EXTERNAL.TABLE);
    this.#imports.append([FUNCREF, 0, 1]);
  }

  /** Index of an imported function, imported once under this name and type. */
  importFunction(
    module: string,
    name: string,
    params: readonly number[],
    results: readonly number[],
  ): number {
    const key = `${module}.${name}`;
    const known = this.#importIndex.get(key);
    if (known !== undefined) return known;
    const type = this.type(params, results);
    const index = this.#importIndex.size;
    this.#importIndex.set(key, index);
    this.#import(module, name, EXTERNAL.FUNCTION);
    this.#imports.u32(type);
    return index;
  }

  /** Names of the functions imported from `module`. */
  importsFrom(module: string): string[] {
    const prefix = `${module}.`;
    return [...this.#importIndex.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  /** Declares the next function of the module; bodies follow in the same order. */
  declare(type: number): number {
    return this.#functions.push(type) - 1;
  }

  export(name: string, index: number): void {
    this.#exports.push({ name, index });
  }

  /** Opens the body of the next function. `locals` are [count, type] pairs, after the parameters. */
  beginBody(locals: readonly (readonly [number, number])[]): void {
    this.#bodyStart = this.code.paddedU32();
    this.code.u32(locals.length);
    for (const [count, type] of locals) {
      this.code.u32(count);
      this.code.u8(type);
    }
    this.code.depth = 0;
  }

  endBody(): void {
    this.code.u8(OP.end);
    this.code.patch(this.#bodyStart, this.code.length - this.#bodyStart - 5);
  }

  /** A call of one of the module's own functions. */
  callLocal(index: number): void {
    this.code.u8(OP.call);
    this.#localCalls.push({ place: this.code.paddedU32(), index });
  }

  finish(): FinishedModule {
    const base = this.#importIndex.size;
    for (const { place, index } of this.#localCalls) this.code.patch(place, base + index);
    const out = new ByteWriter(this.code.length + 4096);
    out.append(HEADER);
    section(out, SECTION.TYPE, this.#typeIndex.size, this.#types.bytes);
    section(out, SECTION.IMPORT, this.#importEntries, this.#imports.bytes);
    const functions = new ByteWriter();
    for (const type of this.#functions) functions.u32(type);
    section(out, SECTION.FUNCTION, this.#functions.length, functions.bytes);
    const exports = new ByteWriter();
    for (const { name, index } of this.#exports) {
      exports.name(name);
      exports.u8(EXTERNAL.FUNCTION);
      exports.u32(base + index);
    }
    section(out, SECTION.EXPORT, this.#exports.length, exports.bytes);
    section(out, SECTION.CODE, this.#functions.length, this.code.bytes);
    return { bytes: out.bytes, codeOffset: out.length - this.code.length };
  }

  #import(module: string, name: string, kind: number): void {
    this.#importEntries++;
    this.#imports.name(module);
    this.#imports.name(name);
    this.#imports.u8(kind);
  }
}

function section(out: ByteWriter, id: number, count: number, content: Uint8Array): void {
  const head = new ByteWriter(8);
  head.u32(count);
  out.u8(id);
  out.u32(head.length + content.length);
  out.append(head.bytes);
  out.append(content);
}
