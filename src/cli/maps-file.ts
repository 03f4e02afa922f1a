/** `--maps FILE`: JSON that fills maps before the run, `{"map": [{"key": ..., "value": ...}]}`. */
import { isBpfError } from '../errors.ts';
import { decodeUtf8 } from '../host.ts';
import { InputError } from './io.ts';

/** The part of the library's object that is used here. */
interface Filled {
  readonly maps: readonly { readonly name: string; fromJSON(entries: unknown): void }[];
}

/** @throws {@link InputError} naming the file, the map and the entry. */
export function fillMaps(object: Filled, path: string, bytes: Uint8Array): void {
  let contents: unknown;
  try {
    contents = JSON.parse(decodeUtf8(bytes));
  } catch (error) {
    throw new InputError(path, `not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (typeof contents !== 'object' || contents === null || Array.isArray(contents)) {
    throw new InputError(path, 'must be an object: {"map": [{"key": ..., "value": ...}]}');
  }
  for (const [name, entries] of Object.entries(contents)) {
    const map = object.maps.find((one) => one.name === name);
    if (!map) {
      const names = object.maps.map((one) => one.name).join(', ') || 'none';
      throw new InputError(path, `there is no map '${name}' in the object; there are: ${names}`);
    }
    try {
      map.fromJSON(entries);
    } catch (error) {
      if (!isBpfError(error)) throw error;
      throw new InputError(path, error.message, error);
    }
  }
}
