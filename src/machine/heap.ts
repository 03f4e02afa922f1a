/** The allocator of the linear memory's heap, and the names of what was allocated (for fault messages). */
import { MapError } from '../errors.ts';

export interface Block {
  readonly address: number;
  readonly size: number;
  /** What lies there, as a fault message names it: `map 'conns'`. */
  readonly label: string;
  /** Address of the u32 with the address where the used part ends, for memory that fills up from its start. */
  readonly used?: number;
}

/** First fit over a sorted list of blocks: allocation is rare (maps are made at load), lookups by address are rarer. */
export class Heap {
  readonly base: number;
  readonly end: number;
  #blocks: Block[] = [];

  constructor(base: number, end: number) {
    this.base = base;
    this.end = end;
  }

  /** Highest address in use. */
  get top(): number {
    const last = this.#blocks.at(-1);
    return last ? last.address + last.size : this.base;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /**
   * Reserves `size` bytes, with at least 32 bytes to its neighbours that stay inaccessible. The bytes may be dirty.
   * @throws {@link MapError} ENOMEM where the memory is full.
   */
  alloc(size: number, label: string, align = 16, used?: number): number {
    const GAP = 32;
    let start = this.base;
    for (let i = 0; i <= this.#blocks.length; i++) {
      const block = this.#blocks[i];
      const address = Math.ceil((start + GAP) / align) * align;
      const limit = block ? block.address : this.end;
      if (address + size + GAP <= limit) {
        this.#blocks.splice(
          i,
          0,
          used === undefined ? { address, size, label } : { address, size, label, used },
        );
        return address;
      }
      if (block) start = block.address + block.size;
    }
    throw new MapError(
      label,
      `${size} bytes do not fit in the ${this.end - this.base} bytes of the machine's memory`,
      'ENOMEM',
    );
  }

  free(address: number): void {
    const index = this.#blocks.findIndex((block) => block.address === address);
    if (index >= 0) this.#blocks.splice(index, 1);
  }

  /** The block that holds `address`, or the nearest one below and above. */
  find(address: number): { readonly inside?: Block; readonly below?: Block; readonly above?: Block } {
    let below: Block | undefined;
    for (const block of this.#blocks) {
      if (address >= block.address && address < block.address + block.size) return { inside: block };
      if (block.address > address) return below ? { below, above: block } : { above: block };
      below = block;
    }
    return below ? { below } : {};
  }

  save(): readonly Block[] {
    return this.#blocks.slice();
  }

  restore(blocks: readonly Block[]): void {
    this.#blocks = blocks.slice();
  }
}
