/** Rules of creation that several map types share, in the kernel's words and with its errno. */
import { MapError } from '../errors.ts';
import { MAP_FLAG } from '../uapi/bpf.ts';
import type { Errno } from '../uapi/errno.ts';
import type { MapAttr } from './attr.ts';

const F = MAP_FLAG;
/** Who may read and write: user space (RDONLY, WRONLY) and programs. */
export const ACCESS_FLAGS = F.BPF_F_RDONLY | F.BPF_F_WRONLY | F.BPF_F_RDONLY_PROG | F.BPF_F_WRONLY_PROG;

/** Largest kmalloc on x86-64 and arm64 with 4 KiB pages. */
export const KMALLOC_MAX_SIZE = 4 << 20;
/** Largest per-CPU value, rounded up to 8. */
export const PCPU_MIN_UNIT_SIZE = 32 << 10;

/** Throws unless `holds`. */
export function rule(holds: boolean, { name }: MapAttr, text: string, errno: Errno = 'EINVAL'): void {
  if (!holds) throw new MapError(name, text, errno);
}

/** The flags that a type knows; of the access flags for programs at most one. */
export function checkFlags(attr: MapAttr, allowed: number): void {
  const unknown = attr.flags & ~allowed;
  rule(
    unknown === 0,
    attr,
    `map_flags 0x${(attr.flags >>> 0).toString(16)}: this type does not take ${flagNames(unknown)}`,
  );
  const both = F.BPF_F_RDONLY_PROG | F.BPF_F_WRONLY_PROG;
  rule((attr.flags & both) !== both, attr, 'BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other');
}

function flagNames(flags: number): string {
  const names: string[] = [];
  let left = flags;
  for (const [name, bit] of Object.entries(F)) {
    if ((left & bit) === 0) continue;
    names.push(name);
    left &= ~bit;
  }
  if (left !== 0) names.push(`0x${(left >>> 0).toString(16)}`);
  return names.join(' | ');
}

export function checkEntries(attr: MapAttr): void {
  rule(attr.maxEntries > 0, attr, 'max_entries must not be 0');
}

/** An index: 4 bytes. */
export function checkIndexKey(attr: MapAttr): void {
  rule(attr.keySize === 4, attr, `key_size is ${attr.keySize}, an index has 4 bytes`);
}

/** Rules that come before the type's own. */
export function checkCommon(attr: MapAttr, takesExtra: boolean): void {
  rule(takesExtra || (attr.mapExtra ?? 0) === 0, attr, 'map_extra must be 0 for this type');
  const both = F.BPF_F_RDONLY | F.BPF_F_WRONLY;
  rule((attr.flags & both) !== both, attr, 'BPF_F_RDONLY and BPF_F_WRONLY exclude each other');
  if (attr.flags & F.BPF_F_NUMA_NODE)
    rule((attr.numaNode ?? 0) === 0, attr, `numa_node ${attr.numaNode} is not online; there is node 0`);
}
