/** A map of the simulated kernel: its header in linear memory, and what bpf(2) does with it. */
import { MapError } from '../errors.ts';
import { type Machine, STAGING_BASE, STAGING_SIZE } from '../machine/index.ts';
import { BPF_F_LOCK, MAP_FLAG, MAP_TYPE } from '../uapi/bpf.ts';
import { type Errno, errnoName } from '../uapi/errno.ts';
import type { MapAttr } from './attr.ts';
import {
  MAP_FROZEN,
  MAP_ID,
  MAP_INDEX,
  MAP_MAX_ENTRIES,
  MAP_STRIDE,
  MAP_VALUES,
  OPS_ARRAY,
  OPS_PERCPU_ARRAY,
  RING_HDR_SIZE,
} from './layout.ts';
import { type MapType, negative, type RuntimeOp, roundUp8, type UserOps } from './map-type.ts';
import type { ProgramRef, References } from './references.ts';

/** What the engine must know of a map; EngineMap of the engine has the same shape. */
export interface MapEngineInfo {
  readonly name: string;
  readonly address: number;
  readonly valueAddress: number | undefined;
  /** Programs may read and write every value at any time. */
  readonly stableValues?: true;
  readonly keySize: number;
  readonly valueSize: number;
  readonly ops: Partial<Record<RuntimeOp, string>>;
  readonly array:
    | { readonly values: number; readonly stride: number; readonly maxEntries: number }
    | undefined;
}

/** Room that the runtime keeps for itself at the end of the staging area (keys of array callbacks). */
const STAGING_RESERVED = 128 + 8;

export class BpfMapHandle {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes of one value as user space sees it: of all CPUs for per-CPU types, each rounded up to 8. */
  readonly userValueSize: number;
  readonly flags: number;
  readonly attr: MapAttr;
  readonly machine: Machine;
  /** Of the header; what a program's map pointer is. */
  readonly address: number;
  readonly mapType: MapType;
  readonly references: References;
  /** Type and shape of the programs in a prog_array, set by the first one. */
  owner: ProgramRef | undefined;

  constructor(machine: Machine, attr: MapAttr, mapType: MapType, address: number, references: References) {
    this.machine = machine;
    this.attr = attr;
    this.name = attr.name;
    this.type = attr.type;
    this.keySize = attr.keySize;
    this.valueSize = attr.valueSize;
    this.flags = attr.flags;
    this.userValueSize = mapType.perCpu ? machine.cpus * roundUp8(attr.valueSize) : attr.valueSize;
    this.mapType = mapType;
    this.address = address;
    this.references = references;
  }

  /** u32 field of the header. */
  get(offset: number): number {
    return this.machine.u32[(this.address + offset) >> 2] ?? 0;
  }

  set(offset: number, value: number): void {
    this.machine.u32[(this.address + offset) >> 2] = value;
  }

  get maxEntries(): number {
    return this.get(MAP_MAX_ENTRIES);
  }

  /** What BPF_MAP_GET_FD_BY_ID takes, and what a lookup in a map-in-map returns. */
  get id(): number {
    return this.get(MAP_ID);
  }

  /** Place in its table: what an update of a map-in-map takes in place of a file descriptor. */
  get index(): number {
    return this.get(MAP_INDEX);
  }

  get frozen(): boolean {
    return this.get(MAP_FROZEN) !== 0;
  }

  /** Scratch memory for one key, valid during an operation. */
  get staging(): number {
    return STAGING_BASE + STAGING_SIZE - STAGING_RESERVED;
  }

  /** Copies a user's value (of all CPUs) from a staged address to an element. */
  copyUserValue(to: number, from: number): void {
    this.machine.u8.copyWithin(to, from, from + this.userValueSize);
  }

  /** Calls an export of the runtime with this map as first argument. */
  call(name: string, ...args: (number | bigint)[]): number {
    return this.machine.runtime[name]?.(this.address, ...args) ?? negative('ENOTSUPP');
  }

