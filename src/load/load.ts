/** An object spec becomes runnable: maps are made, programs checked, compiled and instantiated in one machine. */
import type { Btf } from '../btf/index.ts';
import {
  compile,
  type EngineEnv,
  faultError,
  instantiate,
  maxCtxOffset,
  trapError,
} from '../engine/index.ts';
import { BpfError, MapError, UsageError } from '../errors.ts';
import { HELPERS, setPerfAttached, type Task, type Vm } from '../helpers/index.ts';
import { HEAP_BASE, Machine, type MachineOptions } from '../machine/index.ts';
import { createMaps, type MapTable, mapMemory } from '../maps/index.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../object/index.ts';
import { ctxFields, ctxSize } from '../prog-types/index.ts';
import { MAP_TYPE, PROG_FLAG } from '../uapi/bpf.ts';
import { engineProgram } from './engine-program.ts';
import { refuseHelpers, refuseNotSleepable, refuseUnresolved, refuseUnresolvedData } from './refuse.ts';
import { EXTENSIONS, type Extension, type Runnable } from './runnable.ts';
import { spinLockOffset } from './spin-lock.ts';

/** Room beside the object's own maps, for maps made later. */
const SLACK = 1 << 20;
/** Data and shadow together fill the 4 GiB that a wasm memory can have. */
const MAX_MEMORY = 0x7fff0000;

export interface LoadOptions extends MachineOptions {
  /** Names of the programs to load; all with autoload when absent. */
  readonly programs?: readonly string[] | undefined;
  /** Initial bytes of data maps, by name, in place of the object's. */
  readonly data?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Replaces max_entries, by map name. */
  readonly maxEntries?: ReadonlyMap<string, number> | undefined;
  /** Run without checks: for programs that the kernel's verifier has accepted. Default false. */
  readonly trust?: boolean | undefined;
  /** Test runs beyond what Linux has. Without it such a type answers ENOTSUPP (524), as in the kernel. */
  readonly extensions?: readonly Extension[] | undefined;
  /**
   * Whether somebody reads each perf_event_array on every CPU, so that records come out as effects. Default true. In the
   * kernel's test run there is nobody unless user space opened perf events: false gives its ENOENT.
   */
  readonly perfReaders?: boolean | undefined;
  /** The calling task that get_current_* helpers see. */
  readonly task?: Task | undefined;
}

export interface Loaded {
  readonly machine: Machine;
  readonly maps: MapTable;
  readonly programs: readonly Runnable[];
}

/**
 * Loads an object into a machine of its own.
 * @throws {@link UnsupportedError} What it needs and we lack, by name; {@link VerifierError}, {@link MapError} what is refused.
 */
export function loadObject(spec: ObjectSpec, options: LoadOptions = {}): Loaded {
  for (const extension of options.extensions ?? [])
    if (!EXTENSIONS.includes(extension))
      throw new UsageError('extensions', `'${extension}' is none; there are: ${EXTENSIONS.join(', ')}`);
  refuseUnresolvedData(spec);
  const chosen = spec.programs.filter(({ name, autoload }) => options.programs?.includes(name) ?? autoload);
  for (const program of chosen) {
    refuseUnresolved(program);
    refuseNotSleepable(program);
    refuseHelpers(program, spec.license);
  }
  const attrs = spec.maps.map((map) => withSpinLock(spec.btf, withOptions(map, options)));
  const memory = options.memory ?? memoryFor(attrs, options.cpus);
  const machine = new Machine({ ...options, memory });
  const maps = createMaps(machine, attrs);
  if (options.perfReaders === false)
    for (const { type, address } of maps)
      if (type === MAP_TYPE.perf_event_array) setPerfAttached(machine, address, false);
  const programs = chosen.map((program, index) => loadProgram(program, machine, maps, options, index + 1));
  fillProgArrays(spec, maps, programs);
  return { machine, maps, programs: programs.map(({ runnable }) => runnable) };
}

/** @throws {@link MapError} Naming the largest map, where all together pass what one memory can hold. */
function memoryFor(maps: readonly MapSpec[], cpus = 1): number {
  const memory = HEAP_BASE + mapMemory(maps, cpus) + SLACK;
  if (memory <= MAX_MEMORY) return memory;
  const bytes = (map: MapSpec): number => mapMemory([map], cpus);
  const largest = maps.reduce((one, other) => (bytes(other) > bytes(one) ? other : one));
  const rule = `its ${bytes(largest)} bytes do not fit; all maps together may have ${MAX_MEMORY}`;
  // the kernel refuses a ring buffer that vmalloc cannot hold with ENOMEM, tables with E2BIG
  throw new MapError(largest.name, rule, largest.typeName === 'ringbuf' ? 'ENOMEM' : 'E2BIG');
}

