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
/** Array types: bytes from one element to the next. */
export const MAP_STRIDE = 28;
/** Index of the map in its owner's table (what a fd is in the kernel). */
export const MAP_INDEX = 32;
/** 1 when the user side froze the map. */
export const MAP_FROZEN = 36;
/** Type-specific fields start here. */
export const MAP_PRIVATE = 64;
export const MAP_HEADER_SIZE = 256;
