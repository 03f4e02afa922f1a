/* What an object cannot say by itself: CO-RE accesses, kernel configuration, kernel symbols and functions. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

enum state { STATE_OFF, STATE_ON };

struct task_struct {
  int pid;
  struct {
    int depth[4];
  } inner;
  int flag : 3;
} __attribute__((preserve_access_index));

extern int CONFIG_HZ __kconfig;
extern const int init_task __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern int elsewhere(int);

SEC("fentry/do_nanosleep")
int probe(struct task_struct *task) {
  bpf_rcu_read_lock();
  if (!bpf_core_field_exists(task->pid)) return 0;
  return task->pid + task->inner.depth[2] + CONFIG_HZ + (&init_task != 0) + bpf_core_type_size(struct task_struct) +
         bpf_core_enum_value(enum state, STATE_ON) + BPF_CORE_READ_BITFIELD(task, flag);
}

SEC("flux/capacitor")
int unknown(void *ctx) {
  return elsewhere(1);
}

char _license[] SEC("license") = "GPL";
