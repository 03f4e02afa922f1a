/** Io for tests: files and streams in memory, everything printed kept. */

import { InputError, type InputStream, type Io, type OutputFile, type Progress } from '../src/cli/io.ts';
import { PLAIN, type Style } from '../src/report/index.ts';

export class MemoryIo implements Io {
  readonly files = new Map<string, Uint8Array>();
  readonly style: Style = PLAIN;
  closed = false;
  output = '';
  errors = '';
  /** Called before each line is taken; a test may interrupt there. */
  onOutput: (text: string) => void = () => {};
  #interrupt: (() => void) | undefined;

  constructor(files: Readonly<Record<string, Uint8Array | string>> = {}) {
    for (const [path, contents] of Object.entries(files))
      this.files.set(path, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
  }

  get lines(): string[] {
    return this.output.split('\n').slice(0, -1);
  }

  get json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#interrupt?.();
  }

  out(text: string): void {
    this.onOutput(text);
    this.output += text;
  }

  err(text: string): void {
    this.errors += text;
  }

  async drain(): Promise<void> {}

  async read(path: string): Promise<Uint8Array> {
    const bytes = this.files.get(path);
    if (!bytes) throw new InputError(path, 'no such file');
    return bytes;
  }

  async stream(path: string): Promise<InputStream> {
    const bytes = await this.read(path);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    return { size: bytes.length, chunks: chunks() };
  }

  create(path: string): OutputFile {
    this.files.set(path, new Uint8Array(0));
    return {
      write: (bytes) => {
        const before = this.files.get(path) ?? new Uint8Array(0);
        const joined = new Uint8Array(before.length + bytes.length);
        joined.set(before);
        joined.set(bytes, before.length);
        this.files.set(path, joined);
      },
      close: () => {},
    };
  }

  async progress(): Promise<Progress | undefined> {
    return undefined;
  }

  onInterrupt(handler: () => void): () => void {
    this.#interrupt = handler;
    return () => {
      this.#interrupt = undefined;
    };
  }
}
