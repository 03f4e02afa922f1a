/* clang: -g0 */
/* Maps as they were before BTF: struct bpf_map_def, no debug info at all. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def {
  unsigned int type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};

struct bpf_map_def SEC("maps") first = {
    .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2};
struct bpf_map_def SEC("maps") second = {
    .type = BPF_MAP_TYPE_HASH, .key_size = 16, .value_size = 4, .max_entries = 10, .map_flags = 1};
struct bpf_map_def SEC("maps/own") third = {
    .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

int limit = 3;

SEC("socket")
int filter(struct __sk_buff *skb) {
  int key = 0;
  __u64 wide[2] = {};
  long *value = bpf_map_lookup_elem(&second, wide);
  int *other = bpf_map_lookup_elem(&third, &key);
  return value && other ? limit : 0;
}

char _license[] SEC("license") = "GPL";
