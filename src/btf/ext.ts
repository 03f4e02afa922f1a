/** The .BTF.ext section: function info, line info and CO-RE relocations, each grouped by ELF section. */
import { BtfError } from '../errors.ts';
import { part, readHeader } from './reader.ts';
import type { Btf } from './types.ts';

/** `insnOff` is in bytes from the section's start in all of these. */
export interface BtfExtFunc {
  readonly insnOff: number;
  /** BTF FUNC id. */
  readonly typeId: number;
}
export interface BtfExtLine {
  readonly insnOff: number;
  /** Offsets into BTF's strings. */
  readonly fileNameOff: number;
  readonly lineOff: number;
  /** line << 10 | column. */
  readonly lineCol: number;
}
export interface BtfExtCoreRelo {
  readonly insnOff: number;
  /** Root type of the access. */
  readonly typeId: number;
  /** `0:1:2` as text: indexes and members. */
  readonly access: string;
  /** enum bpf_core_relo_kind. */
  readonly kind: number;
}

/** By ELF section name. */
export interface BtfExt {
  readonly funcs: ReadonlyMap<string, readonly BtfExtFunc[]>;
  readonly lines: ReadonlyMap<string, readonly BtfExtLine[]>;
  readonly coreRelos: ReadonlyMap<string, readonly BtfExtCoreRelo[]>;
}

/** Up to and including the line info's offset and length; core_relo_off and _len follow in newer files. */
const MIN_HEADER = 24;
const CORE_HEADER = 32;

/** @throws {@link BtfError} Sizes that do not add up, strings or types that do not exist. */
export function parseBtfExt(bytes: Uint8Array, btf: Btf): BtfExt {
  const header = readHeader(bytes, '.BTF.ext', MIN_HEADER);
  const at = (offset: number): Uint8Array =>
    part(
      bytes,
      header,
      '.BTF.ext info',
      header.view.getUint32(offset, true),
      header.view.getUint32(offset + 4, true),
    );
  const hasCore = header.headerLength >= CORE_HEADER;
  return {
    funcs: readInfo(at(8), btf, 'func_info', 8, (view, from) => ({
      insnOff: view.getUint32(from, true),
      typeId: funcId(btf, view.getUint32(from + 4, true)),
    })),
    lines: readInfo(at(16), btf, 'line_info', 16, (view, from) => ({
      insnOff: view.getUint32(from, true),
      fileNameOff: view.getUint32(from + 4, true),
      lineOff: view.getUint32(from + 8, true),
      lineCol: view.getUint32(from + 12, true),
    })),
    coreRelos: hasCore
      ? readInfo(at(24), btf, 'core_relo', 16, (view, from) => ({
          insnOff: view.getUint32(from, true),
          typeId: existing(btf, view.getUint32(from + 4, true)),
          access: btf.string(view.getUint32(from + 8, true)),
          kind: view.getUint32(from + 12, true),
        }))
      : new Map(),
  };
}

function existing(btf: Btf, id: number): number {
  if (id >= btf.types.length) throw new BtfError(id, `named by .BTF.ext, does not exist`);
  return id;
}

function funcId(btf: Btf, id: number): number {
  if (btf.types[existing(btf, id)]?.kind !== 'func')
    throw new BtfError(id, 'named by func_info, is no function');
  return id;
}

/** rec_size u32, then per section: sec_name_off u32, num_info u32, the records. Empty info has no rec_size. */
function readInfo<T>(
  bytes: Uint8Array,
  btf: Btf,
  what: string,
  minRecord: number,
  read: (view: DataView, from: number) => T,
): Map<string, T[]> {
  const info = new Map<string, T[]>();
  if (bytes.length === 0) return info;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (from: number, length: number): void => {
    if (from + length > bytes.length) throw new BtfError(0, `${what} ends past its ${bytes.length} bytes`);
  };
  need(0, 4);
  const recordSize = view.getUint32(0, true);
  if (recordSize < minRecord || recordSize % 4 !== 0) {
    throw new BtfError(0, `${what} has records of ${recordSize} bytes, they have ${minRecord}`);
  }
  for (let from = 4; from < bytes.length; ) {
    need(from, 8);
    const section = btf.string(view.getUint32(from, true));
    const count = view.getUint32(from + 4, true);
    from += 8;
    need(from, count * recordSize);
    const records = info.get(section) ?? [];
    for (let index = 0; index < count; index++) records.push(read(view, from + index * recordSize));
    info.set(section, records);
    from += count * recordSize;
  }
  return info;
}
