// SPDX-License-Identifier: MIT
/* SipHash-2-4 of the packet: 64-bit rotations, which BPF does not have. */
#include "bench.h"

#define ROTL(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
#define ROUND                                                                                                          \
	do {                                                                                                           \
		v0 += v1, v1 = ROTL(v1, 13), v1 ^= v0, v0 = ROTL(v0, 32);                                              \
		v2 += v3, v3 = ROTL(v3, 16), v3 ^= v2;                                                                 \
		v0 += v3, v3 = ROTL(v3, 21), v3 ^= v0;                                                                 \
		v2 += v1, v1 = ROTL(v1, 17), v1 ^= v2, v2 = ROTL(v2, 32);                                              \
	} while (0)

PROGRAM(siphash)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u64 v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d;
	__u64 v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;

	for (int i = 0; i < 200; i++) {
		__u64 word;

		if (at + 8 > end)
			break;
		word = *(__u64 *)at;
		at += 8;
		v3 ^= word;
		ROUND;
		ROUND;
		v0 ^= word;
	}
	v2 ^= 0xff;
	ROUND;
	ROUND;
	ROUND;
	ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}
