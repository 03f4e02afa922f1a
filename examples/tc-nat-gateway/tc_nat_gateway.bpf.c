// SPDX-License-Identifier: MIT
/*
 * A tc NAT gateway: hosts of an inside network share one public IPv4 address. What leaves gets the public address and
 * a port of its own; what comes back is given to the host that asked. Checksums are corrected, never recomputed.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define PORT_ATTEMPTS 16
#define IP_OFFSET ETH_HLEN
#define TRANSPORT_OFFSET (ETH_HLEN + sizeof(struct iphdr))

/* linux/icmp.h would bring in the C library's headers. */
struct icmp_echo {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 id;
	__be16 sequence;
};

#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8

/* Configuration, set before the program is loaded. Addresses in network order, ports in host order. */
const volatile __be32 inside_network = bpf_htonl(0xc0a80100); /* 192.168.1.0 */
const volatile __be32 inside_mask = bpf_htonl(0xffffff00);
const volatile __be32 public_address = bpf_htonl(0xc6336401); /* 198.51.100.1 */
const volatile __u16 first_port = 20000;
const volatile __u16 port_count = 40000;

/* One end of a conversation. For an ICMP echo, `port` is its identifier. */
struct endpoint {
	__be32 address;
	__be16 port;
	__u16 pad;
};

struct flow_key {
	struct endpoint near; /* the inside host; in `incoming`, the gateway */
	struct endpoint far;
	__u32 protocol;
};

struct flow {
	struct endpoint near; /* what to write in place of the key's */
	__u64 last_seen;
	__u64 packets;
	__u64 bytes;
};

/* By inside host and peer: the public endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct flow_key);
	__type(value, struct flow);
} outgoing SEC(".maps");

/* By public endpoint and peer: the inside host. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct flow_key);
	__type(value, struct flow);
} incoming SEC(".maps");

enum event {
	EVENT_TRANSLATED_OUT,
	EVENT_TRANSLATED_IN,
	EVENT_NEW_FLOW,
	EVENT_PASSED,	     /* neither from inside nor to the public address */
	EVENT_NOT_SUPPORTED, /* IP options, fragments, protocols without ports */
	EVENT_UNKNOWN_FLOW,  /* to the public address, and nobody asked for it */
	EVENT_NO_PORT,
	EVENTS,
};

__u64 events[EVENTS];

struct packet {
	struct endpoint source;
	struct endpoint destination;
	__u8 protocol;
};

static __always_inline void note(enum event event)
{
	__sync_fetch_and_add(&events[event], 1);
}

/* Fills `packet`, or returns false for what this gateway does not translate. */
static __always_inline bool parse_transport(void *transport, void *end, struct packet *packet)
{
	struct tcphdr *tcp = transport;
	struct udphdr *udp = transport;
	struct icmp_echo *icmp = transport;

	switch (packet->protocol) {
	case IPPROTO_TCP:
		if ((void *)(tcp + 1) > end)
			return false;
		packet->source.port = tcp->source;
		packet->destination.port = tcp->dest;
		return true;
	case IPPROTO_UDP:
		if ((void *)(udp + 1) > end)
			return false;
		packet->source.port = udp->source;
		packet->destination.port = udp->dest;
		return true;
	case IPPROTO_ICMP:
		if ((void *)(icmp + 1) > end)
			return false;
		if (icmp->type == ICMP_ECHO)
			packet->source.port = icmp->id;
		else if (icmp->type == ICMP_ECHOREPLY)
			packet->destination.port = icmp->id;
		else
			return false;
		return true;
	default:
		return false;
	}
}

/* Where the port that is translated lies, and the checksum that covers it. */
static __always_inline __u32 port_offset(const struct packet *packet, bool is_source)
{
	if (packet->protocol == IPPROTO_ICMP)
		return TRANSPORT_OFFSET + offsetof(struct icmp_echo, id);
	return TRANSPORT_OFFSET + (is_source ? 0 : sizeof(__be16));
}

static __always_inline __u32 checksum_offset(const struct packet *packet)
{
	switch (packet->protocol) {
	case IPPROTO_TCP:
		return TRANSPORT_OFFSET + offsetof(struct tcphdr, check);
	case IPPROTO_UDP:
		return TRANSPORT_OFFSET + offsetof(struct udphdr, check);
	default:
		return TRANSPORT_OFFSET + offsetof(struct icmp_echo, checksum);
	}
}

