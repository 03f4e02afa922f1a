/** A loaded program as its user sees it. */
import { UnsupportedError } from './errors.ts';
import { disassemble } from './isa/index.ts';
import type { ProgramSpec } from './object/index.ts';
import { verdictName } from './prog-types/index.ts';
import type { BackendProgram, Replay, TestRunAttr, TestRunResult } from './test-run/index.ts';
import type { ProgTypeName } from './uapi/bpf.ts';

export class Program {
  readonly name: string;
  readonly spec: ProgramSpec;
  readonly #program: BackendProgram;

  constructor(spec: ProgramSpec, program: BackendProgram) {
    this.name = spec.name;
    this.spec = spec;
    this.#program = program;
  }

  /** As bpftool prints it: `xdp`, `sched_cls`, ... */
  get progType(): ProgTypeName {
    return this.spec.progType ?? 'unspec';
  }

  /**
   * Runs the program once, or `repeat` times on the same context, as `bpf(BPF_PROG_TEST_RUN)` does.
   * Map changes and edits to the packet persist from one repetition to the next.
   *
   * @param attr `dataIn` is the packet from its Ethernet header (network order, 14 bytes or more); `ctxIn`
   *   the type's context struct in host order, at most as long as the kernel's, zero-extended when shorter.
   * @returns `retval` of the last repetition (unsigned 32 bit), `duration` in ns per repetition, `dataOut` and
   *   `ctxOut`: fresh copies. With `errno: 'ENOSPC'` the output was cut to `dataSizeOut`, but the run took place.
   * @throws {@link TestRunError} The kernel would refuse `attr`; `errno` and `field` say how.
   * @throws {@link UnsupportedError} The type has no test run (ENOTSUPP, 524).
   * @throws {@link FaultError} The program was ended: a bad access, or the instruction limit.
   *
   * @example
   * const { retval } = program.testRun({ dataIn: ethernet().ipv4().tcp({ dport: 22 }).bytes() });
   */
  testRun(attr: TestRunAttr): TestRunResult {
    return this.#program.testRun(attr);
  }

  /** The name of a return value of this type (`XDP_DROP`, `TC_ACT_OK`), or the number as text. */
  verdict(retval: number): string {
    return verdictName(this.progType, retval);
  }

  /** Whether `createReplay` exists on this backend. */
  get canReplay(): boolean {
    return this.#program.createReplay !== undefined;
  }

  /**
   * A runner for many packets that allocates nothing per packet; outputs are views.
   * @throws {@link UnsupportedError} On the kernel backend: use `testRun`.
   */
  createReplay(): Replay {
    if (!this.#program.createReplay) throw new UnsupportedError('replay', 'only the simulated kernel has it');
    return this.#program.createReplay();
  }

  /** The linked instructions in the syntax of the kernel's verifier log, one line each. */
  disassemble(): string[] {
    return disassemble(this.spec.insns);
  }
}
