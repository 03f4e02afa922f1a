/* Values that hold a bpf_spin_lock: in front, behind other members, and beside a global variable. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct counter {
	struct bpf_spin_lock lock;
	__u32 count;
};

struct record {
	__u64 first;
	struct bpf_spin_lock lock;
	__u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct counter);
	__uint(max_entries, 1);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct record);
	__uint(max_entries, 4);
} records SEC(".maps");

struct bpf_spin_lock lock SEC(".data.locked");
int total SEC(".data.locked") = 40;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct counter *counter = bpf_map_lookup_elem(&counters, &key);
	struct record *record = bpf_map_lookup_elem(&records, &key);

	if (!counter || !record)
		return -1;
	bpf_spin_lock(&counter->lock);
	counter->count++;
	bpf_spin_unlock(&counter->lock);
	bpf_spin_lock(&record->lock);
	record->count++;
	bpf_spin_unlock(&record->lock);
	bpf_spin_lock(&lock);
	total++;
	bpf_spin_unlock(&lock);
	return counter->count + record->count;
}

char _license[] SEC("license") = "GPL";
