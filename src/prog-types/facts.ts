/** The shape of what is known about one program type. Facts only: behaviour lives in test-run/ under the same name. */
import type { ProgTypeName } from '../uapi/bpf.ts';

/** One field of the context struct that r1 points to. Offsets and sizes in bytes, host (little endian) order. */
export interface CtxField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Whether programs of this type may load it, and store to it (the verifier's is_valid_access). */
  readonly read: boolean;
  readonly write: boolean;
  /** Bits that a store keeps, where the kernel's own field is narrower. */
  readonly storeMask?: number;
  /** A store of this or more does nothing: a register counts with all 64 bits, a constant with its sign. */
  readonly storeBelow?: number;
  /** Whether ctx_in may set it; any other byte of ctx_in must be zero. */
  readonly ctxIn: boolean;
}

export interface ProgTypeFacts {
  readonly name: ProgTypeName;
  /** Name of the context struct in C. */
  readonly ctxStruct: string;
  readonly ctxSize: number;
  readonly ctxFields: readonly CtxField[];
  /** Direct access to the bytes between `data` and `data_end`. */
  readonly packetAccess: 'none' | 'read' | 'readWrite';
  /** Where offset 0 of the packet lies: the Ethernet header, or what follows it. Absent where no packet is seen. */
  readonly layer?: 'l2' | 'l3';
  /** What programs return, by the names of the uapi headers; values are signed 32 bit. */
  readonly returns: Readonly<Record<string, number>>;
  /** Names with the bpf_ prefix. */
  readonly helpers: ReadonlySet<string>;
}

/** Helper names from a list of words without their prefix. */
export function helperNames(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(
    lists
      .flatMap((list) => list.split(/\s+/))
      .filter((word) => word !== '')
      .map((word) => `bpf_${word}`),
  );
}
