// SPDX-License-Identifier: MIT
/* Sixteen lookups in a hash map of ten thousand flows; the first run fills it, slice by slice. */
#include "bench.h"

struct flow {
	__u32 source, target, ports, protocol;
};
HASH(flows, struct flow, __u64, 10000);
ARRAY(filled, __u32, 1);

#define SLICE 100

PROGRAM(hash_lookup)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u32 zero = 0, *done;
	__u64 sum = 0;

	if (at + 64 > end)
		return 0;
	done = LOOKUP(filled, &zero);
	if (!done)
		return 0;
	if (*done < 10000) {
		__u32 from = *done;

		for (__u32 i = 0; i < SLICE; i++) {
			struct flow flow = { from + i, (from + i) * 7, 53, 17 };
			__u64 value = from + i;

			UPDATE(flows, &flow, &value);
		}
		*done = from + SLICE;
		return 0;
	}
	for (__u32 i = 0; i < 16; i++) {
		__u32 number = (*(__u32 *)(at + 2 * i) * 2654435761u >> 8) % 11000;
		struct flow flow = { number, number * 7, 53, 17 };
		__u64 *value = LOOKUP(flows, &flow);

		if (value)
			sum += *value;
	}
	return sum;
}
