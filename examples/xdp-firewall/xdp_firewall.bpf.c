// SPDX-License-Identifier: MIT
/*
 * An XDP firewall: block lists by prefix, a packet rate limit for each source, counters for each protocol, and an
 * event in a ring buffer for every packet that it drops.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 4
#define IP_FRAGMENT_OFFSET 0x1fff

/* Configuration: constants to the verifier, set before the program is loaded. */
const volatile __u32 rate_limit = 60;		   /* packets of one source in one window; 0: no limit */
const volatile __u64 rate_window_ns = 1000000000;  /* length of a window */
const volatile bool drop_fragments = false;	   /* whether to drop fragments after the first */

enum drop_reason {
	REASON_NONE,
	REASON_MALFORMED,
	REASON_BLOCKED,
	REASON_RATE_LIMIT,
	REASON_FRAGMENT,
};

/* Totals over all packets, by drop_reason (0: passed). */
__u64 totals[5];

struct ipv4_prefix {
	__u32 length;
	__be32 address;
};

struct ipv6_prefix {
	__u32 length;
	struct in6_addr address;
};

/* Prefixes to drop; the value counts the packets that each entry caught. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv4_prefix);
	__type(value, __u64);
} blocked_ipv4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv6_prefix);
	__type(value, __u64);
} blocked_ipv6 SEC(".maps");

struct counter {
	__u64 packets;
	__u64 bytes;
};

/* By IP protocol number. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct counter);
} protocols SEC(".maps");

struct rate {
	__u64 window_start;
	__u32 packets;
	__u32 dropped;
};

/* By source address; IPv4 addresses are mapped into IPv6 (::ffff:a.b.c.d). The least recently seen source makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct in6_addr);
	__type(value, struct rate);
} sources SEC(".maps");

struct event {
	__u64 time;
	struct in6_addr source;
	__u32 length;
	__u16 source_port;
	__u16 destination_port;
	__u8 protocol;
	__u8 reason;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

/* What the parser found out about a packet. */
struct packet {
	struct in6_addr source;
	__u16 source_port;
	__u16 destination_port;
	__u8 protocol;
	bool is_ip;
	bool later_fragment;
};

/* A read position. Parsers return a pointer to the header and move on, or NULL where the packet ends too soon. */
struct cursor {
	void *at;
	void *end;
};

static __always_inline void *take(struct cursor *cursor, __u32 size)
{
	void *header = cursor->at;

	if (header + size > cursor->end)
		return NULL;
	cursor->at = header + size;
	return header;
}

struct vlan_tag {
	__be16 tci;
	__be16 protocol;
};

/* The Ethernet type behind up to two VLAN tags, in network order; 0 where the frame is too short. */
static __always_inline __be16 parse_ethernet(struct cursor *cursor)
{
	struct ethhdr *ethernet = take(cursor, sizeof(*ethernet));
	__be16 protocol;

	if (!ethernet)
		return 0;
	protocol = ethernet->h_proto;
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_tag *tag;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		tag = take(cursor, sizeof(*tag));
		if (!tag)
			return 0;
		protocol = tag->protocol;
	}
	return protocol;
}

static __always_inline bool parse_ipv4(struct cursor *cursor, struct packet *packet)
{
	struct iphdr *ip = take(cursor, sizeof(*ip));

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	cursor->at = (void *)ip + ip->ihl * 4;
	if (cursor->at > cursor->end)
		return false;
	packet->source.s6_addr32[2] = bpf_htonl(0xffff);
	packet->source.s6_addr32[3] = ip->saddr;
	packet->protocol = ip->protocol;
	packet->later_fragment = ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET);
	return true;
}

struct extension_header {
	__u8 next;
	__u8 length;	   /* in units of 8 bytes, the first not counted */
	__be16 fragment;   /* of a fragment header: offset in the upper 13 bits */
	__u32 rest;
};

static __always_inline bool parse_ipv6(struct cursor *cursor, struct packet *packet)
{
	struct ipv6hdr *ip = take(cursor, sizeof(*ip));

	if (!ip || ip->version != 6)
		return false;
	packet->source = ip->saddr;
	packet->protocol = ip->nexthdr;
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header *extension;

		if (packet->protocol != IPPROTO_HOPOPTS && packet->protocol != IPPROTO_ROUTING &&
		    packet->protocol != IPPROTO_DSTOPTS && packet->protocol != IPPROTO_FRAGMENT)
			return true;
		extension = take(cursor, sizeof(*extension));
		if (!extension)
			return false;
		if (packet->protocol == IPPROTO_FRAGMENT)
			packet->later_fragment = extension->fragment & bpf_htons(0xfff8);
		else if (!take(cursor, extension->length * 8))
			return false;
		packet->protocol = extension->next;
		if (packet->later_fragment)
			return true;
	}
	return true;
}

