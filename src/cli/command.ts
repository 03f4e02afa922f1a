/** Commands declared as data: their options' types follow from the declaration, commander parses them. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Io } from './io.ts';

interface OptionBase {
  readonly help: string;
  /** The value's name in the help. */
  readonly value?: string;
}
export type OptionSpec =
  | (OptionBase & { readonly type: 'flag' })
  | (OptionBase & { readonly type: 'text'; readonly choices?: readonly string[] })
  /** A whole number, 0 or more. */
  | (OptionBase & { readonly type: 'count' })
  /** May be given several times. */
  | (OptionBase & { readonly type: 'list' });

type OptionValue<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'count'
    ? number
    : S['type'] extends 'list'
      ? readonly string[]
      : string;

/** Values by option name; undefined where an option was not given. */
export type OptionValues<O extends Readonly<Record<string, OptionSpec>>> = {
  readonly [Name in keyof O]: OptionValue<O[Name]> | undefined;
};

export interface CommandSpec<O extends Readonly<Record<string, OptionSpec>>> {
  readonly name: string;
  readonly summary: string;
  /** Names of the operands, all required. */
  readonly operands: readonly string[];
  /** By name in camel case: `writePcap` is `--write-pcap`. */
  readonly options: O;
  /** @returns the exit code. */
  run(io: Io, operands: readonly string[], options: OptionValues<O>): Promise<number>;
}

/** A command without the types of its options: what the main program adds to itself. */
export interface AnyCommand {
  addTo(program: Command, io: Io, exit: (code: number) => void): void;
}

export function defineCommand<const O extends Readonly<Record<string, OptionSpec>>>(
  spec: CommandSpec<O>,
): AnyCommand {
  return {
    addTo(program, io, exit) {
      const command = program.command(spec.name).description(spec.summary);
      for (const operand of spec.operands) command.argument(`<${operand}>`);
      for (const [name, option] of Object.entries(spec.options))
        command.addOption(commanderOption(name, option));
      command.action(async (...args: unknown[]) => {
        const operands = args.slice(0, spec.operands.length).map(String);
        exit(await spec.run(io, operands, command.opts<OptionValues<O>>()));
      });
    },
  };
}

function commanderOption(name: string, spec: OptionSpec): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const option = new Option(spec.type === 'flag' ? flag : `${flag} <${spec.value ?? 'VALUE'}>`, spec.help);
  if (spec.type === 'text' && spec.choices) option.choices([...spec.choices]);
  if (spec.type === 'count') option.argParser(parseCount);
  if (spec.type === 'list')
    option.argParser((value: string, list: readonly string[] = []) => [...list, value]);
  return option;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

/** Runs the command line. @returns the exit code: 2 for wrong usage. */
export async function dispatch(
  argv: readonly string[],
  io: Io,
  program: {
    readonly name: string;
    readonly summary: string;
    readonly version: string;
    readonly commands: readonly AnyCommand[];
  },
): Promise<number> {
  let code = 0;
  const root = new Command(program.name)
    .description(program.summary)
    .version(program.version)
    .exitOverride()
    .showHelpAfterError(`(${program.name} --help lists the commands)`)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, `${program.name}: `)),
    });
  for (const command of program.commands) {
    command.addTo(root, io, (result) => {
      code = result;
    });
  }
  try {
    await root.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}
