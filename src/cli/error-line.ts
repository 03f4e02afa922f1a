/** Errors as the command line tells them. */
import { isBpfError } from '../errors.ts';
import { InputError } from './io.ts';

/** Whether the error says by itself what is wrong with the input. */
export function isExpected(error: unknown): error is Error {
  return isBpfError(error) || error instanceof InputError;
}

/** One line for what is expected; what is not comes with its stack, to be reported. */
export function errorLine(error: unknown): string {
  if (isExpected(error)) return error.message.replace(/\s*\n\s*/g, ' ');
  return error instanceof Error
    ? `internal error, please report: ${error.stack ?? error.message}`
    : String(error);
}

/** Wrong usage is 2, everything else that was refused 1. */
export function exitCodeOf(error: unknown): number {
  return isBpfError(error) && error.code === 'ERR_BPF_USAGE' ? 2 : 1;
}
