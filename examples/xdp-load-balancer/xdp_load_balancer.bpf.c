// SPDX-License-Identifier: MIT
/*
 * An XDP layer-4 load balancer for IPv4 and IPv6: packets to a service's virtual address travel on to one of its
 * backends inside another IP header (IP-in-IP). A connection stays with the backend that it started with; new ones
 * are spread by rendezvous hashing, so that adding or removing a backend moves no connection between the others.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_SERVICES 64
#define MAX_BACKENDS 256
#define MAX_BACKENDS_PER_SERVICE 16
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define TTL 64

/* Configuration, set before the program is loaded: who sends the outer packets, and to which router. */
const volatile __be32 local_ipv4 = 0;
const volatile struct in6_addr local_ipv6 = {};
const volatile __u8 router_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x01 };

/* A virtual address and port. IPv4 addresses are mapped into IPv6 (::ffff:a.b.c.d). */
struct service_key {
	struct in6_addr address;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

struct service {
	__u32 backend_count;
	__u32 backends[MAX_BACKENDS_PER_SERVICE]; /* indices into `backends` */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SERVICES);
	__type(key, struct service_key);
	__type(value, struct service);
} services SEC(".maps");

/* Real servers, by their address. One that is marked down gets no packets, of old connections neither. */
struct backend {
	struct in6_addr address;
	__u32 is_up;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

struct connection {
	struct in6_addr source;
	struct in6_addr destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 pad[3];
};

/* The backend of each connection; the least recently used makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct connection);
	__type(value, __u32);
} connections SEC(".maps");

struct statistics {
	__u64 packets;
	__u64 bytes;
	__u64 new_connections;
};

/* By backend. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct statistics);
} statistics SEC(".maps");

/* Why packets were not balanced. */
enum outcome {
	OUTCOME_BALANCED,
	OUTCOME_NOT_OURS,    /* no service has this address and port */
	OUTCOME_FRAGMENT,    /* no ports to go by */
	OUTCOME_MALFORMED,
	OUTCOME_NO_BACKEND,  /* all of the service's backends are down */
	OUTCOME_NO_HEADROOM,
	OUTCOMES,
};

__u64 outcomes[OUTCOMES];

struct packet {
	struct connection flow;
	__u32 ip_length; /* of the packet from its IP header on */
	__u8 tos;
	bool is_ipv6;
	bool is_tcp_syn;
};

static __always_inline void map_ipv4(struct in6_addr *mapped, __be32 address)
{
	mapped->s6_addr32[0] = 0;
	mapped->s6_addr32[1] = 0;
	mapped->s6_addr32[2] = bpf_htonl(0xffff);
	mapped->s6_addr32[3] = address;
}

static __always_inline bool is_ipv4_mapped(const struct in6_addr *address)
{
	return !address->s6_addr32[0] && !address->s6_addr32[1] && address->s6_addr32[2] == bpf_htonl(0xffff);
}

static __always_inline enum outcome parse_ports(void *transport, void *end, struct packet *packet)
{
	if (packet->flow.protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = transport;

		if ((void *)(tcp + 1) > end)
			return OUTCOME_MALFORMED;
		packet->flow.source_port = tcp->source;
		packet->flow.destination_port = tcp->dest;
		packet->is_tcp_syn = tcp->syn && !tcp->ack;
		return OUTCOME_BALANCED;
	}
	if (packet->flow.protocol == IPPROTO_UDP) {
		struct udphdr *udp = transport;

		if ((void *)(udp + 1) > end)
			return OUTCOME_MALFORMED;
		packet->flow.source_port = udp->source;
		packet->flow.destination_port = udp->dest;
		return OUTCOME_BALANCED;
	}
	return OUTCOME_NOT_OURS;
}

static __always_inline enum outcome parse_ipv4(struct iphdr *ip, void *end, struct packet *packet)
{
	if ((void *)(ip + 1) > end || ip->ihl < 5)
		return OUTCOME_MALFORMED;
	map_ipv4(&packet->flow.source, ip->saddr);
	map_ipv4(&packet->flow.destination, ip->daddr);
	packet->flow.protocol = ip->protocol;
	packet->ip_length = bpf_ntohs(ip->tot_len);
	packet->tos = ip->tos;
	if (ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET))
		return OUTCOME_FRAGMENT;
	return parse_ports((void *)ip + ip->ihl * 4, end, packet);
}

