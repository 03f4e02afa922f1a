/**
 * The attribute block of BPF_PROG_TEST_RUN and its result, with libbpf's names (`struct bpf_test_run_opts`).
 * Both backends, the simulated kernel and the real one, take this and give that.
 */
import type { PerfRecord, RedirectTarget, RingRecord, TransmittedPacket } from '../machine/index.ts';
import type { Errno } from '../uapi/errno.ts';

export type { PerfRecord, RedirectTarget, RingRecord, TransmittedPacket };

/** Asks a run to end, as a signal does in the kernel. An AbortSignal is one. */
export interface RunSignal {
  readonly aborted: boolean;
}

export interface TestRunAttr {
  /** The packet from its Ethernet header (network order), or what the type takes as data. */
  readonly dataIn?: Uint8Array | undefined;
  /** The context struct in host (little endian) order. Shorter ones are zero-extended. */
  readonly ctxIn?: Uint8Array | undefined;
  /**
   * Capacity of data_out. Undefined: as much as it takes. A number: the kernel's rules for that size hold, 0 meaning
   * "no limit". `null`: data_out is NULL and nothing is copied; give `dataSizeOut` to probe.
   */
  readonly dataOut?: Uint8Array | null | undefined;
  readonly dataSizeOut?: number | undefined;
  /** Capacity of ctx_out; undefined or null: no ctx_out. `true`-like use: pass the struct's size. */
  readonly ctxOut?: Uint8Array | null | undefined;
  readonly ctxSizeOut?: number | undefined;
  /** Repetitions on the same context; 0 means 1. */
  readonly repeat?: number | undefined;
  readonly flags?: number | undefined;
  readonly cpu?: number | undefined;
  readonly batchSize?: number | undefined;
  /**
   * Ends the run with EINTR when it is aborted and repetitions remain; what finished rounds did to maps stays. It is
   * asked after each repetition, so a run of one never ends so. Simulated kernel only.
   */
  readonly signal?: RunSignal | undefined;
}

/** What the kernel's answer cannot carry. Absent on the kernel backend where it cannot be had. */
export interface Effects {
  readonly printk: readonly string[];
  /** Of every CPU, as if somebody read each; see LoadOptions.perfReaders. */
  readonly perf: readonly PerfRecord[];
  /** Each record once: the ring buffer is empty after the run, as if somebody read it at once. */
  readonly ring: readonly RingRecord[];
  readonly transmitted: readonly TransmittedPacket[];
  readonly redirect: RedirectTarget | undefined;
}

export interface TestRunResult {
  /** `'ENOSPC'` when an output was cut; the run took place all the same. Otherwise null: refusals are thrown. */
  readonly errno: Errno | null;
  /** r0 of the last repetition, unsigned 32 bit. */
  readonly retval: number;
  /** ns per repetition. */
  readonly duration: number;
  /** Yours to keep; small ones are views of a shared buffer, so copy before you transfer `dataOut.buffer`. */
  readonly dataOut: Uint8Array;
  /** Real size of the data, also when it was cut or not copied. */
  readonly dataSizeOut: number;
  readonly ctxOut: Uint8Array | undefined;
  readonly ctxSizeOut: number;
  readonly effects: Effects;
}
