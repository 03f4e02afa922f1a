/**
 * The header of every map in linear memory, what a program's map pointer (ld_imm64 of BPF_PSEUDO_MAP_FD) points to.
 * All map state lives in linear memory, so a snapshot of the memory is a snapshot of the maps.
 * Plain numeric constants only: the AssemblyScript runtime imports this very file. All fields u32, little endian.
 */
export const MAP_TYPE_OFF = 0;
export const MAP_KEY_SIZE = 4;
export const MAP_VALUE_SIZE = 8;
export const MAP_MAX_ENTRIES = 12;
export const MAP_FLAGS = 16;
export const MAP_ID = 20;
/** Array types: address of element 0. Others: type specific. */
export const MAP_VALUES = 24;
/** Array types: bytes from one element to the next. Per-CPU types: from one CPU's value to the next. */
export const MAP_STRIDE = 28;
/** Index of the map in its owner's table (what a fd is in the kernel). */
export const MAP_INDEX = 32;
/** 1 when the user side froze the map. */
export const MAP_FROZEN = 36;
/** Shadow byte of value memory: SHADOW_* bits and KIND_MAP_VALUE, by BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG. */
export const MAP_VALUE_SHADOW = 40;
/** Number of CPUs of per-CPU values; 1 for all other types. */
export const MAP_CPUS = 44;
/** Offset of the value's bpf_spin_lock plus one; 0 when there is none. Copies leave its 4 bytes alone. */
export const MAP_SPIN_LOCK = 48;
/** Which operations the map has: one of OPS_*. */
export const MAP_OPS = 52;
/** Type-specific fields start at 64. */
export const MAP_HEADER_SIZE = 256;

/** Families of operations; the generic exports of the runtime (map_lookup_elem, ...) branch on them. */
export const OPS_NONE = 0;
export const OPS_ARRAY = 1;
export const OPS_PERCPU_ARRAY = 2;
export const OPS_HASH = 3;
export const OPS_PERCPU_HASH = 4;
export const OPS_LRU_HASH = 5;
export const OPS_LRU_PERCPU_HASH = 6;
export const OPS_LPM = 7;
export const OPS_ARRAY_OF_MAPS = 8;
export const OPS_HASH_OF_MAPS = 9;
export const OPS_QUEUE = 10;
export const OPS_STACK = 11;
export const OPS_BLOOM = 12;
/** devmap, cpumap, xskmap: an element that is all zero is empty. */
export const OPS_INDEX = 13;
export const OPS_DEVMAP_HASH = 14;
export const OPS_RINGBUF = 15;

/** Hash types: address of the u32 bucket heads (node addresses, 0 = empty). */
export const HASH_BUCKETS = 64;
/** Number of buckets - 1; a power of two of them. */
export const HASH_MASK = 68;
/** Elements in the map. */
export const HASH_COUNT = 72;
/** Nodes given back, linked by NODE_PREV; 0 = none. */
export const HASH_FREE = 76;
/** First node never used yet, and the end of the nodes. */
export const HASH_FRESH = 80;
export const HASH_NODES_END = 84;
export const HASH_NODE_SIZE = 88;
/** Offset of the value from the start of a node. */
export const HASH_VALUE_OFF = 92;
/** The spare node that the next update of an existing key writes to. */
export const HASH_SPARE = 96;
/** LRU types: most and least recently used node. */
export const LRU_HEAD = 100;
export const LRU_TAIL = 104;
/** How keys are hashed: HASH_BY_*. */
export const HASH_FUNC = 108;
export const HASH_BY_MIX = 0;
/** As a kernel map with BPF_F_ZERO_SEED does, so that the order of keys is the kernel's. */
export const HASH_BY_JHASH = 1;
/** The key itself, a u32 (devmap_hash). */
export const HASH_BY_INDEX = 2;

/** Node of the hash types: next in the bucket, hash, neighbours in the LRU list (PREV: in the free list), key, value. */
export const NODE_NEXT = 0;
export const NODE_HASH = 4;
export const NODE_PREV = 8;
export const NODE_MORE = 12;
export const NODE_KEY = 16;

/** LPM trie: root node, count of elements, free nodes (linked by child 0), first fresh node, end, size of a node. */
export const LPM_ROOT = 64;
export const LPM_COUNT = 68;
export const LPM_FREE = 72;
export const LPM_FRESH = 76;
export const LPM_NODES_END = 80;
export const LPM_NODE_SIZE = 84;
/** Node of the trie: two children, 1 for an intermediate node without value, the key (prefixlen and data), value. */
export const LPM_CHILD = 0;
export const LPM_INTERMEDIATE = 8;
export const LPM_PREFIXLEN = 12;
export const LPM_DATA = 16;
/** Offset of the value from the start of a node. */
export const LPM_VALUE_OFF = 88;

/** Ring buffer: u64 positions as the kernel counts them, bytes since creation. */
export const RING_CONSUMER = 64;
export const RING_PRODUCER = 72;
export const RING_PENDING = 80;
/** Address of the data area, twice max_entries long, so that a record is contiguous wherever it starts. */
export const RING_DATA = 88;
/** Record header: u32 length with two flag bits, u32 address of the map (the kernel has a page offset there). */
export const RING_HDR_SIZE = 8;
export const RING_HDR_MAP = 4;

/** Queue and stack: index of the next element to write and to read; `head === tail` is empty. */
export const QUEUE_HEAD = 64;
export const QUEUE_TAIL = 68;

/** Bloom filter: address of the bit set, bits - 1, number of hash functions. */
export const BLOOM_BITS = 64;
export const BLOOM_MASK = 68;
export const BLOOM_HASHES = 72;

/** prog_array slot: index in the function table (0 = empty), id of the program. */
export const PROG_SLOT_FUNC = 0;
export const PROG_SLOT_ID = 4;
export const PROG_SLOT_SIZE = 8;

/** perf_event_array: 1 when the user side closed its buffers; as it starts, one is open for each CPU. */
export const PERF_DETACHED = 64;
