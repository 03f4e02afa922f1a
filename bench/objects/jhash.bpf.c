// SPDX-License-Identifier: MIT
/* Bob Jenkins' lookup3 over the packet: 32-bit adds, subtractions and rotations. */
#include "bench.h"

#define ROL(x, n) (((x) << (n)) | ((x) >> (32 - (n))))

PROGRAM(jhash)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u32 a = 0xdeadbeef, b = a, c = a;

	for (int i = 0; i < 130; i++) {
		if (at + 12 > end)
			break;
		a += *(__u32 *)at;
		b += *(__u32 *)(at + 4);
		c += *(__u32 *)(at + 8);
		at += 12;
		a -= c, a ^= ROL(c, 4), c += b;
		b -= a, b ^= ROL(a, 6), a += c;
		c -= b, c ^= ROL(b, 8), b += a;
		a -= c, a ^= ROL(c, 16), c += b;
		b -= a, b ^= ROL(a, 19), a += c;
		c -= b, c ^= ROL(b, 4), b += a;
	}
	c ^= b, c -= ROL(b, 14);
	a ^= c, a -= ROL(c, 11);
	b ^= a, b -= ROL(a, 25);
	return c ^ b;
}
