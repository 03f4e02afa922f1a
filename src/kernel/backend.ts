/** The Backend of the running kernel: load an ObjectSpec, run its programs, use its maps. */
import { closeSync } from 'node:fs';
import { MapError, UnsupportedError, UsageError } from '../errors.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from '../object/index.ts';
import type { Backend, BackendLoadOptions, BackendObject, BackendProgram } from '../test-run/backend.ts';
import { MAP_FLAG, MAP_TYPE, PSEUDO_LD } from '../uapi/bpf.ts';
import { AttrBlock } from './attr.ts';
import { encodeFuncInfo, encodeLineInfo, type LoadInfo, loadBtf, madeUpBtf, madeUpFuncInfo } from './btf.ts';
import { createMap, type KernelMap, possibleCpus, setFdSlot } from './map.ts';
import { encodeProgram, loadProgram } from './program.ts';
import { BPF_CMD, type Bpf, openBpf } from './syscall.ts';
import { type RawTestRunAttr, type RawTestRunResult, rawTestRun, testRun } from './test-run.ts';

export interface KernelProgram extends BackendProgram {
  readonly fd: number;
}

export interface KernelObject extends BackendObject {
  program(name: string): KernelProgram;
}

/** The Backend, and below it the test run block by block. */
export interface KernelBackend extends Backend {
  readonly name: 'kernel';
  load(spec: ObjectSpec, options?: BackendLoadOptions): KernelObject;
  /** BPF_PROG_TEST_RUN with every field in the caller's hands: bad pointers, prefilled outputs, short blocks. */
  rawTestRun(attr: RawTestRunAttr): RawTestRunResult;
  /** CPUs that per-CPU values have slots for. */
  readonly cpus: number;
}

/**
 * Opens the kernel of this machine. Nothing is ever attached or pinned; closing an object frees all it holds.
 * @throws {@link UnsupportedError} Not Linux, no koffi, or no CAP_BPF and CAP_NET_ADMIN.
 */
export async function kernelBackend(): Promise<KernelBackend> {
  const bpf = await openBpf();
  probe(bpf);
  return {
    name: 'kernel',
    cpus: possibleCpus(),
    load: (spec, options = {}) => loadObject(bpf, spec, options),
    rawTestRun: (attr) => rawTestRun(bpf, attr),
  };
}

