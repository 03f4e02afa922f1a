/** An opened object: its programs, maps and global variables. */
import { BpfMap } from './bpf-map.ts';
import { decodeValue, encodeValue } from './btf/index.ts';
import { UsageError } from './errors.ts';
import type { Snapshot } from './machine/index.ts';
import type { ObjectSpec, VariableSpec } from './object/index.ts';
import { Program } from './program.ts';
import type { BackendObject, Effects } from './test-run/index.ts';

const NO_EFFECTS: Effects = { printk: [], perf: [], ring: [], transmitted: [], redirect: undefined };

export class BpfObject {
  readonly spec: ObjectSpec;
  readonly programs: readonly Program[];
  readonly maps: readonly BpfMap[];
  readonly #object: BackendObject;

  constructor(object: BackendObject) {
    const { spec } = object;
    this.#object = object;
    this.spec = spec;
    this.programs = spec.programs.flatMap((program) => {
      const loaded = object.programs.find(({ name }) => name === program.name);
      return loaded ? [new Program(program, loaded)] : [];
    });
    this.maps = spec.maps.map((map) => new BpfMap(map, object.map(map.name), spec.btf));
  }

  /**
   * A program by name; the only one when `name` is left out.
   * @throws {@link UsageError} listing the programs there are.
   */
  program(name?: string): Program {
    const found =
      name === undefined && this.programs.length === 1
        ? this.programs[0]
        : this.programs.find((program) => program.name === name);
    if (found) return found;
    const names = this.programs.map((program) => program.name).join(', ') || 'none';
    throw new UsageError(
      'program',
      name === undefined
        ? `the object holds several, name one of: ${names}`
        : `'${name}' is not loaded; there are: ${names}`,
    );
  }

  /** @throws {@link UsageError} listing the maps there are. */
  map(name: string): BpfMap {
    const found = this.maps.find((map) => map.name === name);
    if (found) return found;
    throw new UsageError(
      'map',
      `'${name}' is not in the object; there are: ${this.maps.map((map) => map.name).join(', ') || 'none'}`,
    );
  }

  /** Reads a global variable, typed by BTF. */
  getVariable(name: string): unknown {
    const { variable, map } = this.#variable(name);
    const bytes =
      map.getRaw(new Uint8Array(4))?.subarray(variable.offset, variable.offset + variable.size) ??
      new Uint8Array(variable.size);
    return this.spec.btf && variable.typeId !== 0
      ? decodeValue(this.spec.btf, variable.typeId, bytes)
      : bytes.slice();
  }

  /**
   * Writes a global variable. Constants (`const volatile`) are frozen once loaded: give them to `open` as `globals`.
   * @throws {@link UsageError} No such variable, a constant, or a value that does not fit.
   */
  setVariable(name: string, value: unknown): void {
    const { variable, map } = this.#variable(name);
    if (variable.constant)
      throw new UsageError(name, 'is a constant and frozen by now; give it to open() as a global');
    const key = new Uint8Array(4);
    const bytes = map.getRaw(key);
    if (!bytes) throw new UsageError(name, `its map '${map.name}' cannot be read`);
    bytes.set(encodeVariable(this.spec, variable, value), variable.offset);
    map.setRaw(key, bytes);
  }

  /** Whether the simulated kernel runs it, so that its state can be kept, put back and set. */
  get simulated(): boolean {
    return this.#object.simulation !== undefined;
  }

  /** Sets the simulated CLOCK_MONOTONIC, in ns. On the real kernel the clock is not ours: does nothing. */
  setTime(ns: number | bigint): void {
    this.#object.simulation?.machine.setTime(ns);
  }

  /** The same without a BigInt, for hot loops: whole seconds and ns within the second. */
  setTimeParts(seconds: number, nanoseconds: number): void {
    this.#object.simulation?.machine.setTimeParts(seconds, nanoseconds);
  }

  /**
   * What the runs of a replay sent since the last call: printed text, records, packets. (`testRun` hands these out in its
   * result.) Nothing on the real kernel.
   */
  takeEffects(): Effects {
    const { simulation } = this.#object;
    return simulation ? simulation.machine.events.take() : NO_EFFECTS;
  }

  /**
   * Keeps all state that programs and users can change (maps, clock, random numbers, devices), to be put back by `restore`:
   * cheap enough to do before every test.
   * @throws {@link UsageError} The real kernel runs the object.
   */
  snapshot(): Snapshot {
    return this.#simulation('snapshot').snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.#simulation('restore').restore(snapshot);
  }

  /** Frees what the backend holds (file descriptors on the real kernel). */
  close(): void {
    this.#object.close();
  }

  #simulation(what: string): NonNullable<BackendObject['simulation']> {
    const { simulation } = this.#object;
    if (!simulation) throw new UsageError(what, 'only the simulated kernel can do that');
    return simulation;
  }

  #variable(name: string): { variable: VariableSpec; map: BpfMap } {
    const variable = findVariable(this.spec, name);
    const map = this.maps[variable.map];
    if (!map) throw new UsageError(name, 'its data section is no map');
    return { variable, map };
  }
}

/** @throws {@link UsageError} listing the variables there are. */
export function findVariable(spec: ObjectSpec, name: string): VariableSpec {
  const variable = spec.variables.find((one) => one.name === name);
  if (variable) return variable;
  const names = spec.variables.map((one) => one.name).join(', ') || 'none';
  throw new UsageError('variable', `'${name}' is not in the object; there are: ${names}`);
}

/** @throws {@link UsageError} The value does not fit the variable's type. */
export function encodeVariable(spec: ObjectSpec, variable: VariableSpec, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    if (value.length !== variable.size)
      throw new UsageError(variable.name, `${value.length} bytes given, it has ${variable.size}`);
    return value;
  }
  if (!spec.btf || variable.typeId === 0)
    throw new UsageError(variable.name, `has no BTF type here: give ${variable.size} bytes`);
  try {
    return encodeValue(spec.btf, variable.typeId, value);
  } catch (error) {
    throw new UsageError(variable.name, error instanceof Error ? error.message : String(error));
  }
}
