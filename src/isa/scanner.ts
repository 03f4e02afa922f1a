/** Splits assembly text into statements and reads words off one statement, knowing line and column. */
import { AsmError } from '../errors.ts';

export interface Statement {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Of the first character, from 1. */
  readonly column: number;
}

/** A line pasted from a verifier log: what follows `;` is the log's remark, not another statement. */
const LOG_LINE = /^\s*\d+: \([0-9a-f]{2}\)/;

/** Statements end at a newline or `;`. A comment runs from `//`, or from a `#` that begins a statement, to the end of the line. */
export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const slashes = raw.indexOf('//');
    const code = slashes < 0 ? raw : raw.slice(0, slashes);
    const parts = LOG_LINE.test(code) ? [code.slice(0, `${code};`.indexOf(';'))] : code.split(';');
    let at = 0;
    for (const part of parts) {
      const trimmed = part.trim();
      if (trimmed.startsWith('#')) break;
      const column = at + part.length - part.trimStart().length + 1;
      if (trimmed !== '') statements.push({ text: trimmed, line: index + 1, column });
      at += part.length + 1;
    }
  }
  return statements;
}

export interface Scanner {
  /** Eats white space and, where it comes next, `text`; letters and digits only as whole words. */
  eat(text: string): boolean;
  expect(text: string): void;
  /** Eats white space and what a sticky expression matches, and gives its groups. */
  match(pattern: RegExp): RegExpExecArray | undefined;
  atEnd(): boolean;
  /** Where the next word begins, for {@link rewind} and for errors that are known only later. */
  position(): number;
  rewind(position: number): void;
  /** Throws an AsmError at the last word that was eaten, or at `position`. */
  fail(rule: string, position?: number): never;
  /** The rest of the statement, for messages. */
  rest(): string;
}

export function createScanner({ text, line, column }: Statement): Scanner {
  let at = 0;
  let last = 0;
  const skip = (): void => {
    while (text[at] === ' ' || text[at] === '\t') at++;
  };
  const scanner: Scanner = {
    eat(word) {
      skip();
      if (!text.startsWith(word, at)) return false;
      if (/\w$/.test(word) && /\w/.test(text[at + word.length] ?? '')) return false;
      last = at;
      at += word.length;
      return true;
    },
    expect(word) {
      if (scanner.eat(word)) return;
      skip();
      scanner.fail(`expected '${word}', found ${scanner.rest()}`, at);
    },
    match(pattern) {
      skip();
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found === null) return undefined;
      last = at;
      at += found[0].length;
      return found;
    },
    atEnd() {
      skip();
      return at === text.length;
    },
    position() {
      skip();
      return at;
    },
    rewind(position) {
      at = position;
    },
    fail(rule, position = last) {
      throw new AsmError(line, column + position, rule);
    },
    rest() {
      skip();
      return at === text.length ? 'the end of the statement' : `'${text.slice(at, at + 40)}'`;
    },
  };
  return scanner;
}
