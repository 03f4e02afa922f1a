/** The kernel as one more engine: maps are made once, programs are loaded and closed one after the other. */
import { closeSync } from 'node:fs';
import { VerifierError } from '../../src/errors.ts';
import type { Insn } from '../../src/isa/index.ts';
import { encodeFuncInfo, loadBtf, madeUpBtf, madeUpFuncInfo } from '../../src/kernel/btf.ts';
import { kernelBackend } from '../../src/kernel/index.ts';
import { createMap, type KernelMap, setFdSlot } from '../../src/kernel/map.ts';
import { loadProgram } from '../../src/kernel/program.ts';
import { type Bpf, openBpf } from '../../src/kernel/syscall.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import { type ProgramSpec, rawObject } from '../../src/object/index.ts';
import { ctxSize } from '../../src/prog-types/index.ts';
import {
  type Answer,
  answerOf,
  type DiffInput,
  fillMaps,
  MAP_SPECS,
  type Named,
  tailTarget,
} from './diff-case.ts';
import type { DiffType } from './program-scope.ts';

const DATA_SIZE = 256;

export interface KernelProgramRun {
  run(input: DiffInput): Answer;
  close(): void;
}

/** @throws {@link UnsupportedError} There is no kernel to be had, {@link MapError}, {@link VerifierError}. */
export async function openKernelEngines({
  quiet,
}: {
  readonly quiet: boolean;
}): Promise<(progType: DiffType) => KernelEngine> {
  // Says by name what is missing where programs cannot be loaded.
  await kernelBackend();
  const bpf = await openBpf();
  const engines = new Map<DiffType, KernelEngine>();
  const engineOf = (progType: DiffType): KernelEngine => {
    const engine = engines.get(progType) ?? new KernelEngine(bpf, progType, quiet);
    engines.set(progType, engine);
    return engine;
  };
  return engineOf;
}

export class KernelEngine {
  readonly #bpf: Bpf;
  readonly #progType: DiffType;
  readonly #quiet: boolean;
  readonly #maps: readonly KernelMap[];
  readonly #named: Named<KernelMap>;

  constructor(bpf: Bpf, progType: DiffType, quiet: boolean) {
    this.#bpf = bpf;
    this.#quiet = quiet;
    this.#progType = progType;
    this.#maps = MAP_SPECS.map((spec) => createMap(bpf, spec));
    const [values, table, result, tails, direct] = this.#maps as readonly KernelMap[];
    if (!values || !table || !result || !tails || !direct) throw new RangeError('a map is missing');
    this.#named = { values, table, result, direct };
    const target = this.#load(
      rawObject({ progType, insns: tailTarget(progType) }).programs[0] as ProgramSpec,
    );
    setFdSlot(tails, 0, target);
    closeSync(target);
  }

  /** @returns the verifier's last words where it refuses. */
  load(insns: readonly Insn[]): KernelProgramRun | string {
    const spec = rawObject({ progType: this.#progType, insns }).programs[0] as ProgramSpec;
    let fd: number;
    try {
      fd = this.#load(spec);
    } catch (error) {
      if (error instanceof VerifierError) return error.message;
      throw error;
    }
    const ctxSizeOut = this.#progType === 'xdp' ? undefined : ctxSize(this.#progType);
    return {
      run: (input) => {
        fillMaps(this.#named, input);
        const attr = { dataIn: input.packet, dataSizeOut: DATA_SIZE, ctxSizeOut };
        return answerOf(testRun(this.#bpf, fd, this.#progType, attr), this.#named);
      },
      close: () => closeSync(fd),
    };
  }

  #load(spec: ProgramSpec): number {
    const mapFds = this.#maps.map(({ fd }) => fd);
    const btfFd = spec.functions.length > 1 ? loadBtf(this.#bpf, madeUpBtf(spec)) : undefined;
    try {
      const funcInfo = encodeFuncInfo(madeUpFuncInfo(spec));
      const info = btfFd === undefined ? undefined : { btfFd, funcInfo, lineInfo: new Uint8Array(0) };
      return loadProgram(this.#bpf, spec, { license: 'GPL', mapFds, info, quiet: this.#quiet });
    } finally {
      if (btfFd !== undefined) closeSync(btfFd);
    }
  }
}
