// SPDX-License-Identifier: MIT
/* Nothing: what a run itself costs. Not part of the geomean. */
#include "bench.h"

PROGRAM(trivial)
{
	return XDP_PASS;
}