static __always_inline enum outcome parse_ipv6(struct ipv6hdr *ip, void *end, struct packet *packet)
{
	if ((void *)(ip + 1) > end)
		return OUTCOME_MALFORMED;
	packet->flow.source = ip->saddr;
	packet->flow.destination = ip->daddr;
	packet->flow.protocol = ip->nexthdr;
	packet->ip_length = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	packet->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	packet->is_ipv6 = true;
	if (ip->nexthdr == IPPROTO_FRAGMENT)
		return OUTCOME_FRAGMENT;
	return parse_ports(ip + 1, end, packet);
}

static __always_inline enum outcome parse(void *data, void *end, struct packet *packet)
{
	struct ethhdr *ethernet = data;

	if ((void *)(ethernet + 1) > end)
		return OUTCOME_MALFORMED;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP))
		return parse_ipv4((void *)(ethernet + 1), end, packet);
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6((void *)(ethernet + 1), end, packet);
	return OUTCOME_NOT_OURS;
}

/* One round of a multiplicative mix (the constants are those of MurmurHash3's finalizer). */
static __always_inline __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word;
	hash ^= hash >> 16;
	hash *= 0x85ebca6b;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35;
	hash ^= hash >> 16;
	return hash;
}

/* Not inlined: a bpf-to-bpf call with a pointer to the caller's stack. */
static __noinline __u32 hash_flow(const struct connection *flow)
{
	const __u32 *words = (const __u32 *)flow;
	__u32 hash = 0;

	if (!flow)
		return 0;
	for (int i = 0; i < sizeof(*flow) / sizeof(__u32); i++)
		hash = mix(hash, words[i]);
	return hash;
}

/* Rendezvous hashing: each backend draws a number for this flow, and the highest wins. -1: all are down. */
static __always_inline int choose_backend(const struct service *service, const struct connection *flow)
{
	__u32 flow_hash = hash_flow(flow);
	__u32 highest = 0;
	int chosen = -1;

	for (int i = 0; i < MAX_BACKENDS_PER_SERVICE; i++) {
		__u32 index = service->backends[i];
		struct backend *backend;
		__u32 draw;

		if (i >= service->backend_count)
			break;
		backend = bpf_map_lookup_elem(&backends, &index);
		if (!backend || !backend->is_up)
			continue;
		draw = mix(flow_hash, index + 1);
		if (chosen < 0 || draw > highest) {
			highest = draw;
			chosen = index;
		}
	}
	return chosen;
}

/* The backend of a connection that is known and whose backend is up, -1 otherwise. */
static __always_inline int known_backend(const struct packet *packet)
{
	struct backend *backend;
	__u32 *index;

	if (packet->is_tcp_syn)
		return -1;
	index = bpf_map_lookup_elem(&connections, &packet->flow);
	if (!index)
		return -1;
	backend = bpf_map_lookup_elem(&backends, index);
	return backend && backend->is_up ? *index : -1;
}

static __always_inline void count(__u32 backend, const struct packet *packet, bool is_new)
{
	struct statistics *entry = bpf_map_lookup_elem(&statistics, &backend);

	if (!entry)
		return;
	entry->packets++;
	entry->bytes += packet->ip_length;
	entry->new_connections += is_new;
}

