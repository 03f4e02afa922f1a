/** `--set VAR=VALUE`: values for global variables and constants. */
import { UsageError } from '../errors.ts';

/**
 * VALUE is a number (decimal or 0x), JSON (a list, an object, a string in quotes, true, false), or else text as it stands.
 * @throws {@link UsageError} without a `=`.
 */
export function parseSettings(settings: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    settings.map((setting) => {
      const equals = setting.indexOf('=');
      if (equals <= 0) throw new UsageError('--set', `'${setting}' is not VAR=VALUE`);
      return [setting.slice(0, equals), parseValue(setting.slice(equals + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  if (/^-?(?:\d+|0x[0-9a-f]+)$/i.test(text)) {
    const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
