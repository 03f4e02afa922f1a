/** `union bpf_attr` by offsets: numbers, names and pointers into one zeroed block of bytes. */
import type { Bpf } from './syscall.ts';

/** sizeof(union bpf_attr) in 6.18. Older kernels accept a longer block as long as its tail is zero. */
export const BPF_ATTR_SIZE = 168;

/** A block under construction. Every buffer that it points to stays referenced as long as the block does. */
export class AttrBlock {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #bpf: Bpf;
  readonly #kept: Uint8Array[] = [];

  constructor(bpf: Bpf, size = BPF_ATTR_SIZE) {
    this.#bpf = bpf;
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  u64(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, value, true);
    return this;
  }

  /** A pointer to `bytes`; undefined is NULL. An empty array is a pointer too, which the kernel tells apart from NULL. */
  pointer(offset: number, bytes: Uint8Array | undefined): this {
    if (bytes === undefined) return this;
    const target = bytes.length === 0 ? new Uint8Array(1) : bytes;
    this.#kept.push(target);
    return this.u64(offset, this.#bpf.address(target));
  }

  /** A name of up to 15 bytes; what the kernel does not admit in names becomes `_`. */
  name(offset: number, name: string): this {
    const clean = name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15);
    for (let i = 0; i < clean.length; i++) this.bytes[offset + i] = clean.charCodeAt(i);
    return this;
  }

  getU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }
}
