/** A Runnable whose program is a TypeScript function: for tests of the runners and packet helpers without an engine. */
import { fromHex } from '../src/bytes/index.ts';
import type { Runnable } from '../src/load/runnable.ts';
import { Machine } from '../src/machine/index.ts';
import type { ProgTypeName } from '../src/uapi/bpf.ts';

/** The TCP/IPv4 packet of 54 bytes that the golden vectors of the specification use. */
export const PKT: Uint8Array = fromHex(
  '0200000000010200000000020800' +
    '450000283039400040060000c0000201c6336402' +
    '123400500000000100000002500202000000' +
    '0000',
);

export function fakeProgram(
  progType: ProgTypeName,
  body: (machine: Machine) => number,
  machine = new Machine(),
): Runnable {
  return {
    name: 'fake',
    progType,
    spec: {
      name: 'fake',
      section: '',
      progType,
      attachType: undefined,
      attachTarget: '',
      flags: 0,
      autoload: true,
      insns: [],
      functions: [],
      lines: [],
      unresolved: [],
    },
    machine,
    vm: { machine, maps: { all: [] } as never, progType },
    extensions: ['perf_event'],
    maxCtxOffset: () => 0,
    run(_ctx, repeat) {
      let retval = 0;
      for (let i = 0; i < repeat; i++) retval = body(machine);
      return retval | 0;
    },
  };
}
