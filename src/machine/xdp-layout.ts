/**
 * struct xdp_md (uapi, 24 bytes) and behind it what struct xdp_buff and its shared info hold. Offsets from CTX_BASE.
 * Plain numeric constants only: the AssemblyScript runtime imports this very file.
 */
export const XDP_DATA = 0;
export const XDP_DATA_END = 4;
export const XDP_DATA_META = 8;
export const XDP_INGRESS_IFINDEX = 12;
export const XDP_RX_QUEUE_INDEX = 16;
export const XDP_EGRESS_IFINDEX = 20;

/** u32: fragments in use. */
export const XDP_NR_FRAGS = 272;
/** u32: bytes in all fragments. */
export const XDP_FRAGS_SIZE = 276;
/** u32 x 17: length of each fragment; fragment i fills the page i + 1 of the area from its start. */
export const XDP_FRAG_LENGTHS = 280;
/** u32: lowest address of the page that may hold something other than zero. */
export const XDP_DIRTY_START = 352;

/** u32: address that the linear packet may not reach. */
export const XDP_DATA_HARD_END = 356;

/** Bytes at the start of the page that belong to struct xdp_frame: neither packet nor metadata can grow over them. */
export const XDP_FRAME_STRUCT = 40;
/** Where the packet starts in its page when it has no metadata. */
export const XDP_PACKET_HEADROOM = 256;
/** Bytes at the end of the page that belong to struct skb_shared_info. */
export const XDP_TAILROOM = 320;
