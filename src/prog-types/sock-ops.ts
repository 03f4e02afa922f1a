/** BPF_PROG_TYPE_SOCK_OPS: called at many points of a TCP connection's life. */
import { BASE_HELPERS } from './base-helpers.ts';
import { ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

export const sockOps: ProgTypeFacts = {
  name: 'sock_ops',
  ctxStruct: 'bpf_sock_ops',
  ctxSize: 224,
  ctxFields: ctxTable(`
    op                      0  4 4
    reply                   4  4 4 4
    args                    8 12 4
    family                 20  4 4
    remote_ip4             24  4 4
    local_ip4              28  4 4
    remote_ip6             32 16 4
    local_ip6              48 16 4
    remote_port            64  4 4
    local_port             68  4 4
    is_fullsock            72  4 4
    snd_cwnd               76  4 4
    srtt_us                80  4 4
    bpf_sock_ops_cb_flags  84  4 4
    state                  88  4 4
    rtt_min                92  4 4
    snd_ssthresh           96  4 4
    rcv_nxt               100  4 4
    snd_nxt               104  4 4
    snd_una               108  4 4
    mss_cache             112  4 4
    ecn_flags             116  4 4
    rate_delivered        120  4 4
    rate_interval_us      124  4 4
    packets_out           128  4 4
    retrans_out           132  4 4
    total_retrans         136  4 4
    segs_in               140  4 4
    data_segs_in          144  4 4
    segs_out              148  4 4
    data_segs_out         152  4 4
    lost_out              156  4 4
    sacked_out            160  4 4
    sk_txhash             164  4 4 4
    bytes_received        168  8 8
    bytes_acked           176  8 8
    sk                    184  8 8
    skb_data              192  8 8
    skb_data_end          200  8 8
    skb_len               208  4 4
    skb_tcp_flags         212  4 4,2^1,1^1
    skb_hwtstamp          216  8 8
  `),
  packetAccess: 'none',
  returns: {},
  returnRange: [0, 1],
  helpers: helperNames(
    BASE_HELPERS,
    `perf_event_output setsockopt getsockopt sock_ops_cb_flags_set sock_map_update sock_hash_update get_socket_cookie
     get_local_storage get_netns_cookie sk_storage_get sk_storage_delete load_hdr_opt store_hdr_opt reserve_hdr_opt
     tcp_sock`,
  ),
};
