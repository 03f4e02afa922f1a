// SPDX-License-Identifier: MIT
/* Divisions and remainders of 32 and 64 bits by values from the packet. */
#include "bench.h"

PROGRAM(divmod)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u64 sum = 1;
	__u32 narrow = 1;

	for (int i = 0; i < 64; i++) {
		__u64 x;

		if (at + 8 > end)
			break;
		x = *(__u64 *)at | 1;
		at += 8;
		sum += (sum * 0x9e3779b97f4a7c15) / x;
		sum ^= (sum + i) % (x >> 32 | 1);
		narrow += (__u32)sum / ((__u32)x | 1);
		narrow ^= (narrow + 77) % ((__u32)(x >> 16) | 1);
	}
	return sum ^ narrow;
}
