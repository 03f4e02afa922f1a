/** The simulated kernel's state: one linear memory with its shadow, the function table, clock, CPUs, random numbers, events. */
import { UsageError } from '../errors.ts';
import { type WasmMemory, type WasmTable, WebAssembly } from '../host.ts';
import { type Device, DeviceTable } from './devices.ts';
import { EventLog } from './events.ts';
import { type Block, Heap } from './heap.ts';
import {
  CELL_CPU,
  CELL_FUEL_LIMIT,
  CELL_KTIME,
  CELL_KTIME_STEP,
  CELL_NR_CPUS,
  CELL_PC,
  CELL_RANDOM,
  CELLS,
  CTX_BASE,
  FIRST_FP,
  FRAME_SIZE,
  FRAME_STRIDE,
  HEAP_BASE,
  KIND_STACK,
  LAST_FP,
  SHADOW_READ,
  SHADOW_WRITE,
} from './layout.ts';
import { describePacket } from './packet-access.ts';
import { instantiateRuntime, type Runtime } from './runtime.ts';

const PAGE = 65536;
const KIB64 = 0xffff;

export interface MachineOptions {
  /** Bytes of linear memory for everything a program can reach (maps included); rounded up. Default 4 MiB. */
  readonly memory?: number | undefined;
  /** Possible CPUs, 1 to 1024. Default 1. */
  readonly cpus?: number | undefined;
  /** Seed of bpf_get_prandom_u32. Default 1. */
  readonly seed?: number | undefined;
  /** CLOCK_MONOTONIC at the start, in ns. Default one second. */
  readonly timeNs?: number | bigint | undefined;
  /** ns that pass at each reading of the clock. Default 0. */
  readonly timeStepNs?: number | undefined;
  /** Instructions after which a repetition is ended. Default one million. */
  readonly insnLimit?: number | undefined;
}

/** The used bytes of a heap block and their shadow. */
interface SavedBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly shadow: Uint8Array;
}

export interface Snapshot {
  readonly cells: Uint8Array;
  readonly saved: readonly SavedBlock[];
  readonly blocks: readonly Block[];
  readonly devices: readonly Device[];
}

/**
 * Raised by the wasm runtime or a helper; the loader turns it into a FaultError with the program's place.
 * `rule` is what a helper says about its argument.
 */
export type FaultHandler = (
  kind: number,
  pc: number,
  addressLow: number,
  addressHigh: number,
  size: number,
  rule?: string,
) => never;

export class Machine {
  readonly memory: WasmMemory;
  /** Addresses below it can be made accessible; the shadow of address a is at a + limit. */
  readonly limit: number;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly view: DataView;
  /** Functions reachable by index: callbacks and tail call targets. Slot 0 stays empty. */
  readonly table: WasmTable;
  readonly heap: Heap;
  readonly events = new EventLog();
  readonly devices = new DeviceTable();
  readonly runtime: Runtime;
  /** Set by the loader around each run. */
  onFault: FaultHandler | undefined;
  #tableTop = 1;
  /** End of the heap that was ever handed out. */
  #touched = HEAP_BASE;

