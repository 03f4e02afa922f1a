// SPDX-License-Identifier: MIT
/* A hundred and twenty-eight calls of a subprogram. */
#include "bench.h"

static __noinline __u64 mix(__u64 hash, __u64 word)
{
	hash ^= word;
	hash *= 0x9e3779b97f4a7c15;
	return hash ^ (hash >> 29);
}

PROGRAM(calls)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u64 hash = 1;

	for (int i = 0; i < 128; i++) {
		if (at + 8 > end)
			break;
		hash = mix(hash, *(__u64 *)at);
		at += 8;
	}
	return hash;
}
