// SPDX-License-Identifier: MIT
/* A state machine over the packet's bytes: hard to predict branches. */
#include "bench.h"

PROGRAM(branchy)
{
	__u8 *at = DATA(ctx), *end = DATA_END(ctx);
	__u32 state = 0, words = 0, digits = 0, other = 0;

	for (int i = 0; i < 1000; i++) {
		__u8 c;

		if (at + 1 > end)
			break;
		c = *at++;
		if (state == 0) {
			if (c >= '0' && c <= '9') {
				digits++;
				state = 1;
			} else if (c & 0x40) {
				words++;
				state = 2;
			} else {
				other += c;
			}
		} else if (state == 1) {
			if (c < 0x20)
				state = 0;
			else if (c > 0x80)
				state = 3;
			else
				digits += 2;
		} else if (state == 2) {
			if (c & 1)
				state = 0;
			else
				words += c & 3;
		} else {
			other ^= c << 3;
			state = (c >> 4) & 3;
		}
	}
	return words * 31 + digits * 7 + other;
}
