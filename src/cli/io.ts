/** What a command does to the world outside, handed in so that tests need no process. */
import type { Style } from '../report/index.ts';

/** A file being written. */
export interface OutputFile {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** A file or standard input in pieces. */
export interface InputStream {
  /** Bytes in all, where that is known. */
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A bar on the terminal. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

export interface Io {
  /** Adds text to standard output; lines bring their line feed along. */
  out(text: string): void;
  /** Adds text to standard error. */
  err(text: string): void;
  /** Resolves when standard output has taken what was added so far. */
  drain(): Promise<void>;
  /** Whether the reader of standard output is gone (EPIPE): nobody sees what would follow. */
  readonly closed: boolean;
  /** How to emphasise text on standard output. */
  readonly style: Style;
  /** A whole file; `-` is standard input. @throws {@link InputError} naming the file. */
  read(path: string): Promise<Uint8Array>;
  /** @throws {@link InputError} naming the file. */
  stream(path: string): Promise<InputStream>;
  /** Creates or empties a file. @throws {@link InputError} naming the file. */
  create(path: string): OutputFile;
  /** A bar on standard error, where that is a terminal and `busy` says that standard output leaves it alone. */
  progress(total: number, busy: { readonly printing: boolean }): Promise<Progress | undefined>;
  /** Calls back at Ctrl-C in place of ending the process; the result takes that back. */
  onInterrupt(handler: () => void): () => void;
}

/** A file that cannot be read or written, or whose contents are not what they should be. */
export class InputError extends Error {
  readonly path: string;
  constructor(path: string, rule: string, cause?: unknown) {
    super(`${path === '-' ? 'standard input' : path}: ${rule}`, { cause });
    this.name = 'InputError';
    this.path = path;
  }
}