static __always_inline __u16 ipv4_checksum(const struct iphdr *ip)
{
	const __u16 *words = (const __u16 *)ip;
	__u32 sum = 0;

	for (int i = 0; i < sizeof(*ip) / sizeof(__u16); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The Ethernet header in front of the grown packet: to the router, from the address the packet came to. */
static __always_inline void write_ethernet(struct ethhdr *ethernet, const struct ethhdr *old, __u16 protocol)
{
	struct ethhdr was = *old;

	for (int i = 0; i < ETH_ALEN; i++)
		ethernet->h_dest[i] = router_mac[i];
	__builtin_memcpy(ethernet->h_source, was.h_dest, ETH_ALEN);
	ethernet->h_proto = bpf_htons(protocol);
}

static __always_inline bool encapsulate_ipv4(struct xdp_md *ctx, const struct packet *packet, __be32 destination)
{
	struct ethhdr *ethernet;
	struct iphdr *ip;
	void *end;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*ip)))
		return false;
	ethernet = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	ip = (void *)(ethernet + 1);
	if ((void *)ip + sizeof(*ip) + sizeof(*ethernet) > end)
		return false;
	write_ethernet(ethernet, (void *)ethernet + sizeof(*ip), ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = packet->tos;
	ip->tot_len = bpf_htons(packet->ip_length + sizeof(*ip));
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = TTL;
	ip->protocol = packet->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	ip->check = 0;
	ip->saddr = local_ipv4;
	ip->daddr = destination;
	ip->check = ipv4_checksum(ip);
	return true;
}

static __always_inline bool encapsulate_ipv6(struct xdp_md *ctx, const struct packet *packet,
					     const struct in6_addr *destination)
{
	struct ethhdr *ethernet;
	struct ipv6hdr *ip;
	void *end;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*ip)))
		return false;
	ethernet = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	ip = (void *)(ethernet + 1);
	if ((void *)(ip + 1) + sizeof(*ethernet) > end)
		return false;
	write_ethernet(ethernet, (void *)ethernet + sizeof(*ip), ETH_P_IPV6);
	ip->version = 6;
	ip->priority = packet->tos >> 4;
	ip->flow_lbl[0] = packet->tos << 4;
	ip->flow_lbl[1] = 0;
	ip->flow_lbl[2] = 0;
	ip->payload_len = bpf_htons(packet->ip_length);
	ip->nexthdr = packet->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	ip->hop_limit = TTL;
	for (int i = 0; i < 4; i++)
		ip->saddr.s6_addr32[i] = local_ipv6.s6_addr32[i];
	ip->daddr = *destination;
	return true;
}

static __always_inline enum outcome balance(struct xdp_md *ctx, struct packet *packet)
{
	struct service_key key = {
		.address = packet->flow.destination,
		.port = packet->flow.destination_port,
		.protocol = packet->flow.protocol,
	};
	struct service *service = bpf_map_lookup_elem(&services, &key);
	struct backend *backend;
	bool is_new = false;
	bool done;
	int index;
	__u32 slot;

	if (!service)
		return OUTCOME_NOT_OURS;
	index = known_backend(packet);
	if (index < 0) {
		index = choose_backend(service, &packet->flow);
		if (index < 0)
			return OUTCOME_NO_BACKEND;
		is_new = true;
	}
	slot = index;
	if (is_new)
		bpf_map_update_elem(&connections, &packet->flow, &slot, BPF_ANY);
	backend = bpf_map_lookup_elem(&backends, &slot);
	if (!backend)
		return OUTCOME_NO_BACKEND;
	if (is_ipv4_mapped(&backend->address))
		done = encapsulate_ipv4(ctx, packet, backend->address.s6_addr32[3]);
	else
		done = encapsulate_ipv6(ctx, packet, &backend->address);
	if (!done)
		return OUTCOME_NO_HEADROOM;
	count(slot, packet, is_new);
	return OUTCOME_BALANCED;
}

SEC("xdp")
int xdp_load_balancer(struct xdp_md *ctx)
{
	struct packet packet = {};
	enum outcome outcome = parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &packet);

	if (outcome == OUTCOME_BALANCED)
		outcome = balance(ctx, &packet);
	__sync_fetch_and_add(&outcomes[outcome], 1);
	switch (outcome) {
	case OUTCOME_BALANCED:
		return XDP_TX;
	case OUTCOME_NOT_OURS:
	case OUTCOME_FRAGMENT:
		return XDP_PASS;
	default:
		return XDP_DROP;
	}
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
