/** Everything a user does with a file, in the order of `open`: whatever is wrong must come out as one of our errors. */
import { decodeValue, encodeValue, jsonValue, printDefinition } from '../../src/btf/index.ts';
import { isBpfError } from '../../src/errors.ts';
import { disassemble } from '../../src/isa/index.ts';
import { type ObjectSpec, parseObject } from '../../src/object/index.ts';
import { parseLayers, readCapture, summarize } from '../../src/packet/index.ts';
import { simBackend } from '../../src/test-run/index.ts';
import type { Random } from './random.ts';

/** Of the machine that programs run in: a damaged max_entries may ask for gigabytes, and would get them. */
const MEMORY = 32 << 20;
const PACKET = Uint8Array.from({ length: 64 }, (_, at) => (at === 12 ? 8 : at === 14 ? 0x45 : at));

/** Calls `count` with the code of each refusal, or `ok`. Throws what is not ours. */
export function exerciseObject(bytes: Uint8Array, rng: Random, count: (code: string) => void): void {
  const guarded = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      if (!isBpfError(error) || error.code === 'ERR_BPF_INTERNAL') throw error;
      count(error.code);
      return undefined;
    }
  };
  const spec = guarded(() => parseObject(bytes));
  if (!spec) return;
  inspect(spec, rng, guarded);
  if (spec.programs.length === 0) {
    count('ok, no program');
    return;
  }
  const { name } = rng.pick(spec.programs);
  const loaded = guarded(() => simBackend({ memory: MEMORY }).load(spec, { programs: [name] }));
  if (!loaded) return;
  const result = guarded(() => loaded.program(name).testRun({ dataIn: PACKET }));
  loaded.close();
  if (result) count('ok');
}

function inspect(spec: ObjectSpec, rng: Random, guarded: <T>(step: () => T) => T | undefined): void {
  const { btf } = spec;
  for (const program of spec.programs.slice(0, 4)) guarded(() => disassemble(program.insns));
  if (!btf) return;
  for (let i = 0; i < 8; i++) guarded(() => printDefinition(btf, rng.below(btf.types.length)));
  for (const { valueTypeId, data } of spec.maps) {
    if (valueTypeId === 0 || !data) continue;
    guarded(() => jsonValue(decodeValue(btf, valueTypeId, data)));
  }
  for (const { keyTypeId, keySize } of spec.maps) {
    if (keyTypeId === 0 || keySize > 4096) continue;
    guarded(() => encodeValue(btf, keyTypeId, decodeValue(btf, keyTypeId, new Uint8Array(keySize))));
  }
}

export function exerciseCapture(bytes: Uint8Array, count: (code: string) => void): void {
  try {
    for (const packet of readCapture(bytes)) {
      summarize(packet.data);
      parseLayers(packet.data);
    }
    count('ok');
  } catch (error) {
    if (!isBpfError(error) || error.code === 'ERR_BPF_INTERNAL') throw error;
    count(error.code);
  }
}
