/** The shape of what is known about one program type. Facts only: behaviour lives in test-run/ under the same name. */
import type { AttachTypeName, ProgTypeName } from '../uapi/bpf.ts';

/** Loads or stores of one size that the verifier admits in a field, at offsets that are multiples of the size. */
export interface CtxAccess {
  readonly size: 1 | 2 | 4 | 8;
  /** Only within this many bytes from the field's start; all of it when absent. */
  readonly within?: number;
  /** Not at the field's first byte. */
  readonly notFirst?: true;
}

/** One field of the context struct that r1 points to. Offsets and sizes in bytes, host (little endian) order. */
export interface CtxField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** What the verifier's is_valid_access admits. */
  readonly loads: readonly CtxAccess[];
  readonly stores: readonly CtxAccess[];
  /** Whether there is any load, any store. */
  readonly read: boolean;
  readonly write: boolean;
  /** Bits that a store keeps, where the kernel's own field is narrower. */
  readonly storeMask?: number;
  /** A store of this or more does nothing: a register counts with all 64 bits, a constant with its sign. */
  readonly storeBelow?: number;
  /** Whether ctx_in may set it; any other byte of ctx_in must be zero. */
  readonly ctxIn: boolean;
}

/** What the verifier lets a program return, both ends included. */
export type ReturnRange = readonly [low: number, high: number];

/** What differs for programs of some attach types. */
export interface ProgTypeForm {
  readonly attachTypes: readonly AttachTypeName[];
  /** The kernel struct whose functions they are, for struct_ops. */
  readonly target?: string;
  readonly ctxFields?: readonly CtxField[];
  readonly helpers?: ReadonlySet<string>;
  readonly returnRange?: ReturnRange;
}

export interface ProgTypeFacts {
  readonly name: ProgTypeName;
  /** Name of the context struct in C; a type whose context is its target's arguments has none. */
  readonly ctxStruct: string;
  readonly ctxSize: number;
  readonly ctxFields: readonly CtxField[];
  /** Direct access to the bytes between `data` and `data_end`. */
  readonly packetAccess: 'none' | 'read' | 'readWrite';
  /** Where offset 0 of the packet lies: the Ethernet header, or what follows it. Absent where no packet is seen. */
  readonly layer?: 'l2' | 'l3';
  /** What programs return, by the names of the uapi headers; values are signed 32 bit. */
  readonly returns: Readonly<Record<string, number>>;
  /** Absent: any value. */
  readonly returnRange?: ReturnRange;
  /** Names with the bpf_ prefix. */
  readonly helpers: ReadonlySet<string>;
  /** The values of expected_attach_type that loading admits; absent: it does not look at it. */
  readonly attachTypes?: readonly AttachTypeName[];
  /** What differs by attach type; the type's own facts are those of the first of `attachTypes`. */
  readonly forms?: readonly ProgTypeForm[];
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

const SHORT: Readonly<Record<string, string>> = { '-': '', narrow: '1,2,4', any: '1,2,4,8' };

/**
 * Accesses in short: sizes with commas; `2^1` for a size within the first byte only, `4!` for all but the first byte;
 * `narrow` for 1,2,4; `any` for 1,2,4,8; `-` for none.
 */
export function accesses(text: string): readonly CtxAccess[] {
  return (SHORT[text] ?? text)
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const [, size, within, notFirst] = /^([1248])(?:\^(\d+))?(!)?$/.exec(word) ?? [];
      return {
        size: Number(size) as CtxAccess['size'],
        ...(within === undefined ? {} : { within: Number(within) }),
        ...(notFirst === undefined ? {} : { notFirst: true as const }),
      };
    });
}

/** One field; loads and stores as {@link accesses} reads them. */
export function ctxField(
  name: string,
  offset: number,
  size: number,
  loads: string,
  stores = '-',
  more: Partial<Pick<CtxField, 'ctxIn' | 'storeMask' | 'storeBelow'>> = {},
): CtxField {
  const [admitted, written] = [accesses(loads), accesses(stores)];
  const rights = { read: admitted.length > 0, write: written.length > 0 };
  return { name, offset, size, loads: admitted, stores: written, ...rights, ctxIn: false, ...more };
}

/** Fields one a line: `name offset size loads stores`; stores may be left out. */
export function ctxTable(text: string): readonly CtxField[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', offset, size, loads = '-', stores = '-'] = line.trim().split(/\s+/);
      return ctxField(name, Number(offset), Number(size), loads, stores);
    });
}

/** Whether a field admits an access: it must lie inside, and be aligned to its size. */
export function admits(field: CtxField, kind: 'load' | 'store', offset: number, size: number): boolean {
  const at = offset - field.offset;
  if (at < 0 || offset % size !== 0) return false;
  const rules = kind === 'load' ? field.loads : field.stores;
  return rules.some(
    (rule) =>
      rule.size === size &&
      (rule.within === undefined ? at + size <= field.size : at < rule.within) &&
      !(rule.notFirst && at === 0),
  );
}
