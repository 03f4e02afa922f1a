/** Opens an object file: parse, set globals, load. */
import { BpfObject, encodeVariable, findVariable } from './bpf-object.ts';
import { UsageError } from './errors.ts';
import { type ObjectSpec, parseObject } from './object/index.ts';
import { type Backend, type SimOptions, simBackend } from './test-run/index.ts';

export interface OpenOptions extends SimOptions {
  /** Who runs the programs: the simulated kernel by default, or `await kernelBackend()` of `bpfrun/kernel`. */
  readonly backend?: Backend | undefined;
  /** Names of the programs to load; by default all but those in sections that start with `?`. */
  readonly programs?: readonly string[] | undefined;
  /** Initial values of global variables and constants, by name: typed by BTF, or bytes. */
  readonly globals?: Readonly<Record<string, unknown>> | undefined;
  /** Replaces max_entries of maps, by name. */
  readonly maxEntries?: Readonly<Record<string, number>> | undefined;
}

/**
 * Opens a compiled eBPF object (an ELF `.bpf.o`) and loads its programs and maps.
 *
 * @throws {@link ElfError}, {@link BtfError}, {@link ObjectError}, {@link RelocationError} The bytes are no usable object.
 * @throws {@link UnsupportedError} The object needs something this backend lacks; the message names it.
 * @throws {@link VerifierError}, {@link MapError} A program or map is refused.
 *
 * @example
 * const object = await open(await readFile('drop_ssh.bpf.o'));
 * const { retval } = object.program('drop_ssh').testRun({ dataIn: packet });
 */
export async function open(bytes: Uint8Array, options: OpenOptions = {}): Promise<BpfObject> {
  return load(parseObject(bytes), options);
}

/** As {@link open}, from a spec (of `parseObject` or `rawObject`), synchronously. */
export function load(spec: ObjectSpec, options: OpenOptions = {}): BpfObject {
  const { backend = simBackend(options), programs, globals = {}, maxEntries = {} } = options;
  for (const name of programs ?? []) {
    if (!spec.programs.some((program) => program.name === name)) {
      const names = spec.programs.map((program) => program.name).join(', ') || 'none';
      throw new UsageError('programs', `'${name}' is not in the object; there are: ${names}`);
    }
  }
  const object = backend.load(spec, {
    ...(programs ? { programs } : {}),
    data: initialData(spec, globals),
    maxEntries: new Map(Object.entries(maxEntries)),
  });
  return new BpfObject(object);
}

function initialData(
  spec: ObjectSpec,
  globals: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const [name, value] of Object.entries(globals)) {
    const variable = findVariable(spec, name);
    const map = spec.maps[variable.map];
    if (!map) throw new UsageError(name, 'its data section is no map');
    const bytes = data.get(map.name) ?? new Uint8Array(map.data ?? new Uint8Array(map.valueSize));
    bytes.set(encodeVariable(spec, variable, value), variable.offset);
    data.set(map.name, bytes);
  }
  return data;
}
