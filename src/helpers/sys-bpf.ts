/** System calls that programs of type syscall make: bpf(2) on maps of the same machine, and close(2). */
import { MapError, UnsupportedError } from '../errors.ts';
import { SHADOW_READ } from '../machine/index.ts';
import type { BpfMapHandle, MapAttr, MapTable } from '../maps/index.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';
import { defineHelper, int, memRead, size } from './define-helper.ts';
import { negative } from './result.ts';
import type { Vm } from './vm.ts';

/** The commands that 6.18 takes from a program; all others are EINVAL. Those without `run` work in the kernel only. */
interface Command {
  readonly name: string;
  /** Where the command's fields end: what follows must be zero. */
  readonly end: number;
  readonly run?: (vm: Vm, attr: DataView) => number;
}

const ATTR_SIZE = 168;
const PAGE_SIZE = 4096;
/** 0, 1 and 2 are taken, as in any process. */
const FIRST_FD = 3;

/** Descriptors of maps that programs made or asked for. */
const OPEN = new WeakMap<MapTable, Map<number, BpfMapHandle>>();

function filesOf({ maps }: Vm): Map<number, BpfMapHandle> {
  const files = OPEN.get(maps) ?? new Map<number, BpfMapHandle>();
  OPEN.set(maps, files);
  return files;
}

function install(vm: Vm, map: BpfMapHandle): number {
  const files = filesOf(vm);
  let fd = FIRST_FD;
  while (files.has(fd)) fd++;
  files.set(fd, map);
  return fd;
}

/** Bytes at a pointer inside the attribute; undefined where nothing readable lies. */
function bytesAt({ machine }: Vm, attr: DataView, offset: number, length: number): Uint8Array | undefined {
  const low = attr.getInt32(offset, true);
  const high = attr.getInt32(offset + 4, true);
  if (machine.runtime['check_range']?.(low, high, length, SHADOW_READ) !== 1) return undefined;
  return machine.u8.slice(low >>> 0, (low >>> 0) + length);
}

