// SPDX-License-Identifier: MIT
/* Ethernet, IPv4 or IPv6, UDP or TCP: what most XDP programs begin with. */
#include "bench.h"

PROGRAM(parse)
{
	__u8 *data = DATA(ctx), *end = DATA_END(ctx);
	__u8 *ip = data + 14, *l4;
	__u8 protocol;
	__u16 type;

	if (data + 14 > end)
		return 0;
	type = *(__u16 *)(data + 12);
	if (type == 0x0008) {
		if (ip + 20 > end || (ip[0] & 15) != 5)
			return 0;
		protocol = ip[9];
		l4 = ip + 20;
	} else if (type == 0xdd86) {
		if (ip + 40 > end)
			return 0;
		protocol = ip[6];
		l4 = ip + 40;
	} else {
		return XDP_PASS;
	}
	if (protocol == 17) {
		if (l4 + 8 > end)
			return 0;
	} else if (protocol == 6) {
		if (l4 + 20 > end)
			return 0;
	} else {
		return XDP_PASS;
	}
	return *(__u16 *)l4 ^ *(__u16 *)(l4 + 2);
}
