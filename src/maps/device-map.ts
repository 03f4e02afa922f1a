/**
 * Maps that bpf_redirect_map goes by: devmap, devmap_hash, cpumap, xskmap. The simulated kernel takes every interface
 * index above 0 for a device that exists; programs attached to entries are not run and therefore refused.
 */
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { ACCESS_FLAGS, checkEntries, checkFlags, checkIndexKey, rule } from './checks.ts';
import { deleteSlot, slotAt } from './fd-array.ts';
import type { BpfMapHandle } from './handle.ts';
import { createHash, hashBlocks } from './hash.ts';
import { indexNextKey } from './index-key.ts';
import { HASH_BY_INDEX, HASH_FUNC, MAP_STRIDE, MAP_VALUES, OPS_DEVMAP_HASH, OPS_INDEX } from './layout.ts';
import { defineMapType, negative } from './map-type.ts';

const F = MAP_FLAG;
const SLOT = 8;
/** Longest queue of a cpumap entry, and the kernel's NR_CPUS. */
const MAX_QUEUE = 16384;
const NR_CPUS = 8192;

/** struct bpf_devmap_val and bpf_cpumap_val: a number, and optionally a program's file descriptor. */
function checkEntry(attr: MapAttr, flags: number): void {
  checkEntries(attr);
  checkIndexKey(attr);
  rule(attr.valueSize === 4 || attr.valueSize === 8, attr, `value_size is ${attr.valueSize}, not 4 or 8`);
  checkFlags(attr, flags);
}

const slots = (attr: MapAttr) => [{ what: 'slots', size: SLOT * attr.maxEntries }];

function createSlots(map: BpfMapHandle, [address = 0]: readonly number[]): void {
  map.set(MAP_VALUES, address);
  map.set(MAP_STRIDE, SLOT);
  map.call('open_elements', address, map.maxEntries);
}

/** Number and program of a staged value; the program is 0 where there is none. */
function readEntry(map: BpfMapHandle, value: number): { number: number; program: number } {
  const { view } = map.machine;
  const program = map.valueSize === 8 ? view.getInt32(value + 4, true) : 0;
  return { number: view.getUint32(value, true), program: Math.max(program, 0) };
}

function store(map: BpfMapHandle, slot: number, value: number): number {
  map.machine.u8.copyWithin(slot, value, value + map.valueSize);
  return 0;
}

const lookupSlot = (map: BpfMapHandle, key: number): number => map.call('index_lookup', key);

export const devmap = defineMapType({
  type: MAP_TYPE.devmap,
  name: 'devmap',
  ops: OPS_INDEX,
  runtime: { lookup: 'index_lookup' },
  openValues: true,
  innerMap: true,
  check: (attr) => checkEntry(attr, F.BPF_F_NUMA_NODE | F.BPF_F_RDONLY | F.BPF_F_WRONLY),
  blocks: slots,
  create: createSlots,
  lookup: lookupSlot,
  update(map, key, value, flags) {
    if (flags > 2) return negative('EINVAL');
    const slot = slotAt(map, key);
    if (slot === 0) return negative('E2BIG');
    if (flags === 1) return negative('EEXIST');
    const { number, program } = readEntry(map, value);
    if (program !== 0) return negative(number === 0 ? 'EINVAL' : 'EBADF');
    return store(map, slot, value);
  },
  delete: (map, key) => emptySlot(map, key),
  nextKey: indexNextKey,
});

/** Unlike in an array of references, deleting an empty entry succeeds. */
function emptySlot(map: BpfMapHandle, key: number): number {
  const result = slotAt(map, key) === 0 ? negative('EINVAL') : deleteSlot(map, key);
  return result === negative('ENOENT') ? 0 : result;
}

export const devmapHash = defineMapType({
  type: MAP_TYPE.devmap_hash,
  name: 'devmap_hash',
  ops: OPS_DEVMAP_HASH,
  runtime: { lookup: 'hash_lookup' },
  openValues: true,
  innerMap: true,
  check: (attr) => checkEntry(attr, F.BPF_F_NUMA_NODE | F.BPF_F_RDONLY | F.BPF_F_WRONLY),
  blocks: (attr) => hashBlocks(attr, 1),
  create(map, addresses) {
    createHash(map, addresses);
    map.set(HASH_FUNC, HASH_BY_INDEX);
  },
  lookup: (map, key) => map.call('hash_lookup', key),
  update(map, key, value, flags) {
    const { number, program } = readEntry(map, value);
    if (flags > 2 || number === 0) return negative('EINVAL');
    // before the device is looked up, and with no word on BPF_EXIST, as in the kernel
    if (flags === 1 && map.call('hash_lookup', key) !== 0) return negative('EEXIST');
    if (program !== 0) return negative('EBADF');
    return map.call('hash_update', key, value, 0n);
  },
  delete: (map, key) => map.call('hash_delete', key),
  nextKey: (map, key) => map.call('hash_next_key', key),
});

export const cpumap = defineMapType({
  type: MAP_TYPE.cpumap,
  name: 'cpumap',
  ops: OPS_INDEX,
  runtime: { lookup: 'index_lookup' },
  openValues: true,
  innerMap: true,
  check(attr) {
    checkEntry(attr, F.BPF_F_NUMA_NODE);
    rule(attr.maxEntries <= NR_CPUS, attr, `max_entries ${attr.maxEntries} is over ${NR_CPUS} CPUs`, 'E2BIG');
  },
  blocks: slots,
  create: createSlots,
  lookup: lookupSlot,
  update(map, key, value, flags) {
    if (flags > 2) return negative('EINVAL');
    const slot = slotAt(map, key);
    if (slot === 0) return negative('E2BIG');
    if (flags === 1) return negative('EEXIST');
    const { number, program } = readEntry(map, value);
    if (number > MAX_QUEUE) return negative('EOVERFLOW');
    if (map.machine.view.getUint32(key, true) >= map.machine.cpus) return negative('ENODEV');
    if (program !== 0) return negative('EBADF');
    return number === 0 ? emptySlot(map, key) : store(map, slot, value);
  },
  delete: (map, key) => emptySlot(map, key),
  nextKey: indexNextKey,
});

export const xskmap = defineMapType({
  type: MAP_TYPE.xskmap,
  name: 'xskmap',
  ops: OPS_INDEX,
  runtime: { lookup: 'index_lookup' },
  openValues: false,
  innerMap: true,
  absent: { lookup: 'EOPNOTSUPP' },
  check(attr) {
    checkEntries(attr);
    checkIndexKey(attr);
    rule(attr.valueSize === 4, attr, `value_size is ${attr.valueSize}, a file descriptor has 4 bytes`);
    checkFlags(attr, F.BPF_F_NUMA_NODE | (ACCESS_FLAGS & ~(F.BPF_F_RDONLY_PROG | F.BPF_F_WRONLY_PROG)));
  },
  blocks: slots,
  create: createSlots,
  /** No number is an AF_XDP socket's file descriptor here. */
  update(map, key, _value, flags) {
    if (flags > 2) return negative('EINVAL');
    return slotAt(map, key) === 0 ? negative('E2BIG') : negative('EBADF');
  },
  delete: (map, key) => emptySlot(map, key),
  nextKey: indexNextKey,
});
