/** `bpfrun run`: one program over a capture, a packet, or data of a file. */
import { isBpfError, PcapError, UsageError } from '../errors.ts';
import type { Backend, BpfObject, Program, TestRunAttr } from '../index.ts';
import type { PcapWriter } from '../packet/index.ts';
import type { Tally } from '../report/index.ts';
import { chooseProgram, reachable } from './choose-program.ts';
import { defineCommand, type OptionSpec, type OptionValues } from './command.ts';
import { errorLine, exitCodeOf } from './error-line.ts';
import type { Io, OutputFile } from './io.ts';
import { fillMaps } from './maps-file.ts';
import type { Session } from './session.ts';
import { parseSettings } from './set-option.ts';

const OPTIONS = {
  prog: { type: 'text', value: 'NAME', help: 'program to run; may be left out when the object holds one' },
  pcap: {
    type: 'text',
    value: 'FILE',
    help: 'run over each packet of a capture (pcap or pcapng, - is standard input)',
  },
  packet: { type: 'text', value: 'HEX', help: 'run over one packet, from its Ethernet header' },
  dataIn: { type: 'text', value: 'FILE', help: 'run over one packet: the bytes of a file' },
  ctxIn: { type: 'text', value: 'FILE', help: "the context struct's bytes (ctx_in); asks for ctx_out too" },
  ctxOut: { type: 'flag', help: 'ask for the context after the run (ctx_out)' },
  repeat: { type: 'count', value: 'N', help: 'repeat each run on the same packet' },
  limit: { type: 'count', value: 'N', help: 'run over the first N packets only' },
  maps: {
    type: 'text',
    value: 'FILE',
    help: 'fill maps before the run: {"map": [{"key": ..., "value": ...}]}',
  },
  set: { type: 'list', value: 'VAR=VALUE', help: 'set a global variable or constant; may be repeated' },
  writePcap: { type: 'text', value: 'FILE', help: 'write what left the program (nanosecond pcap)' },
  json: { type: 'flag', help: 'one JSON object a line: a packet each, then the summary' },
  quiet: { type: 'flag', help: 'the summary only' },
  backend: {
    type: 'text',
    choices: ['sim', 'kernel'],
    value: 'NAME',
    help: 'who runs it: sim (default), or the real kernel',
  },
  trust: { type: 'flag', help: 'run without checking accesses: for programs that the verifier accepted' },
  insnLimit: { type: 'count', value: 'N', help: 'end a run after N instructions (default one million)' },
} as const satisfies Record<string, OptionSpec>;
type Options = OptionValues<typeof OPTIONS>;

export const run = defineCommand({
  name: 'run',
  summary: 'Run a program over packets and say what it did to each',
  operands: ['object'],
  options: OPTIONS,
  async run(io, [path = '-'], options) {
    checkUsage(path, options);
    const { load, parseObject } = await import('../index.ts');
    const globals = parseSettings(options.set ?? []);
    const spec = parseObject(await io.read(path));
    const chosen = chooseProgram(spec, options.prog);
    const backend = options.backend === 'kernel' ? await openKernel() : undefined;
    const object = load(spec, {
      globals,
      programs: reachable(spec, chosen),
      ...(backend ? { backend } : {}),
      ...(options.trust ? { trust: true } : {}),
      ...(options.insnLimit === undefined ? {} : { insnLimit: options.insnLimit }),
    });
    try {
      if (options.maps !== undefined) fillMaps(object, options.maps, await io.read(options.maps));
      return await replay(io, object, object.program(chosen.name), options);
    } finally {
      object.close();
    }
  },
});

function checkUsage(path: string, { pcap, packet, dataIn, ctxIn, maps }: Options): void {
  const sources = Object.entries({ '--pcap': pcap, '--packet': packet, '--data-in': dataIn }).filter(
    ([, value]) => value !== undefined,
  );
  if (sources.length === 0)
    throw new UsageError('', 'nothing to run over: give --pcap, --packet or --data-in');
  if (sources.length > 1) throw new UsageError(sources.map(([name]) => name).join(', '), 'give one of them');
  if ([path, pcap, dataIn, ctxIn, maps].filter((name) => name === '-').length > 1) {
    throw new UsageError('-', 'only one input can come from standard input');
  }
}

async function openKernel(): Promise<Backend> {
  const { kernelBackend } = await import('../kernel/index.ts');
  return kernelBackend();
}

