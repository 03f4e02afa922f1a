/** Everything a user does with a file, in the order of `bpfrun`: whatever is wrong must come out as one of our errors. */
import { decodeValue, encodeValue } from '../../src/btf/index.ts';
import { check } from '../../src/cli/check.ts';
import { dispatch } from '../../src/cli/command.ts';
import { disasm } from '../../src/cli/disasm.ts';
import { isExpected } from '../../src/cli/error-line.ts';
import { inspect } from '../../src/cli/inspect.ts';
import type { Io } from '../../src/cli/io.ts';
import { InternalError, isBpfError, MapError } from '../../src/errors.ts';
import { type ObjectSpec, parseObject, rawObject } from '../../src/object/index.ts';
import { CaptureReader, parseLayers, readCapture, summarize } from '../../src/packet/index.ts';
import { PLAIN } from '../../src/report/index.ts';
import { type BackendObject, type BackendProgram, simBackend } from '../../src/test-run/index.ts';
import type { Seed } from './seeds.ts';

/** Of the machine that programs run in: a damaged max_entries may ask for gigabytes, and would get them. */
const MAX_MEMORY = 32 << 20;
/** Tried first: large memories cost time. */
const SMALL_MEMORY = 2 << 20;
/** Enough for every honest program here; a damaged loop ends soon. */
const INSN_LIMIT = 100_000;
const PACKET = Uint8Array.from({ length: 64 }, (_, at) => (at === 12 ? 8 : at === 14 ? 0x45 : at));
const BTF_TYPES = 16;

/** Takes the code of each refusal, or `ok`. */
export type Count = (outcome: string) => void;
type Guard = <T>(step: () => T) => T | undefined;

/** Throws what is not ours, and what we call our own mistake. */
export async function exercise({ kind, bytes }: Pick<Seed, 'kind' | 'bytes'>, count: Count): Promise<void> {
  const tell = (error: unknown): void => {
    if (!isExpected(error) || error instanceof InternalError) throw error;
    count(isBpfError(error) ? error.code : error.name);
  };
  const guarded: Guard = (step) => {
    try {
      return step();
    } catch (error) {
      tell(error);
      return undefined;
    }
  };
  if (kind === 'capture') exerciseCapture(bytes, guarded, count);
  else await exerciseObject(bytes, guarded, tell, count);
}

async function exerciseObject(
  bytes: Uint8Array,
  guarded: Guard,
  tell: (error: unknown) => void,
  count: Count,
): Promise<void> {
  const spec = guarded(() => parseObject(bytes));
  if (!spec) return;
  for (const argv of [
    ['inspect', '-', '--types'],
    ['inspect', '-', '--json'],
    ['disasm', '-'],
    ['check', '-'],
  ]) {
    await command(argv, bytes).catch(tell);
  }
  convertValues(spec, guarded);
  const chosen = new Set([spec.programs[0], spec.programs.at(-1)].flatMap((program) => program?.name ?? []));
  for (const name of chosen) {
    const loaded = guarded(() => load(spec, name));
    if (!loaded) continue;
    const result = guarded(() => loaded.program(name).testRun({ dataIn: PACKET, repeat: 2 }));
    for (const map of loaded.maps) {
      const key = guarded(() => map.nextKey(undefined));
      if (key) guarded(() => map.lookup(key));
    }
    loaded.close();
    if (result) count('ok');
  }
  if (chosen.size === 0) count('ok, no program');
}

function load(spec: ObjectSpec, name: string): BackendObject {
  const within = (memory: number): BackendObject =>
    simBackend({ memory, insnLimit: INSN_LIMIT }).load(spec, { programs: [name] });
  try {
    return within(SMALL_MEMORY);
  } catch (error) {
    if (error instanceof MapError) return within(MAX_MEMORY);
    throw error;
  }
}

/** One command of the command line on these bytes, its output thrown away. */
async function command(argv: readonly string[], bytes: Uint8Array): Promise<void> {
  const nowhere = (): never => {
    throw new InternalError('this command writes no file');
  };
  const io: Io = {
    out: () => {},
    err: () => {},
    drain: () => Promise.resolve(),
    closed: false,
    style: PLAIN,
    read: () => Promise.resolve(bytes),
    stream: nowhere,
    create: nowhere,
    progress: nowhere,
    onInterrupt: nowhere,
  };
  await dispatch(argv, io, { name: 'bpfrun', summary: '', version: '', commands: [inspect, disasm, check] });
}

/** Values through the types that the BTF claims they have, and back. */
function convertValues({ btf, maps }: ObjectSpec, guarded: Guard): void {
  if (!btf) return;
  for (const { keyTypeId, keySize, valueTypeId, data } of maps) {
    if (valueTypeId !== 0 && data) guarded(() => decodeValue(btf, valueTypeId, data));
    if (keyTypeId === 0 || keySize > 4096) continue;
    guarded(() => encodeValue(btf, keyTypeId, decodeValue(btf, keyTypeId, new Uint8Array(keySize))));
  }
  for (let i = 0; i < BTF_TYPES; i++) {
    const typeId = Math.floor((i * btf.types.length) / BTF_TYPES);
    guarded(() => decodeValue(btf, typeId, new Uint8Array(64)));
  }
}

/** Answers with a byte of the packet, after a look at its end. */
const READER = rawObject({
  progType: 'xdp',
  insns: Uint8Array.from([
    ...[0x61, 0x12, 0, 0, 0, 0, 0, 0], // r2 = data
    ...[0x61, 0x13, 4, 0, 0, 0, 0, 0], // r3 = data_end
    ...[0xb7, 0x00, 0, 0, 2, 0, 0, 0],
    ...[0xbf, 0x24, 0, 0, 0, 0, 0, 0],
    ...[0x07, 0x04, 0, 0, 40, 0, 0, 0],
    ...[0x2d, 0x34, 1, 0, 0, 0, 0, 0], // if r4 > r3 goto +1
    ...[0x71, 0x20, 39, 0, 0, 0, 0, 0],
    ...[0x95, 0x00, 0, 0, 0, 0, 0, 0],
  ]),
});
let reader: BackendProgram | undefined;

/** Reads whole and in pieces; replays what is whole. */
function exerciseCapture(bytes: Uint8Array, guarded: Guard, count: Count): void {
  guarded(() => {
    for (const packet of readCapture(bytes)) {
      summarize(packet.data);
      parseLayers(packet.data);
    }
    count('ok');
  });
  guarded(() => {
    reader ??= simBackend().load(READER).program('prog');
    const replay = reader.createReplay?.();
    const capture = new CaptureReader({ snapped: 'keep' });
    for (let at = 0; at < bytes.length; at += 700) {
      capture.push(bytes.subarray(at, at + 700));
      while (capture.next()) guarded(() => replay?.run(capture.bytes, capture.offset, capture.length));
    }
    capture.finish();
    while (capture.next());
    count('replayed');
  });
}