  /** Copy of the value under `key`, as user space sees it. @throws {@link MapError} ENOENT, EINVAL, EPERM, ... */
  lookup(key: Uint8Array, flags = 0): Uint8Array {
    this.#allowFlags(flags, 'lookup', BPF_F_LOCK);
    this.#mayRead('lookup');
    this.#checkLock(flags, 'lookup');
    const room = this.mapType.lookupCopies ? new Uint8Array(this.userValueSize) : undefined;
    return this.#staged('lookup', key, room, (at, roomAt) => {
      const value = this.#result('lookup', this.#op('lookup')(this, at, roomAt));
      if (value === 0) throw this.#error('lookup', 'ENOENT');
      return this.read(value);
    });
  }

  /** The user's copy of the value at an address. */
  read(address: number): Uint8Array {
    const bytes = this.machine.u8.slice(address, address + this.userValueSize);
    const { spinLockOffset } = this.attr;
    if (spinLockOffset !== undefined) bytes.fill(0, spinLockOffset, spinLockOffset + 4);
    return bytes;
  }

  /** `flags`: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. @throws {@link MapError} */
  update(key: Uint8Array, value: Uint8Array, flags = 0): void {
    this.#mayWrite('update');
    this.#checkLock(flags, 'update');
    this.#staged('update', key, value, (at, valueAt) => {
      this.#result('update', this.#op('update')(this, at, valueAt, flags));
    });
  }

  /** @throws {@link MapError} */
  delete(key: Uint8Array): void {
    this.#mayWrite('delete');
    this.#staged('delete', key, undefined, (at) => this.#result('delete', this.#op('delete')(this, at)));
  }

  /** The key after `key`; the first one when `key` is undefined or not in the map; undefined at the end. @throws {@link MapError} */
  nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    this.#mayRead('next key');
    return this.#staged('next key', key ?? new Uint8Array(this.keySize), undefined, (at) => {
      const next = this.#result('next key', this.#op('nextKey')(this, key ? at : 0));
      return next === 0 ? undefined : this.machine.u8.slice(next, next + this.keySize);
    });
  }

  /** @throws {@link MapError} */
  lookupAndDelete(key: Uint8Array, flags = 0): Uint8Array {
    const what = 'lookup and delete';
    this.#allowFlags(flags, what, BPF_F_LOCK);
    this.#mayRead(what);
    this.#mayWrite(what);
    const queue = this.type === MAP_TYPE.queue || this.type === MAP_TYPE.stack;
    if (queue) this.#allowFlags(flags, what, 0);
    this.#checkLock(flags, what);
    return this.#staged(what, key, new Uint8Array(this.userValueSize), (at, valueAt) => {
      this.#result(what, this.#op('lookupAndDelete')(this, at, valueAt));
      return this.read(valueAt);
    });
  }

  /** From now on the user side cannot write. @throws {@link MapError} EPERM when it is frozen or read-only already. */
  freeze(): void {
    if (this.attr.spinLockOffset !== undefined) throw this.#error('freeze', 'ENOTSUPP');
    this.#mayWrite('freeze');
    this.set(MAP_FROZEN, 1);
  }

  /** ringbuf: the committed records since the last call, oldest first; a record still reserved holds back later ones. */
  consume(): Uint8Array[] {
    const records: Uint8Array[] = [];
    if (this.type !== MAP_TYPE.ringbuf) throw this.#error('consume', 'EINVAL');
    for (let record = this.call('ringbuf_consume'); record > 0; record = this.call('ringbuf_consume')) {
      const start = record + RING_HDR_SIZE;
      const length = this.machine.u32[record >> 2] ?? 0;
      records.push(this.machine.u8.slice(start, start + length));
    }
    return records;
  }

  /** Bloom filter: whether `value` may have been added. */
  contains(value: Uint8Array): boolean {
    this.#mayRead('lookup');
    return this.#staged(
      'lookup',
      new Uint8Array(this.keySize),
      value,
      (_key, at) => this.call('bloom_peek', at) === 0,
    );
  }

  /** Puts a map into a slot of a map-in-map. @throws {@link MapError} */
  updateMap(key: Uint8Array, inner: BpfMapHandle, flags = 0): void {
    this.update(key, u32Bytes(inner.index), flags);
  }

  /** Puts a program into a prog_array. @throws {@link MapError} */
  setProgram(index: number, program: ProgramRef, flags = 0): void {
    this.references.withProgram(program, (fd) => this.update(u32Bytes(index), u32Bytes(fd), flags));
  }

  engineInfo(): MapEngineInfo {
    const { name, address, keySize, valueSize, maxEntries } = this;
    const plain = this.mapType.ops === OPS_ARRAY;
    const array = plain
      ? { values: this.get(MAP_VALUES), stride: this.get(MAP_STRIDE), maxEntries }
      : undefined;
    // direct value access is for arrays of one element (data sections), as the kernel has it
    const valueAddress = array && maxEntries === 1 ? array.values : undefined;
    // elements of an array are never freed, so that access to them changes only with the flags
    const fixed = plain || this.mapType.ops === OPS_PERCPU_ARRAY;
    const open = (this.flags & (MAP_FLAG.BPF_F_RDONLY_PROG | MAP_FLAG.BPF_F_WRONLY_PROG)) === 0;
    const stableValues = fixed && open ? { stableValues: true as const } : {};
    return {
      name,
      address,
      valueAddress,
      keySize,
      valueSize,
      ops: this.mapType.runtime,
      array,
      ...stableValues,
    };
  }

  #op<K extends keyof UserOps>(op: K): NonNullable<UserOps[K]> {
    const found = this.mapType[op];
    if (found) return found;
    throw this.#error(op, this.mapType.absent?.[op] ?? 'ENOTSUPP');
  }

  #result(what: string, result: number): number {
    if (result < 0) throw this.#error(what, errnoName(result) ?? 'EINVAL');
    return result;
  }

  #error(what: string, errno: Errno): MapError {
    return new MapError(this.name, `${what}: ${EXPLAINED[errno] ?? 'refused'}`, errno);
  }

  #allowFlags(flags: number, what: string, allowed: number): void {
    if (flags & ~allowed) throw this.#error(`${what} with flags ${flags}`, 'EINVAL');
  }

  #checkLock(flags: number, what: string): void {
    if (flags & BPF_F_LOCK && this.attr.spinLockOffset === undefined)
      throw new MapError(this.name, `${what}: BPF_F_LOCK, and the value has no bpf_spin_lock`, 'EINVAL');
  }

  #mayRead(what: string): void {
    if (this.flags & MAP_FLAG.BPF_F_WRONLY) throw this.#error(what, 'EPERM');
  }

  #mayWrite(what: string): void {
    if (this.frozen || this.flags & MAP_FLAG.BPF_F_RDONLY) throw this.#error(what, 'EPERM');
  }

  /** Lays key and value where the runtime can read them; addresses are multiples of 8. */
  #staged<R>(
    what: string,
    key: Uint8Array,
    value: Uint8Array | undefined,
    use: (key: number, value: number) => R,
  ): R {
    const check = (bytes: Uint8Array, size: number, name: string): void => {
      if (bytes.length !== size)
        throw new MapError(
          this.name,
          `${what}: ${name} has ${bytes.length} bytes, this map takes ${size}`,
          'EINVAL',
        );
    };
    check(key, this.keySize, 'key');
    if (value) check(value, this.userValueSize, 'value');
    const { machine } = this;
    const valueOffset = roundUp8(this.keySize) + 8;
    const size = valueOffset + (value?.length ?? 8);
    const fits = size <= STAGING_SIZE - STAGING_RESERVED;
    const base = fits ? STAGING_BASE : machine.alloc(size, 'a staged element');
    try {
      machine.u8.set(key, base);
      if (value) machine.u8.set(value, base + valueOffset);
      return use(base, base + valueOffset);
    } finally {
      if (!fits) machine.free(base);
    }
  }
}

const EXPLAINED: Partial<Record<Errno, string>> = {
  ENOENT: 'no such element',
  EEXIST: 'the element exists',
  E2BIG: 'the map is full, or the index is past its end',
  ENOSPC: 'the map is full',
  EPERM: 'the map is frozen or its flags forbid it',
  ENOTSUPP: 'this map type has no such operation',
  EOPNOTSUPP: 'this map type has no such operation',
  EINVAL: 'a flag, key or value that this map type does not take',
  EBADF: 'the value is no reference to a map or program',
};

export function u32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}
