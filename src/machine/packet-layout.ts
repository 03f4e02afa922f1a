/**
 * What xdp_md and __sk_buff have in common behind the part that programs see. Offsets from CTX_BASE, all u32.
 * Plain numeric constants only: the AssemblyScript runtime imports this very file.
 */

/** Number of the program type whose access rights the context's shadow shows, plus one; 0 at first. */
export const CTX_OWNER = 256;
/** Packet bytes that are accessible now: [start, end). */
export const PACKET_OPEN_START = 260;
export const PACKET_OPEN_END = 264;
/** Shadow byte of those; 0 where the type has no direct access. */
export const PACKET_SHADOW = 268;
