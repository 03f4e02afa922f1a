// SPDX-License-Identifier: MIT
/* Sixteen lookups in an array map and a counter added to in each. */
#include "bench.h"

struct counter {
	__u64 packets, bytes;
};
ARRAY(counters, struct counter, 256);

PROGRAM(array_lookup)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u64 sum = 0;

	if (at + 32 > end)
		return 0;
	for (int i = 0; i < 16; i++) {
		__u32 key = at[i + 16];
		struct counter *counter = LOOKUP(counters, &key);

		if (!counter)
			continue;
		counter->packets++;
		counter->bytes += end - at;
		sum += key;
	}
	return sum;
}