/** Loads `return XDP_PASS`, the least that shows whether this process may load network programs. */
function probe(bpf: Bpf): void {
  const insns = encodeProgram(
    [
      { code: 0xb7, dst: 0, src: 0, off: 0, imm: 2 },
      { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ],
    [],
  );
  const attr = new AttrBlock(bpf).u32(0, 6).u32(4, 2).pointer(8, insns).pointer(16, Uint8Array.of(0));
  const fd = bpf.call(BPF_CMD.PROG_LOAD, attr.bytes);
  if (fd >= 0) closeSync(fd);
  else if (fd === -1) {
    throw new UnsupportedError('kernel backend', 'needs CAP_BPF and CAP_NET_ADMIN (run as root)', {
      errno: 'EPERM',
    });
  } else if (fd === -38) {
    throw new UnsupportedError('kernel backend', 'this kernel was built without bpf(2)', { errno: 'ENOSYS' });
  } else
    throw new UnsupportedError('kernel backend', `cannot load a program that passes packets: errno ${-fd}`);
}

function loadObject(bpf: Bpf, spec: ObjectSpec, options: BackendLoadOptions): KernelObject {
  const wanted = programsOf(spec, options);
  refuseUnresolved(spec, wanted);
  const closers: (() => void)[] = [];
  const keep = (fd: number): number => {
    closers.push(() => closeSync(fd));
    return fd;
  };
  const close = (): void => {
    for (const closer of closers.splice(0)) closer();
  };
  try {
    const btfFd = spec.btfBytes && loadBtf(bpf, spec.btfBytes);
    if (btfFd !== undefined) keep(btfFd);
    const maps = spec.maps.map((map) => {
      const created = createObjectMap(bpf, map, options, btfFd);
      closers.push(created.close);
      return created;
    });
    const mapFds = maps.map(({ fd }) => fd);
    const programs = new Map<string, KernelProgram>();
    for (const program of wanted) {
      const info = infoOf(bpf, program, btfFd, keep);
      const fd = keep(loadProgram(bpf, program, { license: spec.license, mapFds, info }));
      const progType = program.progType ?? 'unspec';
      programs.set(program.name, {
        name: program.name,
        fd,
        testRun: (attr) => testRun(bpf, fd, progType, attr),
      });
    }
    fillSlots(maps, programs);
    return {
      spec,
      maps,
      programs: [...programs.values()],
      program(name) {
        const found = programs.get(name);
        if (found) return found;
        throw new UsageError(
          'program',
          `no program '${name}' is loaded; there are ${[...programs.keys()].join(', ')}`,
        );
      },
      map(name) {
        const found = maps.find((map) => map.name === name);
        if (found) return found;
        throw new UsageError('map', `no map '${name}'; there are ${maps.map((map) => map.name).join(', ')}`);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function programsOf(spec: ObjectSpec, { programs }: BackendLoadOptions): ProgramSpec[] {
  if (programs === undefined) return spec.programs.filter(({ autoload }) => autoload);
  return programs.map((name) => {
    const found = spec.programs.find((program) => program.name === name);
    if (found) return found;
    throw new UsageError('programs', `the object has no program '${name}'`);
  });
}

/** The kernel could resolve some of these, but our loader does not yet: say so instead of loading something else. */
function refuseUnresolved(spec: ObjectSpec, programs: readonly ProgramSpec[]): void {
  const first = [...spec.unresolved, ...programs.flatMap(({ unresolved }) => unresolved)][0];
  if (!first) return;
  const place = first.insn < 0 ? first.section : `${first.section} insn ${first.insn}`;
  throw new UnsupportedError(`${first.kind} ${first.name}`, `${place}: ${first.reason}`);
}

function createObjectMap(
  bpf: Bpf,
  spec: MapSpec,
  options: BackendLoadOptions,
  btfFd: number | undefined,
): KernelMap {
  const sized = withEntries(spec, options.maxEntries?.get(spec.name));
  const inner = spec.inner && createMap(bpf, spec.inner, btfFd === undefined ? {} : { btfFd });
  let map: KernelMap;
  try {
    map = createMap(bpf, sized, {
      ...(inner ? { innerFd: inner.fd } : {}),
      ...(btfFd === undefined ? {} : { btfFd }),
    });
  } finally {
    inner?.close();
  }
  const data = options.data?.get(spec.name) ?? spec.data;
  if (!data) return map;
  try {
    if (data.length !== spec.valueSize) {
      throw new MapError(
        spec.name,
        `${data.length} initial bytes for a value of ${spec.valueSize}`,
        'EINVAL',
      );
    }
    map.update(new Uint8Array(4), data);
    // Frozen constants are what lets the verifier follow only the branches that they select.
    if (spec.flags & MAP_FLAG.BPF_F_RDONLY_PROG) map.freeze();
    return map;
  } catch (error) {
    map.close();
    throw error;
  }
}

/** libbpf gives a perf_event_array without max_entries a slot for each CPU. */
function withEntries(spec: MapSpec, replaced: number | undefined): MapSpec {
  if (replaced !== undefined) return { ...spec, maxEntries: replaced };
  if (spec.type === MAP_TYPE.perf_event_array && spec.maxEntries === 0)
    return { ...spec, maxEntries: possibleCpus() };
  return spec;
}

/** The object's own records where the kernel took its BTF; else made-up ones where it insists on some. */
function infoOf(
  bpf: Bpf,
  program: ProgramSpec,
  btfFd: number | undefined,
  keep: (fd: number) => number,
): LoadInfo | undefined {
  if (btfFd !== undefined && program.funcInfo) {
    const { funcInfo, lineInfo = [] } = program;
    return { btfFd, funcInfo: encodeFuncInfo(funcInfo), lineInfo: encodeLineInfo(lineInfo) };
  }
  const takesAddress = program.insns.some(({ code, src }) => code === 0x18 && src === PSEUDO_LD.FUNC);
  if (!takesAddress) return undefined;
  const made = loadBtf(bpf, madeUpBtf(program));
  if (made === undefined) return undefined;
  return {
    btfFd: keep(made),
    funcInfo: encodeFuncInfo(madeUpFuncInfo(program)),
    lineInfo: new Uint8Array(0),
  };
}

/** Initial slots of prog_arrays and maps of maps, which name programs and maps of the same object. */
function fillSlots(maps: readonly KernelMap[], programs: ReadonlyMap<string, KernelProgram>): void {
  for (const map of maps) {
    for (const [index, name] of map.spec.values) {
      const target =
        map.type === MAP_TYPE.prog_array ? programs.get(name) : maps.find((other) => other.name === name);
      if (target) setFdSlot(map, index, target.fd);
      else throw new MapError(map.name, `slot ${index} names '${name}', which is not loaded`, 'ENOENT');
    }
  }
}
