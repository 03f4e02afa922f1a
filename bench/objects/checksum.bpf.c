// SPDX-License-Identifier: MIT
/* The Internet checksum of the whole packet, four bytes at a time. */
#include "bench.h"

PROGRAM(checksum)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u64 sum = 0;

	for (int i = 0; i < 400; i++) {
		if (at + 4 > end)
			break;
		sum += *(__u32 *)at;
		at += 4;
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}