/* Writes an endpoint over the old one. The transport checksum covers the address too, but for ICMP. */
static __always_inline bool rewrite(struct __sk_buff *skb, const struct packet *packet, bool is_source,
				    const struct endpoint *now)
{
	const struct endpoint *was = is_source ? &packet->source : &packet->destination;
	__u32 address_offset = IP_OFFSET + (is_source ? offsetof(struct iphdr, saddr) : offsetof(struct iphdr, daddr));
	__u32 check = checksum_offset(packet);
	/* A UDP checksum of 0 says that there is none and must stay; one that becomes 0 is written as 0xffff. */
	__u64 unchecked = packet->protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	if (packet->protocol != IPPROTO_ICMP &&
	    bpf_l4_csum_replace(skb, check, was->address, now->address, BPF_F_PSEUDO_HDR | unchecked | sizeof(__be32)))
		return false;
	if (bpf_l4_csum_replace(skb, check, was->port, now->port, unchecked | sizeof(__be16)))
		return false;
	if (bpf_l3_csum_replace(skb, IP_OFFSET + offsetof(struct iphdr, check), was->address, now->address,
				sizeof(__be32)))
		return false;
	return !bpf_skb_store_bytes(skb, address_offset, &now->address, sizeof(now->address), 0) &&
	       !bpf_skb_store_bytes(skb, port_offset(packet, is_source), &now->port, sizeof(now->port), 0);
}

static __always_inline void touch(struct flow *flow, const struct __sk_buff *skb)
{
	flow->last_seen = bpf_ktime_get_ns();
	flow->packets++;
	flow->bytes += skb->len;
}

/* Where the search for a free port starts: near flows of one host land on different ports. */
static __always_inline __u32 first_guess(const struct flow_key *key)
{
	__u32 hash = key->near.address ^ key->far.address * 0x9e3779b1;

	hash ^= (__u32)key->near.port << 16 | key->far.port;
	hash *= 0x85ebca6b;
	hash ^= hash >> 15;
	return hash;
}

/* Finds a public port that no other flow to the same peer has, and remembers both directions. */
static __always_inline struct flow *create_flow(const struct flow_key *key)
{
	__u32 guess = first_guess(key);

	if (!port_count)
		return NULL;
	for (int i = 0; i < PORT_ATTEMPTS; i++) {
		struct endpoint outside = {
			.address = public_address,
			.port = bpf_htons(first_port + (guess + i) % port_count),
		};
		struct flow_key back = { .near = outside, .far = key->far, .protocol = key->protocol };
		struct flow to_inside = { .near = key->near };
		struct flow to_outside = { .near = outside };

		if (bpf_map_update_elem(&incoming, &back, &to_inside, BPF_NOEXIST))
			continue;
		if (bpf_map_update_elem(&outgoing, key, &to_outside, BPF_ANY))
			return NULL;
		note(EVENT_NEW_FLOW);
		return bpf_map_lookup_elem(&outgoing, key);
	}
	return NULL;
}

static __always_inline int translate_out(struct __sk_buff *skb, const struct packet *packet)
{
	struct flow_key key = {
		.near = packet->source,
		.far = packet->destination,
		.protocol = packet->protocol,
	};
	struct flow *flow = bpf_map_lookup_elem(&outgoing, &key);

	if (!flow)
		flow = create_flow(&key);
	if (!flow) {
		note(EVENT_NO_PORT);
		return TC_ACT_SHOT;
	}
	touch(flow, skb);
	if (!rewrite(skb, packet, true, &flow->near))
		return TC_ACT_SHOT;
	note(EVENT_TRANSLATED_OUT);
	return TC_ACT_OK;
}

static __always_inline int translate_in(struct __sk_buff *skb, const struct packet *packet)
{
	struct flow_key key = {
		.near = packet->destination,
		.far = packet->source,
		.protocol = packet->protocol,
	};
	struct flow *flow = bpf_map_lookup_elem(&incoming, &key);

	if (!flow) {
		note(EVENT_UNKNOWN_FLOW);
		return TC_ACT_SHOT;
	}
	touch(flow, skb);
	if (!rewrite(skb, packet, false, &flow->near))
		return TC_ACT_SHOT;
	note(EVENT_TRANSLATED_IN);
	return TC_ACT_OK;
}

SEC("tc")
int tc_nat_gateway(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct packet packet = {};
	bool is_outgoing;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP)) {
		note(EVENT_PASSED);
		return TC_ACT_OK;
	}
	is_outgoing = (ip->saddr & inside_mask) == inside_network && (ip->daddr & inside_mask) != inside_network;
	if (!is_outgoing && ip->daddr != public_address) {
		note(EVENT_PASSED);
		return TC_ACT_OK;
	}
	packet.source.address = ip->saddr;
	packet.destination.address = ip->daddr;
	packet.protocol = ip->protocol;
	if (ip->ihl != 5 || ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET) ||
	    !parse_transport(ip + 1, end, &packet)) {
		note(EVENT_NOT_SUPPORTED);
		return TC_ACT_SHOT;
	}
	return is_outgoing ? translate_out(skb, &packet) : translate_in(skb, &packet);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