function withOptions(map: MapSpec, { data, maxEntries, cpus = 1 }: LoadOptions): MapSpec {
  const entries = maxEntries?.get(map.name) ?? map.maxEntries;
  const bytes = data?.get(map.name) ?? map.data;
  // libbpf makes a perf_event_array without a size as large as there are CPUs
  const size = entries === 0 && map.typeName === 'perf_event_array' ? cpus : entries;
  return { ...map, maxEntries: size, data: bytes };
}

/** The map's attributes with what its value's BTF says; inner maps too. */
function withSpinLock(btf: Btf | undefined, map: MapSpec): MapSpec & { spinLockOffset: number | undefined } {
  const inner = map.inner && withSpinLock(btf, map.inner);
  return { ...map, inner, spinLockOffset: spinLockOffset(btf, map.valueTypeId) };
}

interface LoadedProgram {
  readonly runnable: Runnable;
  readonly id: number;
  readonly func: number;
}

function loadProgram(
  spec: ProgramSpec,
  machine: Machine,
  maps: MapTable,
  options: LoadOptions,
  id: number,
): LoadedProgram {
  const progType = spec.progType ?? 'unspec';
  const program = engineProgram(spec);
  const vm: Vm = { machine, maps, progType, task: options.task };
  const tableBase = machine.reserveTable(program.subprogs.length);
  const env: EngineEnv = {
    shadow: machine.limit,
    maps: maps.all.map((map) => map.engineInfo()),
    helpers: HELPERS,
    ctxFields: ctxFields(progType) ?? [],
    ctxSize: ctxSize(progType) ?? 0,
    tableBase,
    mode: { checked: options.trust !== true, budget: true },
  };
  const compiled = compile(program, env);
  const { run } = instantiate(compiled, {
    memory: machine.memory,
    table: machine.table,
    runtime: machine.runtime,
    helpers: boundHelpers(compiled.imports.helpers, vm),
    tableBase,
    fault: (kind, pc, low, high, size) => {
      throw faultError(program, kind, pc, low, high, size, machine);
    },
  });
  const onFault: NonNullable<Machine['onFault']> = (kind, pc, low, high, size, rule) => {
    throw faultError(program, kind, pc, low, high, size, machine, rule);
  };
  let reach: number | undefined;
  const runnable: Runnable = {
    name: spec.name,
    progType,
    spec,
    machine,
    vm,
    extensions: options.extensions ?? [],
    maxCtxOffset() {
      reach ??= maxCtxOffset(program, env);
      return reach;
    },
    run: (ctx, repeat) => {
      machine.onFault = onFault;
      try {
        const r0 = run(ctx, repeat);
        maps.collectRings();
        return r0;
      } catch (error) {
        if (error instanceof BpfError) throw error;
        throw trapError(program, compiled, error as Error);
      }
    },
  };
  return { runnable, id, func: tableBase };
}

/** The TypeScript helpers that a program imports, bound to what they see. */
function boundHelpers(names: readonly string[], vm: Vm): Record<string, unknown> {
  const bound: Record<string, unknown> = {};
  for (const { name, call } of HELPERS.values()) {
    if (names.includes(name) && 'js' in call) bound[name] = call.js.bind(undefined, vm);
  }
  return bound;
}

/** Puts programs where the object's initialisers of prog_arrays name them. */
function fillProgArrays(spec: ObjectSpec, maps: MapTable, programs: readonly LoadedProgram[]): void {
  spec.maps.forEach((map, index) => {
    if (map.typeName !== 'prog_array') return;
    for (const [slot, name] of map.values) {
      const program = programs.find(({ runnable }) => runnable.name === name);
      if (!program)
        throw new UsageError('programs', `'${name}' is named by map '${map.name}' and not loaded`);
      maps.byIndex(index)?.setProgram(slot, {
        name,
        id: program.id,
        func: program.func,
        progType: program.runnable.progType,
        xdpHasFrags: (program.runnable.spec.flags & PROG_FLAG.BPF_F_XDP_HAS_FRAGS) !== 0,
      });
    }
  });
}