  constructor(options: MachineOptions = {}) {
    const {
      memory = 4 << 20,
      cpus = 1,
      seed = 1,
      timeNs = 1_000_000_000,
      timeStepNs = 0,
      insnLimit = 1_000_000,
    } = options;
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > 1024)
      throw new UsageError('cpus', `${cpus} is not 1 to 1024`);
    if (!(memory > 0 && memory <= 0x7fff0000))
      throw new UsageError('memory', `${memory} bytes is not within 1 to 2 GiB - 64 KiB`);
    this.limit = (Math.max(memory, HEAP_BASE + PAGE) + KIB64) & ~KIB64;
    const pages = (2 * this.limit) / PAGE;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.view = new DataView(buffer);
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 16 });
    this.heap = new Heap(HEAP_BASE, this.limit);
    this.i32[CELL_NR_CPUS >> 2] = cpus;
    this.setInsnLimit(insnLimit);
    this.setTime(timeNs);
    this.view.setBigUint64(CELL_KTIME_STEP, BigInt(timeStepNs), true);
    this.seed(seed);
    for (let fp = FIRST_FP; fp <= LAST_FP; fp += FRAME_STRIDE) {
      this.allow(fp - FRAME_SIZE, FRAME_SIZE, SHADOW_READ | SHADOW_WRITE, KIND_STACK);
    }
    this.runtime = instantiateRuntime(this.memory, this.table, this.limit, (kind, low, high, size) => {
      const pc = this.i32[CELL_PC >> 2] ?? -1;
      if (this.onFault) return this.onFault(kind, pc, low, high, size);
      throw new WebAssembly.RuntimeError(`fault ${kind} at ${low} outside a run`);
    });
  }

  get cpus(): number {
    return this.i32[CELL_NR_CPUS >> 2] ?? 1;
  }

  get cpu(): number {
    return this.i32[CELL_CPU >> 2] ?? 0;
  }

  /** @throws {@link UsageError} */
  setCpu(cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= this.cpus)
      throw new UsageError('cpu', `${cpu} is not one of ${this.cpus}`);
    this.i32[CELL_CPU >> 2] = cpu;
  }

  setInsnLimit(limit: number): void {
    if (!(limit >= 1)) throw new UsageError('insnLimit', `${limit} is less than 1`);
    this.i32[CELL_FUEL_LIMIT >> 2] = Math.min(limit, 0x7fffffff);
  }

  /** Sets CLOCK_MONOTONIC, ns. */
  setTime(ns: number | bigint): void {
    this.view.setBigUint64(CELL_KTIME, BigInt(ns), true);
  }

  /** Sets CLOCK_MONOTONIC without a BigInt: seconds and nanoseconds (replay's hot path). */
  setTimeParts(seconds: number, nanoseconds: number): void {
    const LOW = 0x100000000;
    // seconds * 1e9 passes 2^53 for dates after 1970, so multiply in halves
    const high = Math.floor(seconds / 65536) * 1e9;
    const low = (seconds % 65536) * 1e9 + nanoseconds;
    const lowSum = (high % 65536) * 65536 + low;
    this.u32[CELL_KTIME >> 2] = lowSum % LOW;
    this.u32[(CELL_KTIME >> 2) + 1] = Math.floor(high / 65536) + Math.floor(lowSum / LOW);
  }

  get timeNs(): bigint {
    return this.view.getBigUint64(CELL_KTIME, true);
  }

  /** Seeds the pseudo random generator; equal seeds give equal runs. */
  seed(seed: number): void {
    // splitmix32 fills the state, so that close seeds give unrelated sequences and none is all zero
    let state = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.u32[(CELL_RANDOM >> 2) + i] = (z ^ (z >>> 16)) >>> 0;
    }
  }

  /** Makes [address, address + size) accessible: SHADOW_READ, SHADOW_WRITE or both, as `kind` (KIND_*). 0 forbids. */
  allow(address: number, size: number, access: number, kind: number): void {
    const start = this.limit + address;
    this.u8.fill(access === 0 ? 0 : access | (kind << 4), start, start + size);
  }

  /**
   * Reserves zeroed heap bytes; inaccessible to programs until `allow`. `used`: address of a u32 that will hold the
   * address where the used part ends; only that part is kept in snapshots.
   */
  alloc(size: number, label: string, align = 16, used?: number): number {
    const address = this.heap.alloc(size, label, align, used);
    // memory that was never handed out is zero, and stays unbacked by the host until it is touched
    const dirty = Math.min(address + size, this.#touched);
    if (dirty > address) this.u8.fill(0, address, dirty);
    this.#touched = Math.max(this.#touched, address + size);
    return address;
  }

  free(address: number): void {
    const { inside } = this.heap.find(address);
    if (inside) this.allow(inside.address, inside.size, 0, 0);
    this.heap.free(address);
  }

  /** Reserves `count` consecutive slots of the function table. */
  reserveTable(count: number): number {
    const base = this.#tableTop;
    this.#tableTop += count;
    if (this.#tableTop > this.table.length)
      this.table.grow(Math.max(this.#tableTop - this.table.length, this.table.length));
    return base;
  }

  /** Copies all that programs and users can change: maps, clock, random state, devices. Packets and stacks are not kept. */
  snapshot(): Snapshot {
    const blocks = this.heap.save();
    const saved = blocks.map((block) => {
      const { address } = block;
      const end = this.#usedEnd(block);
      return {
        address,
        bytes: this.u8.slice(address, end),
        shadow: this.u8.slice(this.limit + address, this.limit + end),
      };
    });
    return { cells: this.u8.slice(CELLS, CELLS + 0x800), saved, blocks, devices: this.devices.save() };
  }

  /** Puts everything back as it was; what was allocated since is forgotten. */
  restore(snapshot: Snapshot): void {
    // what is in use now and was not then becomes inaccessible; its bytes count as dirty
    for (const block of this.heap.blocks)
      this.allow(block.address, this.#usedEnd(block) - block.address, 0, 0);
    this.u8.set(snapshot.cells, CELLS);
    for (const { address, bytes, shadow } of snapshot.saved) {
      this.u8.set(bytes, address);
      this.u8.set(shadow, this.limit + address);
    }
    this.heap.restore(snapshot.blocks);
    this.devices.restore(snapshot.devices);
    this.events.take();
  }

  #usedEnd({ address, size, used }: Block): number {
    return used === undefined ? address + size : (this.u32[used >> 2] ?? address);
  }

  /** What lies at `address` or next to it, in words, for a fault message. */
  describe(address: number): string {
    if (address < 0x10000) return 'the null page';
    if (address < CTX_BASE) return 'the stack';
    if (address < HEAP_BASE) return describePacket(this, address);
    if (address >= HEAP_BASE && address < this.limit) {
      const { inside, below, above } = this.heap.find(address);
      if (inside) return `${inside.label} + ${address - inside.address}`;
      if (below && (!above || address - (below.address + below.size) < above.address - address)) {
        return `${address - (below.address + below.size)} bytes past the end of ${below.label}`;
      }
      if (above) return `${above.address - address} bytes before ${above.label}`;
    }
    return 'no memory of this machine';
  }
}
