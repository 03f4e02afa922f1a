/** One replay: runs packets, prints each unless it is quiet, counts, and writes what left the program. */
import { TestRunError } from '../errors.ts';
import type { BpfObject, Program, TestRunAttr } from '../index.ts';
import type { CaptureReader, PcapWriter } from '../packet/index.ts';
import {
  errorJson,
  fateOf,
  packetJson,
  packetText,
  reportPacket,
  restoreLinkHeader,
  type Tally,
} from '../report/index.ts';
import { errorLine } from './error-line.ts';
import type { Io } from './io.ts';

export interface SessionOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Packets to run at most. */
  readonly limit: number;
  /** For every run: ctx_in, repeat, ... */
  readonly attr: Omit<TestRunAttr, 'dataIn'>;
}

/** Refused packets are told one by one up to here, then only counted. */
const TOLD_REFUSALS = 20;

interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Session {
  readonly #io: Io;
  readonly #object: BpfObject;
  readonly #program: Program;
  readonly #tally: Tally;
  readonly #writer: PcapWriter | undefined;
  readonly #options: SessionOptions;
  #start: Time | undefined;

  constructor(
    parts: { io: Io; object: BpfObject; program: Program; tally: Tally; writer: PcapWriter | undefined },
    options: SessionOptions,
  ) {
    this.#io = parts.io;
    this.#object = parts.object;
    this.#program = parts.program;
    this.#tally = parts.tally;
    this.#writer = parts.writer;
    this.#options = options;
  }

  /** Runs the packets that the reader has whole. @returns false once the limit is reached. */
  runFrom(reader: CaptureReader): boolean {
    const { limit } = this.#options;
    const plain = Object.keys(this.#options.attr).length === 0;
    if (this.#options.quiet && plain && this.#program.canReplay) this.#replay(reader);
    else while (reader.number < limit && reader.next()) this.runPacket(reader.number, reader, reader.data);
    return reader.number < limit;
  }

  /** The path without output: nothing is allocated per packet. */
  #replay(reader: CaptureReader): void {
    const { limit } = this.#options;
    const [object, tally, writer] = [this.#object, this.#tally, this.#writer];
    const replay = this.#program.createReplay();
    while (reader.number < limit && reader.next()) {
      object.setTimeParts(reader.seconds, reader.nanoseconds);
      try {
        const retval = replay.run(reader.bytes, reader.offset, reader.length);
        tally.count(retval);
        if (writer) {
          this.#write(reader, retval, reader.data, replay.dataOut());
          this.#collect(reader);
        }
      } catch (error) {
        this.#refused(reader.number, error);
      }
    }
    this.#collect(reader);
  }

  /** Counts what the runs since the last call sent, so that it does not pile up. */
  #collect(time: Time): void {
    const effects = this.#object.takeEffects();
    this.#tally.add(effects);
    for (const { data } of effects.transmitted) this.#writer?.write({ ...timeOf(time), data });
  }

  /** One run with all that is to be known about it. */
  runPacket(number: number, time: Time, dataIn: Uint8Array): void {
    const { json, quiet, attr } = this.#options;
    const { name, progType } = this.#program;
    const start = (this.#start ??= { seconds: time.seconds, nanoseconds: time.nanoseconds });
    this.#object.setTimeParts(time.seconds, time.nanoseconds);
    try {
      const result = this.#program.testRun({ ...attr, dataIn });
      this.#tally.count(result.retval);
      this.#tally.add(result.effects);
      this.#write(time, result.retval, dataIn, result.dataOut);
      for (const { data } of result.effects.transmitted) this.#writer?.write({ ...timeOf(time), data });
      if (quiet) return;
      const verdict = this.#program.verdict(result.retval);
      const { seconds, nanoseconds } = time;
      const report = reportPacket({
        number,
        seconds,
        nanoseconds,
        program: name,
        progType,
        verdict,
        dataIn,
        result,
      });
      if (json) this.#io.out(`${JSON.stringify(packetJson(report))}\n`);
      else this.#io.out(`${packetText(report, this.#io.style, start).join('\n')}\n`);
    } catch (error) {
      this.#refused(number, error);
    }
  }

  /** A packet that is no input for this type of program does not stop the others; everything else does. */
  #refused(number: number, error: unknown): void {
    if (!(error instanceof TestRunError)) throw error;
    this.#tally.refused++;
    if (this.#options.json && !this.#options.quiet)
      this.#io.out(`${JSON.stringify(errorJson(number, error))}\n`);
    if (this.#tally.refused <= TOLD_REFUSALS) this.#io.err(`bpfrun: packet ${number}: ${errorLine(error)}\n`);
    if (this.#tally.refused === TOLD_REFUSALS)
      this.#io.err('bpfrun: further refused packets are only counted\n');
  }

  #write(time: Time, retval: number, dataIn: Uint8Array, dataOut: Uint8Array): void {
    if (!this.#writer || fateOf(this.#program.progType, retval) === 'dropped') return;
    this.#writer.write({ ...timeOf(time), data: restoreLinkHeader(this.#program.progType, dataIn, dataOut) });
  }
}

function timeOf({ seconds, nanoseconds }: Time): Time {
  return { seconds, nanoseconds };
}
