/** The command line: `bpfrun run|inspect|disasm|check`. */
import { readFileSync } from 'node:fs';
import { check } from './check.ts';
import { dispatch } from './command.ts';
import { disasm } from './disasm.ts';
import { errorLine, exitCodeOf } from './error-line.ts';
import { inspect } from './inspect.ts';
import type { Io } from './io.ts';
import { nodeIo } from './node-io.ts';
import { run } from './run.ts';

/**
 * @param argv what follows the command's name.
 * @returns the exit code: 0; 1 the program or the input was refused; 2 wrong usage; 130 ended by Ctrl-C.
 */
export async function main(argv: readonly string[], io: Io = nodeIo()): Promise<number> {
  let code: number;
  try {
    code = await dispatch(argv, io, {
      name: 'bpfrun',
      summary: "Runs eBPF programs the way Linux's BPF_PROG_TEST_RUN does",
      version: packageVersion(),
      commands: [run, inspect, disasm, check],
    });
  } catch (error) {
    code = exitCodeOf(error);
    io.err(`bpfrun: ${errorLine(error)}\n`);
  }
  await io.drain();
  return code;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
