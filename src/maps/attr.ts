/** What a map is created from: the fields of BPF_MAP_CREATE, and what an object's data section adds. */

export interface MapAttr {
  readonly name: string;
  /** Kernel number (MAP_TYPE). */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** map_flags. */
  readonly flags: number;
  /** map_extra: the number of hash functions of a Bloom filter. */
  readonly mapExtra?: number;
  readonly numaNode?: number;
  /** Prototype of the inner maps of a map-in-map. */
  readonly inner?: MapAttr | undefined;
  /** First bytes of the one value of a data section's array. */
  readonly data?: Uint8Array | undefined;
  /** Initial slots of a map-in-map: index -> name of a map. A prog_array's are the loader's business. */
  readonly values?: ReadonlyMap<number, string>;
  /** Offset of the value's `struct bpf_spin_lock`, where its BTF has one. */
  readonly spinLockOffset?: number | undefined;
}
