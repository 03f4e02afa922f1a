/**
 * struct __sk_buff (uapi, 192 bytes) and behind it what struct sk_buff has and programs do not see. Offsets from
 * CTX_BASE. Plain numeric constants only: the AssemblyScript runtime imports this very file.
 */
export const SKB_LEN = 0;
export const SKB_PKT_TYPE = 4;
export const SKB_MARK = 8;
export const SKB_QUEUE_MAPPING = 12;
/** Ethertype in network order in the low 16 bits. */
export const SKB_PROTOCOL = 16;
export const SKB_VLAN_PRESENT = 20;
export const SKB_VLAN_TCI = 24;
export const SKB_VLAN_PROTO = 28;
export const SKB_PRIORITY = 32;
export const SKB_INGRESS_IFINDEX = 36;
export const SKB_IFINDEX = 40;
export const SKB_TC_INDEX = 44;
export const SKB_CB = 48;
export const SKB_HASH = 68;
export const SKB_TC_CLASSID = 72;
export const SKB_DATA = 76;
export const SKB_DATA_END = 80;
export const SKB_NAPI_ID = 84;
export const SKB_FAMILY = 88;
export const SKB_REMOTE_IP4 = 92;
export const SKB_LOCAL_IP4 = 96;
export const SKB_REMOTE_IP6 = 100;
export const SKB_LOCAL_IP6 = 116;
export const SKB_REMOTE_PORT = 132;
export const SKB_LOCAL_PORT = 136;
export const SKB_DATA_META = 140;
export const SKB_FLOW_KEYS = 144;
export const SKB_TSTAMP = 152;
export const SKB_WIRE_LEN = 160;
export const SKB_GSO_SEGS = 164;
export const SKB_SK = 168;
export const SKB_GSO_SIZE = 176;
export const SKB_TSTAMP_TYPE = 180;
export const SKB_HWTSTAMP = 184;

/** Addresses of the headers; SKB_TRANSPORT is 0 while unset. */
export const SKB_MAC = 272;
export const SKB_NETWORK = 276;
export const SKB_TRANSPORT = 280;
export const SKB_IP_SUMMED = 284;
/** The running sum while SKB_IP_SUMMED is CHECKSUM_COMPLETE. */
export const SKB_CSUM = 288;
export const SKB_CSUM_LEVEL = 292;
/** 1 when the hash is set; otherwise it is made on demand. */
export const SKB_HASH_SET = 296;
/** 1 after bpf_skb_adjust_room encapsulated the packet. */
export const SKB_ENCAPSULATION = 300;
/** SKB_GSO_* bits of the shared info. */
export const SKB_GSO_TYPE = 304;
/** bpf_get_socket_cookie's answer; 0 until it is asked for. */
export const SKB_SK_COOKIE = 308;
/** Cookies given so far, over all packets. */
export const SKB_COOKIES = 312;
/** 1 after bpf_skb_set_tunnel_key, whose flags and struct bpf_tunnel_key (44 bytes) follow. */
export const SKB_TUNNEL_SET = 316;
export const SKB_TUNNEL_FLAGS = 320;
export const SKB_TUNNEL_KEY = 324;

export const CHECKSUM_NONE = 0;
export const CHECKSUM_UNNECESSARY = 1;
export const CHECKSUM_COMPLETE = 2;

/** struct bpf_flow_keys of a flow dissector: offset from CTX_BASE and size. */
export const FLOW_KEYS = 640;
export const FLOW_KEYS_SIZE = 56;

/** struct bpf_sock of the packet's socket: offset from CTX_BASE and size. */
export const SKB_SOCK = 512;
export const BPF_SOCK_SIZE = 80;
export const SOCK_FAMILY = 4;
export const SOCK_SRC_IP4 = 24;
export const SOCK_SRC_IP6 = 28;
export const SOCK_DST_IP4 = 52;
export const SOCK_DST_IP6 = 56;
export const SOCK_STATE = 72;
export const SOCK_RX_QUEUE_MAPPING = 76;