function mapName(attr: DataView): string | undefined {
  const bytes = new Uint8Array(attr.buffer, 28, 16);
  const end = bytes.indexOf(0);
  if (end < 0 || bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  const name = String.fromCharCode(...bytes.subarray(0, end));
  return /^[A-Za-z0-9_.]*$/.test(name) ? name : undefined;
}

const KERNEL_ONLY: ReadonlyMap<number, string> = new Map([
  [44, 'map_ifindex'],
  [48, 'btf_fd'],
  [52, 'btf_key_type_id'],
  [56, 'btf_value_type_id'],
  [60, 'btf_vmlinux_value_type_id'],
]);

function mapCreate(vm: Vm, attr: DataView): number {
  const u32 = (offset: number): number => attr.getUint32(offset, true);
  const name = mapName(attr);
  if (name === undefined) return negative('EINVAL');
  for (const [offset, field] of KERNEL_ONLY)
    if (u32(offset) !== 0) throw new UnsupportedError('bpf_sys_bpf', `BPF_MAP_CREATE with ${field}`);
  const type = u32(0);
  const nested = type === MAP_TYPE.array_of_maps || type === MAP_TYPE.hash_of_maps;
  const inner = nested ? filesOf(vm).get(u32(20)) : undefined;
  if (nested && !inner) return negative('EBADF');
  const made: MapAttr = {
    name,
    type,
    keySize: u32(4),
    valueSize: u32(8),
    maxEntries: u32(12),
    flags: u32(16),
    numaNode: u32(24),
    mapExtra: u32(64),
    inner: inner?.attr,
  };
  return install(vm, vm.maps.create(made));
}

function mapUpdate(vm: Vm, attr: DataView): number {
  const files = filesOf(vm);
  const map = files.get(attr.getInt32(0, true));
  if (!map) return negative('EBADF');
  const key = bytesAt(vm, attr, 8, map.keySize);
  const value = key && bytesAt(vm, attr, 16, map.userValueSize);
  if (!value) return negative('EFAULT');
  const flags = attr.getUint32(24, true);
  if (attr.getUint32(28, true) !== 0) return negative('EINVAL');
  if (map.attr.inner) {
    const inner = files.get(new DataView(value.buffer).getInt32(0, true));
    if (!inner) return negative('EBADF');
    map.updateMap(key, inner, flags);
  } else map.update(key, value, flags);
  return 0;
}

function mapDelete(vm: Vm, attr: DataView): number {
  const map = filesOf(vm).get(attr.getInt32(0, true));
  if (!map) return negative('EBADF');
  const key = bytesAt(vm, attr, 8, map.keySize);
  if (!key) return negative('EFAULT');
  map.delete(key);
  return 0;
}

function mapFreeze(vm: Vm, attr: DataView): number {
  const map = filesOf(vm).get(attr.getInt32(0, true));
  if (!map) return negative('EBADF');
  map.freeze();
  return 0;
}

function mapFdById(vm: Vm, attr: DataView): number {
  const map = vm.maps.all.find(({ id }) => id === attr.getUint32(0, true));
  return map ? install(vm, map) : negative('ENOENT');
}

const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [0, { name: 'BPF_MAP_CREATE', end: 96, run: mapCreate }],
  [2, { name: 'BPF_MAP_UPDATE_ELEM', end: 32, run: mapUpdate }],
  [3, { name: 'BPF_MAP_DELETE_ELEM', end: 16, run: mapDelete }],
  [5, { name: 'BPF_PROG_LOAD', end: ATTR_SIZE }],
  [14, { name: 'BPF_MAP_GET_FD_BY_ID', end: 12, run: mapFdById }],
  [17, { name: 'BPF_RAW_TRACEPOINT_OPEN', end: ATTR_SIZE }],
  [18, { name: 'BPF_BTF_LOAD', end: ATTR_SIZE }],
  [22, { name: 'BPF_MAP_FREEZE', end: 4, run: mapFreeze }],
  [28, { name: 'BPF_LINK_CREATE', end: ATTR_SIZE }],
]);

export const sysBpf = defineHelper({
  id: 166,
  name: 'bpf_sys_bpf',
  args: [int('cmd'), memRead('attr', { arg: 2 }), size('attr_size')],
  returns: 'int',
  doc: 'bpf(2) on maps: create, update, delete, freeze, descriptor by id. Pointers in `attr` are addresses of the program.',
  errors: {
    EINVAL: 'a command that programs may not give, or bytes set behind its fields',
    E2BIG: 'bytes set behind the attribute of 6.18, or attr_size above a page',
    EBADF: 'no map has this descriptor',
    EFAULT: 'key or value cannot be read',
  },
  call(vm, cmd, attr, length) {
    const command = COMMANDS.get(cmd);
    if (!command) return negative('EINVAL');
    const at = attr >>> 0;
    const given = vm.machine.u8.subarray(at, at + length);
    if (length > PAGE_SIZE || given.subarray(ATTR_SIZE).some((byte) => byte !== 0)) return negative('E2BIG');
    const bytes = new Uint8Array(ATTR_SIZE);
    bytes.set(given.subarray(0, ATTR_SIZE));
    const { name, end, run } = command;
    if (!run) throw new UnsupportedError('bpf_sys_bpf', `${name} is not implemented in the simulated kernel`);
    if (bytes.subarray(end).some((byte) => byte !== 0)) return negative('EINVAL');
    try {
      return run(vm, new DataView(bytes.buffer));
    } catch (error) {
      if (error instanceof MapError && error.errno) return negative(error.errno);
      throw error;
    }
  },
});

export const sysClose = defineHelper({
  id: 168,
  name: 'bpf_sys_close',
  args: [int('fd')],
  returns: 'int',
  doc: 'close(2) of a descriptor that the program opened.',
  errors: { EBADF: 'it is not open' },
  call: (vm, fd) => (filesOf(vm).delete(fd) ? 0 : negative('EBADF')),
});

export const sysHelpers = [sysBpf, sysClose] as const;