struct ports {
	__be16 source;
	__be16 destination;
};

static __always_inline bool parse_transport(struct cursor *cursor, struct packet *packet)
{
	struct ports *ports;

	if (packet->later_fragment || (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP))
		return true;
	ports = take(cursor, sizeof(*ports));
	if (!ports)
		return false;
	packet->source_port = bpf_ntohs(ports->source);
	packet->destination_port = bpf_ntohs(ports->destination);
	return true;
}

static __always_inline bool parse(struct cursor *cursor, struct packet *packet)
{
	__be16 protocol = parse_ethernet(cursor);

	if (!protocol)
		return false;
	if (protocol == bpf_htons(ETH_P_IP)) {
		packet->is_ip = true;
		return parse_ipv4(cursor, packet) && parse_transport(cursor, packet);
	}
	if (protocol == bpf_htons(ETH_P_IPV6)) {
		packet->is_ip = true;
		return parse_ipv6(cursor, packet) && parse_transport(cursor, packet);
	}
	return true;
}

static __always_inline bool is_ipv4_mapped(const struct in6_addr *address)
{
	return !address->s6_addr32[0] && !address->s6_addr32[1] && address->s6_addr32[2] == bpf_htonl(0xffff);
}

static __always_inline bool is_blocked(const struct packet *packet)
{
	__u64 *hits;

	if (is_ipv4_mapped(&packet->source)) {
		struct ipv4_prefix key = { .length = 32, .address = packet->source.s6_addr32[3] };

		hits = bpf_map_lookup_elem(&blocked_ipv4, &key);
	} else {
		struct ipv6_prefix key = { .length = 128, .address = packet->source };

		hits = bpf_map_lookup_elem(&blocked_ipv6, &key);
	}
	if (!hits)
		return false;
	__sync_fetch_and_add(hits, 1);
	return true;
}

static __always_inline bool is_over_rate(const struct packet *packet)
{
	__u64 now = bpf_ktime_get_ns();
	struct rate *rate;

	if (!rate_limit)
		return false;
	rate = bpf_map_lookup_elem(&sources, &packet->source);
	if (!rate) {
		struct rate first = { .window_start = now, .packets = 1 };

		bpf_map_update_elem(&sources, &packet->source, &first, BPF_ANY);
		return false;
	}
	if (now - rate->window_start >= rate_window_ns) {
		rate->window_start = now;
		rate->packets = 0;
	}
	if (rate->packets >= rate_limit) {
		rate->dropped++;
		return true;
	}
	rate->packets++;
	return false;
}

static __always_inline void count(const struct packet *packet, __u32 length)
{
	__u32 key = packet->protocol;
	struct counter *counter = bpf_map_lookup_elem(&protocols, &key);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes += length;
}

static __always_inline enum drop_reason judge(const struct packet *packet)
{
	if (!packet->is_ip)
		return REASON_NONE;
	if (is_blocked(packet))
		return REASON_BLOCKED;
	if (packet->later_fragment && drop_fragments)
		return REASON_FRAGMENT;
	return is_over_rate(packet) ? REASON_RATE_LIMIT : REASON_NONE;
}

static __always_inline void report(const struct packet *packet, __u32 length, enum drop_reason reason)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return;
	event->time = bpf_ktime_get_ns();
	event->source = packet->source;
	event->length = length;
	event->source_port = packet->source_port;
	event->destination_port = packet->destination_port;
	event->protocol = packet->protocol;
	event->reason = reason;
	bpf_ringbuf_submit(event, 0);
}

SEC("xdp")
int xdp_firewall(struct xdp_md *ctx)
{
	struct cursor cursor = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	__u32 length = ctx->data_end - ctx->data;
	struct packet packet = {};
	enum drop_reason reason = REASON_MALFORMED;

	if (parse(&cursor, &packet)) {
		if (packet.is_ip)
			count(&packet, length);
		reason = judge(&packet);
	}
	__sync_fetch_and_add(&totals[reason], 1);
	if (reason == REASON_NONE)
		return XDP_PASS;
	report(&packet, length, reason);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
