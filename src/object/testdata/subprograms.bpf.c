/* Two programs of one section that share static and global subprograms, and pass callbacks by address. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, int);
  __type(value, long);
} counts SEC(".maps");

static int table[3] = {1, 2, 3};
const volatile int bias = 5;

static __attribute__((noinline)) int local_sub(int a) {
  return a * table[a & 1] + bias;
}

__attribute__((noinline)) int global_sub(int a) {
  return local_sub(a) + 1;
}

__hidden __attribute__((noinline)) int hidden_sub(int a) {
  volatile int twice = a * 2;
  return twice;
}

static long callback(__u32 index, void *ctx) {
  *(int *)ctx += global_sub(index);
  return 0;
}

SEC("xdp")
int first(struct xdp_md *ctx) {
  int sum = 0, key = 7;
  long one = 1;
  bpf_loop(10, callback, &sum, 0);
  bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
  table[2]++;
  return sum + local_sub(ctx->rx_queue_index);
}

SEC("?xdp")
int second(struct xdp_md *ctx) {
  bpf_printk("second %d", 3);
  return global_sub(1) + hidden_sub(2);
}

char _license[] SEC("license") = "GPL";
