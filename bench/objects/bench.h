/* SPDX-License-Identifier: MIT */
/*
 * One source, two compilers: clang -target bpf makes an XDP program of each benchmark, clang -O2 a shared object with the
 * same function for the machine itself. Natively a context has real pointers and maps are plain C.
 */
#ifndef BENCH_H
#define BENCH_H

#ifdef __bpf__

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(name) SEC("xdp") int name(struct xdp_md *ctx)
#define DATA(ctx) ((void *)(long)(ctx)->data)
#define DATA_END(ctx) ((void *)(long)(ctx)->data_end)
#define LOOKUP(map, key) bpf_map_lookup_elem(&(map), key)
#define ARRAY(name, value_type, entries)                                                                               \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                      \
		__uint(max_entries, entries);                                                                          \
		__type(key, __u32);                                                                                    \
		__type(value, value_type);                                                                                \
	} name SEC(".maps")
#define HASH(name, key_type, value_type, entries)                                                                      \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_HASH);                                                                       \
		__uint(max_entries, entries);                                                                          \
		__type(key, key_type);                                                                                 \
		__type(value, value_type);                                                                             \
	} name SEC(".maps")
#define UPDATE(map, key, value) bpf_map_update_elem(&(map), key, value, BPF_ANY)
char LICENSE[] SEC("license") = "GPL";

#else

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int64_t __s64;
#define XDP_PASS 2
#define __noinline __attribute__((noinline))

struct native_ctx {
	void *data, *data_end;
};
#define PROGRAM(name)                                                                                                  \
	int name(struct native_ctx *ctx);                                                                              \
	int (*bench_program)(struct native_ctx *) = name;                                                              \
	int name(struct native_ctx *ctx)
#define DATA(ctx) ((ctx)->data)
#define DATA_END(ctx) ((ctx)->data_end)
#define ARRAY(name, value_type, entries)                                                                               \
	static value_type name##_values[entries];                                                                           \
	static inline value_type *name##_lookup(const __u32 *key)                                                  \
	{                                                                                                              \
		return *key < (entries) ? &name##_values[*key] : NULL;                                                 \
	}
/* Chained buckets and a hash by words, as a careful C programmer would write it. */
#define HASH(name, key_type, value_type, entries)                                                                      \
	struct name##_node {                                                                                           \
		struct name##_node *next;                                                                              \
		key_type key;                                                                                          \
		value_type value;                                                                                      \
	};                                                                                                             \
	static struct name##_node *name##_buckets[2 * (entries)];                                                      \
	static __u32 name##_hash(const key_type *key)                                                                  \
	{                                                                                                              \
		__u32 words[sizeof(key_type) / 4], hash = 0x9e3779b9;                                                  \
		memcpy(words, key, sizeof(words));                                                                     \
		for (unsigned int i = 0; i < sizeof(words) / 4; i++) {                                                 \
			hash = (hash ^ words[i]) * 0x85ebca6b;                                                         \
			hash ^= hash >> 15;                                                                            \
		}                                                                                                      \
		return hash % (2 * (entries));                                                                         \
	}                                                                                                              \
	static __noinline value_type *name##_lookup(const key_type *key)                                               \
	{                                                                                                              \
		struct name##_node *node = name##_buckets[name##_hash(key)];                                           \
		while (node && memcmp(&node->key, key, sizeof(*key)))                                                  \
			node = node->next;                                                                             \
		return node ? &node->value : NULL;                                                                     \
	}                                                                                                              \
	static void name##_update(const key_type *key, const value_type *value)                                        \
	{                                                                                                              \
		value_type *old = name##_lookup(key);                                                                  \
		if (!old) {                                                                                            \
			struct name##_node *node = malloc(sizeof(*node));                                              \
			__u32 hash = name##_hash(key);                                                                 \
			node->next = name##_buckets[hash];                                                             \
			node->key = *key;                                                                              \
			name##_buckets[hash] = node;                                                                   \
			old = &node->value;                                                                            \
		}                                                                                                      \
		*old = *value;                                                                                         \
	}
#define LOOKUP(map, key) map##_lookup(key)
#define UPDATE(map, key, value) map##_update(key, value)

#endif
#endif
