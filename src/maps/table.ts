/** The maps of one machine: creation, and finding them by index, address and name. */
import { InternalError, MapError } from '../errors.ts';
import { KIND_MAP, KIND_MAP_VALUE, type Machine, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import type { MapAttr } from './attr.ts';
import { checkCommon, rule } from './checks.ts';
import { BpfMapHandle, u32Bytes } from './handle.ts';
import {
  MAP_CPUS,
  MAP_FLAGS,
  MAP_HEADER_SIZE,
  MAP_ID,
  MAP_INDEX,
  MAP_KEY_SIZE,
  MAP_MAX_ENTRIES,
  MAP_OPS,
  MAP_SPIN_LOCK,
  MAP_TYPE_OFF,
  MAP_VALUE_SHADOW,
  MAP_VALUE_SIZE,
  RING_CONSUMER,
  RING_PRODUCER,
} from './layout.ts';
import type { MapType } from './map-type.ts';
import { References } from './references.ts';
import { mapTypeOf } from './types.ts';

/** Room that the heap leaves around a block, and its alignment. */
const AROUND = 64;

/** All that BPF_MAP_CREATE checks before it allocates. @throws MapError, UnsupportedError. */
function checkMap(attr: MapAttr): MapType {
  for (const field of ['keySize', 'valueSize', 'maxEntries', 'flags'] as const)
    rule(
      Number.isInteger(attr[field]) && attr[field] >= 0 && attr[field] < 2 ** 32,
      attr,
      `${field} is no u32`,
    );
  checkCommon(attr, attr.type === MAP_TYPE.bloom_filter);
  const type = mapTypeOf(attr);
  type.check(attr);
  if (attr.inner && (attr.type === MAP_TYPE.array_of_maps || attr.type === MAP_TYPE.hash_of_maps)) {
    const inner = checkMap(attr.inner);
    rule(attr.inner.inner === undefined, attr, 'an inner map cannot be a map of maps itself');
    rule(inner.innerMap === true, attr, `${inner.name} cannot be an inner map`, 'ENOTSUPP');
  }
  return type;
}

/** Bytes of linear memory that a machine needs for these maps, for MachineOptions.memory. */
export function mapMemory(attrs: readonly MapAttr[], cpus = 1): number {
  let bytes = 0;
  for (const attr of attrs) {
    const blocks = checkMap(attr).blocks(attr, cpus);
    bytes += MAP_HEADER_SIZE + AROUND;
    for (const { size } of blocks) bytes += size + AROUND;
  }
  return bytes;
}

export class MapTable {
  readonly machine: Machine;
  readonly #references = new References();
  readonly #rings: BpfMapHandle[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** In order of creation; map.index is the place in it. */
  get all(): readonly BpfMapHandle[] {
    return this.#references.maps;
  }

  get size(): number {
    return this.all.length;
  }

  [Symbol.iterator](): Iterator<BpfMapHandle> {
    return this.all[Symbol.iterator]();
  }

  byIndex(index: number): BpfMapHandle | undefined {
    return this.all[index];
  }

  /** By the address of its header, a program's map pointer. */
  byAddress(address: number): BpfMapHandle | undefined {
    return this.#references.mapAt(address >>> 0);
  }

  byName(name: string): BpfMapHandle | undefined {
    return this.all.find((map) => map.name === name);
  }

  /** The map whose header is at `address`, which the caller knows to be one. */
  at(address: number): BpfMapHandle {
    const map = this.byAddress(address);
    if (!map) throw new InternalError(`no map at address 0x${(address >>> 0).toString(16)}`);
    return map;
  }

  /**
   * Consumes every ring buffer into machine.events.ring: what a run loop does after each run so that buffers do not
   * fill up unread. Costs two loads a buffer where nothing is new.
   */
  collectRings(): void {
    const { machine } = this;
    for (const ring of this.#rings) {
      // a program produces less than 4 GiB between two calls, so that the low halves tell
      if (ring.get(RING_PRODUCER) === ring.get(RING_CONSUMER)) continue;
      for (const data of ring.consume()) machine.events.ring.push({ map: ring.name, data });
    }
  }

  /** BPF_MAP_CREATE. @throws MapError with the kernel's errno, ENOMEM when the machine is full; UnsupportedError. */
  create(attr: MapAttr): BpfMapHandle {
    const type = checkMap(attr);
    const { machine } = this;
    const cpus = type.perCpu ? machine.cpus : 1;
    const blocks = type.blocks(attr, machine.cpus);
    const taken: number[] = [];
    try {
      const address = machine.alloc(MAP_HEADER_SIZE, `the header of map '${attr.name}'`);
      taken.push(address);
      for (const { what, size, usedField } of blocks) {
        const used = usedField === undefined ? undefined : address + usedField;
        taken.push(machine.alloc(Math.max(size, 8), `the ${what} of map '${attr.name}'`, 16, used));
      }
      const map = new BpfMapHandle(machine, attr, type, address, this.#references);
      this.#writeHeader(map, cpus);
      type.create(map, taken.slice(1));
      // what a helper's map argument must point to
      machine.u8[machine.limit + address] = KIND_MAP << 4;
      this.#references.maps.push(map);
      if (attr.type === MAP_TYPE.ringbuf) this.#rings.push(map);
      return map;
    } catch (error) {
      for (const address of taken) machine.free(address);
      if (!(error instanceof MapError) || error.errno !== 'ENOMEM') throw error;
      throw new MapError(
        attr.name,
        `its ${blocks.reduce((sum, { size }) => sum + size, 0)} bytes do not fit in the machine's memory`,
        { errno: 'ENOMEM', cause: error },
      );
    }
  }

  #writeHeader(map: BpfMapHandle, cpus: number): void {
    const { attr, mapType } = map;
    map.set(MAP_TYPE_OFF, attr.type);
    map.set(MAP_KEY_SIZE, attr.keySize);
    map.set(MAP_VALUE_SIZE, attr.valueSize);
    map.set(MAP_MAX_ENTRIES, attr.maxEntries);
    map.set(MAP_FLAGS, attr.flags);
    map.set(MAP_INDEX, this.size);
    map.set(MAP_ID, this.size + 1);
    map.set(MAP_CPUS, cpus);
    map.set(MAP_OPS, mapType.ops);
    map.set(MAP_SPIN_LOCK, attr.spinLockOffset === undefined ? 0 : attr.spinLockOffset + 1);
    map.set(MAP_VALUE_SHADOW, mapType.openValues ? valueShadow(attr.flags) : 0);
  }
}

/** What programs may do with values. */
function valueShadow(flags: number): number {
  const read = flags & MAP_FLAG.BPF_F_WRONLY_PROG ? 0 : SHADOW_READ;
  const write = flags & MAP_FLAG.BPF_F_RDONLY_PROG ? 0 : SHADOW_WRITE;
  return read | write | (KIND_MAP_VALUE << 4);
}

/**
 * Makes an object's maps: values of data sections, slots of maps of maps, and the freezing of constants that libbpf
 * does before a program is loaded. The maps have the order of `attrs`.
 */
export function createMaps(machine: Machine, attrs: readonly MapAttr[]): MapTable {
  const table = new MapTable(machine);
  for (const attr of attrs) {
    const map = table.create(attr);
    if (attr.data && attr.flags & MAP_FLAG.BPF_F_RDONLY_PROG) map.freeze();
  }
  for (const outer of table) {
    if (!outer.attr.inner) continue;
    for (const [index, name] of outer.attr.values ?? []) {
      const inner = table.byName(name);
      if (!inner) throw new MapError(outer.name, `slot ${index}: there is no map '${name}'`, 'EBADF');
      outer.updateMap(u32Bytes(index), inner);
    }
  }
  return table;
}