/** Runs, then tells the totals: also of a replay that an error or Ctrl-C ended. */
async function replay(io: Io, object: BpfObject, program: Program, options: Options): Promise<number> {
  const { compareMaps, errorJson, readMaps, summarizeRun, summaryJson, summaryText, Tally } = await import(
    '../report/index.ts'
  );
  const { PcapWriter } = await import('../packet/index.ts');
  const file = options.writePcap === undefined ? undefined : io.create(options.writePcap);
  const writer = file && new PcapWriter((bytes) => file.write(bytes));
  const tally = new Tally();
  const before = readMaps(object.maps);
  const started = performance.now();
  let interrupted = false;
  let failure: unknown;
  try {
    interrupted = await runPackets(io, { object, program, tally, writer }, options);
    finish(writer, file);
  } catch (error) {
    failure = error;
    // Before the totals, so that the cause stands next to the packet it struck.
    const packet = packetAtFault(error, tally.packets + tally.refused + 1);
    if (options.json) io.out(`${JSON.stringify(errorJson(packet, error))}\n`);
    await io.drain();
    const place =
      packet > 0 && options.pcap !== undefined && !(error instanceof PcapError) ? `packet ${packet}: ` : '';
    io.err(`bpfrun: ${place}${errorLine(error)}\n`);
    finish(writer, file);
  }
  const summary = summarizeRun(tally, {
    program: program.name,
    backend: options.backend === 'kernel' ? 'kernel' : 'sim',
    interrupted,
    elapsedSeconds: (performance.now() - started) / 1000,
    maps: compareMaps(before, readMaps(object.maps)),
    verdictName: (retval) => program.verdict(retval),
  });
  if (options.json) io.out(`${JSON.stringify(summaryJson(summary))}\n`);
  else io.out(`${summaryText(summary, io.style).join('\n')}\n`);
  if (failure !== undefined) return exitCodeOf(failure);
  if (interrupted) return 130;
  return summary.refused > 0 ? 1 : 0;
}

/** The packet that an error belongs to: the capture's, or the one that was to run next. 0: none. */
function packetAtFault(error: unknown, next: number): number {
  if (error instanceof PcapError) return error.packet;
  return isBpfError(error) && error.code !== 'ERR_BPF_USAGE' ? next : 0;
}

function finish(writer: PcapWriter | undefined, file: OutputFile | undefined): void {
  writer?.flush();
  file?.close();
}

/** @returns whether Ctrl-C ended it. */
async function runPackets(
  io: Io,
  parts: { object: BpfObject; program: Program; tally: Tally; writer: PcapWriter | undefined },
  options: Options,
): Promise<boolean> {
  const { Session } = await import('./session.ts');
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const attr = await runAttr(io, parts.program, options);
  const session = new Session(
    { io, ...parts },
    { json: options.json ?? false, quiet: options.quiet ?? false, limit, attr },
  );
  if (options.pcap !== undefined) return runCapture(io, session, options.pcap, options);
  const { fromHex } = await import('../bytes/index.ts');
  const data =
    options.packet === undefined ? await io.read(options.dataIn ?? '-') : fromHex(options.packet, '--packet');
  if (limit > 0) session.runPacket(1, { seconds: 0, nanoseconds: 0 }, data);
  return false;
}

/** What every run is given besides its packet. Empty when that is nothing: the session then takes its fast path. */
async function runAttr(io: Io, program: Program, options: Options): Promise<Omit<TestRunAttr, 'dataIn'>> {
  const { ctxSize } = await import('../prog-types/index.ts');
  const ctxIn = options.ctxIn === undefined ? undefined : await io.read(options.ctxIn);
  return {
    ...(ctxIn ? { ctxIn } : {}),
    ...(ctxIn || options.ctxOut ? { ctxSizeOut: ctxSize(program.progType) } : {}),
    ...(options.repeat === undefined ? {} : { repeat: options.repeat }),
  };
}

async function runCapture(
  io: Io,
  session: Session,
  path: string,
  { json, quiet }: Options,
): Promise<boolean> {
  const { CaptureReader, LINKTYPE_ETHERNET } = await import('../packet/index.ts');
  const reader = new CaptureReader({ linkType: LINKTYPE_ETHERNET });
  const { size, chunks } = await io.stream(path);
  const progress =
    size === undefined ? undefined : await io.progress(size, { printing: !quiet || json === true });
  let interrupted = false;
  const restore = io.onInterrupt(() => {
    interrupted = true;
  });
  let done = 0;
  try {
    for await (const chunk of chunks) {
      reader.push(chunk);
      if (!session.runFrom(reader)) return false;
      await io.drain();
      if (interrupted) return true;
      if (io.closed) return false;
      done += chunk.length;
      progress?.update(done);
    }
    reader.finish();
    session.runFrom(reader);
    return interrupted;
  } finally {
    restore();
    progress?.stop();
  }
}
