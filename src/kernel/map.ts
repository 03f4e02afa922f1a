/** A map of the running kernel: creation and the operations of user space, by raw bytes. */
import { closeSync, readFileSync } from 'node:fs';
import { MapError } from '../errors.ts';
import type { MapSpec } from '../object/index.ts';
import type { BackendMap } from '../test-run/backend.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import type { Errno } from '../uapi/errno.ts';
import { AttrBlock } from './attr.ts';
import { BPF_CMD, type Bpf, type BpfCmd, errnoOf } from './syscall.ts';

const PERCPU_TYPES: ReadonlySet<number> = new Set([
  MAP_TYPE.percpu_hash,
  MAP_TYPE.percpu_array,
  MAP_TYPE.lru_percpu_hash,
  MAP_TYPE.percpu_cgroup_storage,
]);

/** Map types whose slots hold a file descriptor when written and an id when read. */
const FD_TYPES: ReadonlySet<number> = new Set([
  MAP_TYPE.prog_array,
  MAP_TYPE.perf_event_array,
  MAP_TYPE.cgroup_array,
  MAP_TYPE.array_of_maps,
  MAP_TYPE.hash_of_maps,
]);

/** Types for which the kernel refuses key and value types from BTF. */
const NO_BTF_TYPES: ReadonlySet<number> = new Set([
  ...FD_TYPES,
  MAP_TYPE.stack_trace,
  MAP_TYPE.devmap,
  MAP_TYPE.devmap_hash,
  MAP_TYPE.cpumap,
  MAP_TYPE.xskmap,
  MAP_TYPE.sockmap,
  MAP_TYPE.sockhash,
]);

/** CPUs that per-CPU values have slots for: the highest possible one plus one. */
export function possibleCpus(): number {
  const text = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim();
  const last = Number(text.split(/[-,]/).at(-1));
  return last + 1;
}

/** A map that holds a file descriptor until it is closed. */
export interface KernelMap extends BackendMap {
  readonly fd: number;
  readonly spec: MapSpec;
  close(): void;
}

export interface MapCreateOptions {
  /** Prototype of the inner maps. */
  readonly innerFd?: number;
  /** BTF of the object, for the key and value types. */
  readonly btfFd?: number;
}

/** BPF_MAP_CREATE. @throws {@link MapError} with the kernel's errno. */
export function createMap(bpf: Bpf, spec: MapSpec, options: MapCreateOptions = {}): KernelMap {
  const withBtf = options.btfFd !== undefined && spec.valueTypeId !== 0 && !NO_BTF_TYPES.has(spec.type);
  const attr = new AttrBlock(bpf)
    .u32(0, spec.type)
    .u32(4, spec.keySize)
    .u32(8, spec.valueSize)
    .u32(12, spec.maxEntries)
    .u32(16, spec.flags)
    .u32(20, options.innerFd ?? 0)
    .u32(24, spec.numaNode)
    .name(28, spec.name)
    .u64(64, BigInt(spec.mapExtra));
  const create = (): number => bpf.call(BPF_CMD.MAP_CREATE, attr.bytes);
  let fd = 0;
  if (withBtf) {
    attr
      .u32(48, options.btfFd ?? 0)
      .u32(52, spec.keyTypeId)
      .u32(56, spec.valueTypeId);
    fd = create();
    // A kernel too old for the object's BTF still takes the map; what needs its types is refused by the verifier.
    if (fd < 0) attr.u32(48, 0).u32(52, 0).u32(56, 0);
  }
  if (!withBtf || fd < 0) fd = create();
  if (fd < 0) throw mapError(spec.name, 'the kernel refuses to create it', fd);
  return openMap(bpf, spec, fd);
}

function mapError(name: string, rule: string, result: number): MapError {
  const errno: Errno | undefined = errnoOf(result);
  return new MapError(name, errno ? rule : `${rule}: errno ${-result}`, { errno });
}

function openMap(bpf: Bpf, spec: MapSpec, fd: number): KernelMap {
  const percpu = PERCPU_TYPES.has(spec.type);
  const userValueSize = percpu ? possibleCpus() * ((spec.valueSize + 7) & ~7) : spec.valueSize;
  const element = new AttrBlock(bpf, 32);

  const call = (
    cmd: BpfCmd,
    key: Uint8Array | undefined,
    value: Uint8Array | undefined,
    flags = 0,
  ): number => {
    element.u32(0, fd).u64(8, 0n).u64(16, 0n).u64(24, BigInt(flags));
    if (key) element.u64(8, bpf.address(key));
    if (value) element.u64(16, bpf.address(value));
    return bpf.call(cmd, element.bytes);
  };
  const must = (result: number, rule: string): void => {
    if (result < 0) throw mapError(spec.name, rule, result);
  };
  // The kernel reads key_size bytes from wherever the pointer leads; a shorter buffer would leak our memory into it.
  const sized = (bytes: Uint8Array, size: number, what: string): Uint8Array => {
    if (bytes.length === size) return bytes.slice();
    throw new MapError(spec.name, `${what} has ${bytes.length} bytes, this map takes ${size}`, 'EINVAL');
  };
  // Queues and stacks have no key: the kernel wants NULL.
  const keyOf = (key: Uint8Array): Uint8Array | undefined => {
    const bytes = sized(key, spec.keySize, 'key');
    return spec.keySize === 0 ? undefined : bytes;
  };

  return {
    name: spec.name,
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    userValueSize,
    maxEntries: spec.maxEntries,
    fd,
    spec,
    lookup(key, flags) {
      const value = new Uint8Array(Math.max(userValueSize, 1));
      must(call(BPF_CMD.MAP_LOOKUP_ELEM, keyOf(key), value, flags), 'lookup');
      return value.subarray(0, userValueSize);
    },
    update(key, value, flags) {
      must(call(BPF_CMD.MAP_UPDATE_ELEM, keyOf(key), sized(value, userValueSize, 'value'), flags), 'update');
    },
    delete(key) {
      must(call(BPF_CMD.MAP_DELETE_ELEM, keyOf(key), undefined), 'delete');
    },
    nextKey(key) {
      const next = new Uint8Array(Math.max(spec.keySize, 1));
      const result = call(BPF_CMD.MAP_GET_NEXT_KEY, key && keyOf(key), next);
      if (errnoOf(result) === 'ENOENT' && result < 0) return undefined;
      must(result, 'next key');
      return next.subarray(0, spec.keySize);
    },
    lookupAndDelete(key, flags) {
      const value = new Uint8Array(Math.max(userValueSize, 1));
      must(call(BPF_CMD.MAP_LOOKUP_AND_DELETE_ELEM, keyOf(key), value, flags), 'lookup and delete');
      return value.subarray(0, userValueSize);
    },
    freeze() {
      must(bpf.call(BPF_CMD.MAP_FREEZE, new AttrBlock(bpf, 4).u32(0, fd).bytes), 'freeze');
    },
    close: () => closeSync(fd),
  };
}

/** Stores a program's or map's file descriptor in a slot. */
export function setFdSlot(map: KernelMap, index: number, fd: number): void {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, index, true);
  view.setUint32(4, fd, true);
  map.update(bytes.subarray(0, 4), bytes.subarray(4));
}
