/**
 * Helpers that whole groups of types may call, as Linux 6.18 answers when a program with nothing but the call is loaded
 * with all capabilities ([K] test-run.md 14). kfuncs are not helpers and not listed.
 */

/** Every type, tracing and networking alike. */
export const COMMON_HELPERS = `
  map_lookup_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem map_lookup_percpu_elem
  for_each_map_elem loop tail_call
  ktime_get_ns ktime_get_boot_ns ktime_get_tai_ns jiffies64
  get_prandom_u32 get_smp_processor_id get_numa_node_id
  trace_printk trace_vprintk snprintf snprintf_btf strtol strtoul strncmp
  get_current_pid_tgid get_ns_current_pid_tgid get_current_uid_gid get_current_comm get_current_task
  get_current_task_btf task_pt_regs get_task_stack get_branch_snapshot find_vma
  get_current_cgroup_id get_current_ancestor_cgroup_id current_task_under_cgroup get_cgroup_classid
  perf_event_read perf_event_read_value
  probe_read_user probe_read_kernel probe_read_user_str probe_read_kernel_str copy_from_user copy_from_user_task
  send_signal send_signal_thread
  spin_lock spin_unlock timer_init timer_set_callback timer_start timer_cancel kptr_xchg
  ringbuf_output ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query user_ringbuf_drain
  ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr
  dynptr_from_mem dynptr_read dynptr_write dynptr_data
  per_cpu_ptr this_cpu_ptr task_storage_get task_storage_delete cgrp_storage_get cgrp_storage_delete
`;

/** The casts of a socket to what it is. */
export const SKC_HELPERS = `
  skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock
  skc_to_unix_sock skc_to_mptcp_sock
`;

/** The networking types. */
export const BASE_HELPERS = `${COMMON_HELPERS} ${SKC_HELPERS} ktime_get_coarse_ns`;

/**
 * Programs that run where the kernel is traced. Where lockdown and configuration let them, bpf_probe_write_user and, for
 * kprobe, bpf_override_return come to it; the kernel compared with has neither.
 */
export const TRACING_HELPERS = `${COMMON_HELPERS}
  perf_event_output probe_read probe_read_str get_stack get_stackid get_func_ip get_attach_cookie
`;

/** Types that see the kernel's own structs through BTF. */
export const BTF_HELPERS = `${COMMON_HELPERS} ${SKC_HELPERS}
  perf_event_output probe_read probe_read_str get_stack get_stackid get_func_ip
  skb_output xdp_output xdp_get_buff_len sock_from_file get_socket_cookie sk_storage_get sk_storage_delete d_path
`;
