/** Io on a Node process: files, standard streams, signals, terminal. */
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { styleText } from 'node:util';
import { PLAIN, type Style } from '../report/index.ts';
import { InputError, type InputStream, type Io, type OutputFile, type Progress } from './io.ts';

/** Text is handed to the system in pieces of about this many characters. */
const FLUSH_SIZE = 1 << 16;
const CHUNK_SIZE = 1 << 18;

type Colour = Parameters<typeof styleText>[0];

/** `styleText` asks the stream and NO_COLOR, FORCE_COLOR itself. */
function styleOf(stream: NodeJS.WriteStream): Style {
  const probe = coloured('bold', stream)('x');
  if (probe === 'x') return PLAIN;
  return {
    strong: coloured('bold', stream),
    faint: coloured('gray', stream),
    good: coloured('green', stream),
    bad: coloured('red', stream),
    special: coloured('cyan', stream),
  };
}

function coloured(colour: Colour, stream: NodeJS.WriteStream): (text: string) => string {
  const options = { stream, validateStream: true } as Parameters<typeof styleText>[2];
  const enabled = (process.env['FORCE_COLOR'] ?? '') !== '' || stream.isTTY === true;
  return (text) => (enabled ? styleText(colour, text, options) : text);
}

class NodeIo implements Io {
  readonly style: Style = styleOf(process.stdout);
  #text = '';
  #closed = false;
  #full = false;
  #first = true;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#closed = true;
      process.stdout.emit('drain');
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  out(text: string): void {
    this.#text += text;
    // The first line goes out at once: it shows that the run has begun.
    if (this.#first || this.#text.length >= FLUSH_SIZE) this.#flush();
    this.#first = false;
  }

  err(text: string): void {
    process.stderr.write(text);
  }

  #flush(): void {
    const text = this.#text;
    this.#text = '';
    if (!this.#closed && text !== '') this.#full = !process.stdout.write(text);
  }

  async drain(): Promise<void> {
    this.#flush();
    if (!this.#full || this.#closed) return;
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
    this.#full = false;
  }

  async read(path: string): Promise<Uint8Array> {
    if (path !== '-') return readFile(path).catch((error: unknown) => refuse(path, 'read', error));
    const parts: Uint8Array[] = [];
    for await (const chunk of process.stdin) parts.push(chunk as Uint8Array);
    return Buffer.concat(parts);
  }

  async stream(path: string): Promise<InputStream> {
    if (path === '-') return { size: undefined, chunks: process.stdin as AsyncIterable<Uint8Array> };
    const info = await stat(path).catch((error: unknown) => refuse(path, 'read', error));
    return { size: info.isFile() ? info.size : undefined, chunks: chunksOf(path) };
  }

  create(path: string): OutputFile {
    const attempt = <T>(action: () => T): T => {
      try {
        return action();
      } catch (error) {
        return refuse(path, 'write', error);
      }
    };
    const file = attempt(() => openSync(path, 'w'));
    return {
      write: (bytes) => {
        attempt(() => {
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        });
      },
      close: () => closeSync(file),
    };
  }

  async progress(total: number, { printing }: { readonly printing: boolean }): Promise<Progress | undefined> {
    if (!process.stderr.isTTY || (printing && process.stdout.isTTY)) return undefined;
    const { SingleBar } = (await import('cli-progress')).default;
    const bar = new SingleBar({
      clearOnComplete: true,
      format: '{bar} {percentage} % | {eta_formatted} left',
    });
    bar.start(total, 0);
    return { update: (done) => bar.update(done), stop: () => bar.stop() };
  }

  onInterrupt(handler: () => void): () => void {
    const listener = (): void => {
      // The second Ctrl-C ends the process as usual.
      process.removeListener('SIGINT', listener);
      handler();
    };
    process.on('SIGINT', listener);
    return () => {
      process.removeListener('SIGINT', listener);
    };
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_SIZE }))
      yield chunk as Uint8Array;
  } catch (error) {
    refuse(path, 'read', error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOSPC: 'no space left on the device',
};

function refuse(path: string, action: 'read' | 'write', error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  throw new InputError(path, `cannot ${action} it: ${REASONS[code] ?? code}`, error);
}

export function nodeIo(): Io {
  return new NodeIo();
}
