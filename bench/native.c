// SPDX-License-Identifier: MIT
/* Runs bench_program of a corpus program on the packet given on standard input and prints {"ns", "results"}. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct native_ctx {
	void *data, *data_end;
};
extern int (*bench_program)(struct native_ctx *);

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static double run(struct native_ctx *ctx, long repeat)
{
	double start = now();
	for (long i = 0; i < repeat; i++)
		bench_program(ctx);
	return now() - start;
}

int main(void)
{
	static uint8_t packet[4096];
	size_t length = fread(packet, 1, sizeof(packet), stdin);
	struct native_ctx ctx = { packet, packet + length };
	long repeat = 64;

	run(&ctx, 110);
	while (run(&ctx, repeat) < 25e6)
		repeat *= 2;
	printf("{\"ns\":%f,\"results\":\"%u\"}\n", run(&ctx, repeat) / repeat, (uint32_t)bench_program(&ctx));
}
