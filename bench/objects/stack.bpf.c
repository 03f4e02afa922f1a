// SPDX-License-Identifier: MIT
/* A histogram on the stack, at variable places. */
#include "bench.h"

PROGRAM(stack)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u32 histogram[64] = {};
	__u32 best = 0;

	for (int i = 0; i < 1000; i++) {
		if (at + 1 > end)
			break;
		histogram[*at++ & 63] += i;
	}
	for (int i = 0; i < 64; i++)
		best = histogram[i] > best ? histogram[i] : best;
	return best;
}
