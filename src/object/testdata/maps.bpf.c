/* Every way in which a BTF-defined map can be written, and data sections of all kinds. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum color { RED, GREEN = 5, BLUE = -1 };
struct inner_key {
  __u8 addr[4];
  __u16 port;
};
struct value {
  __u64 packets;
  char name[8];
  enum color color;
  unsigned int low : 3;
  unsigned int high : 13;
  union {
    __u32 word;
    __u8 bytes[4];
  };
  struct value *next;
  double ratio[1];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16);
  __uint(map_flags, BPF_F_NO_COMMON_LRU);
  __uint(numa_node, 0);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
  __type(key, struct inner_key);
  __type(value, struct value);
} typed SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
  __uint(max_entries, 8);
  __uint(key_size, 0);
  __uint(value_size, 12);
  enum { sized_map_extra = 3 } map_extra; /* what __ulong() of newer headers makes */
} sized SEC(".maps");

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, int);
  __type(value, int);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __type(key, int);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[0] = &inner_b, [2] = &inner_a}};

int callee(struct __sk_buff *skb);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, sizeof(int));
  __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[1] = (void *)&callee}};

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events SEC(".maps");

int counter = 41;
static __u64 zeroed[3];
const volatile char greeting[] = "hello";
int custom SEC(".data.custom") = 9;
const int limit SEC(".rodata.limits") = 3;
struct value shown SEC(".bss.shown");

SEC("tc")
int callee(struct __sk_buff *skb) {
  return custom + limit;
}

SEC("tc/ingress")
int entry(struct __sk_buff *skb) {
  int key = 1;
  struct inner_key typed_key = {};
  struct value *value = bpf_map_lookup_elem(&typed, &typed_key);
  void *found = bpf_map_lookup_elem(&outer, &key);
  bpf_tail_call(skb, &jumps, 1);
  if (value) shown.packets = value->packets;
  zeroed[2] += skb->len;
  return counter++ + greeting[skb->len & 1] + (found != 0);
}

char _license[] SEC("license") = "Dual MIT/GPL";
