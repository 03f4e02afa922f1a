/** A truth case is data: a program, maps, steps. Run on a backend it gives outcomes that can be written to a file. */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../src/bytes/index.ts';
import { FaultError, isBpfError, UnsupportedError } from '../src/errors.ts';
import { assemble, type Insn } from '../src/isa/index.ts';
import { type RawMap, rawObject } from '../src/object/index.ts';
import type { Backend, BackendMap, BackendObject } from '../src/test-run/backend.ts';
import type { AttachTypeName, ProgTypeName } from '../src/uapi/bpf.ts';

/** Bytes are hex text everywhere, so that a case can be printed. */
export interface RunStep {
  readonly op: 'run';
  readonly dataIn?: string;
  /** A buffer of `size` bytes filled with 0xee beforehand, or `null` for NULL; `dataSizeOut` alone works as in TestRunAttr. */
  readonly dataOut?: number | null;
  readonly dataSizeOut?: number;
  readonly ctxIn?: string;
  readonly ctxOut?: number | null;
  readonly ctxSizeOut?: number;
  readonly repeat?: number;
  readonly flags?: number;
  readonly cpu?: number;
  readonly batchSize?: number;
}

export type MapStep =
  | { readonly op: 'lookup'; readonly map: string; readonly key: string; readonly flags?: number }
  | { readonly op: 'lookupAndDelete'; readonly map: string; readonly key: string; readonly flags?: number }
  | {
      readonly op: 'update';
      readonly map: string;
      readonly key: string;
      readonly value: string;
      readonly flags?: number;
    }
  | { readonly op: 'delete'; readonly map: string; readonly key: string }
  /** Without a key: the first one. */
  | { readonly op: 'next'; readonly map: string; readonly key?: string }
  | { readonly op: 'freeze'; readonly map: string }
  /** All keys with their values, sorted by key: hash tables have no order of their own. */
  | { readonly op: 'dump'; readonly map: string };

export type Step = RunStep | MapStep;

export interface TruthCase {
  readonly name: string;
  /** Assembly text or instructions; a case without a program only creates maps and uses them. */
  readonly program?: string | readonly Insn[];
  readonly progType?: ProgTypeName;
  readonly attachType?: AttachTypeName;
  readonly progFlags?: number;
  readonly maps?: readonly RawMap[];
  readonly steps: readonly Step[];
}

export type Outcome = Readonly<Record<string, string | number | readonly string[] | null>>;

/** Longer outputs are kept as length and digest. */
const LONG = 4096;
const bytesText = (bytes: Uint8Array): string =>
  bytes.length <= LONG
    ? toHex(bytes)
    : `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`;

/** What a backend refused or ended becomes an outcome too; what it cannot do is thrown. */
function refusal(error: unknown): Outcome {
  if (error instanceof UnsupportedError && error.errno === undefined) throw error;
  if (error instanceof FaultError || !isBpfError(error) || error.errno === undefined) throw error;
  return { errno: error.errno };
}

function outcomeOf(action: () => Outcome): Outcome {
  try {
    return action();
  } catch (error) {
    return refusal(error);
  }
}

/** Loads and runs a case. The first outcome is that of loading; when it fails, it is the only one. */
export function runCase(backend: Backend, test: TruthCase): Outcome[] {
  let object: BackendObject;
  const program = test.program ?? 'r0 = 0; exit';
  try {
    object = backend.load(
      rawObject({
        insns: typeof program === 'string' ? assembleFor(test, program) : program,
        progType: test.progType ?? 'xdp',
        ...(test.attachType ? { attachType: test.attachType } : {}),
        flags: test.progFlags ?? 0,
        maps: test.maps ?? [],
      }),
      test.program === undefined ? { programs: [] } : {},
    );
  } catch (error) {
    return [refusal(error)];
  }
  try {
    return [{}, ...test.steps.map((step) => outcomeOf(() => runStep(object, step)))];
  } finally {
    object.close();
  }
}

function assembleFor(test: TruthCase, text: string): readonly Insn[] {
  const names = (test.maps ?? []).map(({ name }, index) => name ?? `map${index}`);
  return assemble(text, { mapIndex: (name) => (names.includes(name) ? names.indexOf(name) : undefined) });
}

function runStep(object: BackendObject, step: Step): Outcome {
  if (step.op === 'run') return runProgram(object, step);
  const map = object.map(step.map);
  switch (step.op) {
    case 'lookup':
      return { value: toHex(map.lookup(fromHex(step.key), step.flags)) };
    case 'lookupAndDelete':
      return { value: toHex(map.lookupAndDelete(fromHex(step.key), step.flags)) };
    case 'update':
      map.update(fromHex(step.key), fromHex(step.value), step.flags);
      return {};
    case 'delete':
      map.delete(fromHex(step.key));
      return {};
    case 'next': {
      const next = map.nextKey(step.key === undefined ? undefined : fromHex(step.key));
      return { key: next ? toHex(next) : null };
    }
    case 'freeze':
      map.freeze();
      return {};
    case 'dump':
      return { entries: dump(map) };
  }
}

/** `key=value` in hex, sorted. */
export function dump(map: BackendMap): string[] {
  const entries: string[] = [];
  for (let key = map.nextKey(undefined); key; key = map.nextKey(key)) {
    entries.push(`${toHex(key)}=${bytesText(map.lookup(key))}`);
  }
  return entries.sort();
}

const prefilled = (size: number | null | undefined): Uint8Array | null | undefined =>
  typeof size === 'number' ? new Uint8Array(size).fill(0xee) : size;

function runProgram(object: BackendObject, step: RunStep): Outcome {
  const dataOut = prefilled(step.dataOut);
  const ctxOut = prefilled(step.ctxOut);
  const ctxIn = step.ctxIn === undefined ? undefined : fromHex(step.ctxIn);
  const buffers = (): Outcome => ({
    ...(dataOut ? { dataBuffer: bytesText(dataOut) } : {}),
    ...(ctxOut ? { ctxBuffer: bytesText(ctxOut) } : {}),
    // syscall programs write into it
    ...(ctxIn && toHex(ctxIn) !== step.ctxIn ? { ctxInBuffer: bytesText(ctxIn) } : {}),
  });
  try {
    const result = object.program('prog').testRun({
      dataIn: step.dataIn === undefined ? undefined : fromHex(step.dataIn),
      dataOut,
      dataSizeOut: step.dataSizeOut,
      ctxIn,
      ctxOut,
      ctxSizeOut: step.ctxSizeOut,
      repeat: step.repeat,
      flags: step.flags,
      cpu: step.cpu,
      batchSize: step.batchSize,
    });
    return {
      ...(result.errno ? { errno: result.errno } : {}),
      retval: result.retval,
      ...(dataOut === undefined ? { dataOut: bytesText(result.dataOut) } : {}),
      dataSizeOut: result.dataSizeOut,
      ...(ctxOut === undefined && result.ctxOut ? { ctxOut: bytesText(result.ctxOut) } : {}),
      ...(step.ctxOut !== undefined || step.ctxSizeOut ? { ctxSizeOut: result.ctxSizeOut } : {}),
      ...buffers(),
    };
  } catch (error) {
    return { ...refusal(error), ...buffers() };
  }
}
