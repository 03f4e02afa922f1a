/**
 * kfuncs: functions of the kernel that programs call by BTF. Facts of 6.18.44 in the configuration of the kernel that is
 * compared with; unlike helpers they come and go with options and modules.
 */
import type { AttachTypeName, ProgTypeName } from '../uapi/bpf.ts';

interface Group {
  /** Absent: every type. */
  readonly types?: readonly ProgTypeName[];
  readonly attachTypes?: readonly AttachTypeName[];
  readonly names: readonly string[];
}

function group(types: string, names: string): Group {
  const words = (text: string): string[] => text.trim().split(/\s+/);
  return { ...(types === '' ? {} : { types: words(types) as ProgTypeName[] }), names: words(names) };
}

/** Programs of cgroups share one list, sock_ops with them. */
const CGROUP = 'cgroup_skb cgroup_sock cgroup_sock_addr cgroup_sockopt cgroup_sysctl cgroup_device sock_ops';

const GROUPS: readonly Group[] = [
  group(
    '',
    `
      __bpf_trap bpf_arena_alloc_pages bpf_arena_free_pages bpf_arena_reserve_pages bpf_cast_to_kern_ctx
      bpf_cgroup_read_xattr bpf_copy_from_user_dynptr bpf_copy_from_user_str bpf_copy_from_user_str_dynptr
      bpf_copy_from_user_task_dynptr bpf_copy_from_user_task_str bpf_copy_from_user_task_str_dynptr
      bpf_dynptr_adjust bpf_dynptr_clone bpf_dynptr_copy bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_memset
      bpf_dynptr_size bpf_dynptr_slice bpf_dynptr_slice_rdwr bpf_get_kmem_cache bpf_iter_bits_destroy
      bpf_iter_bits_new bpf_iter_bits_next bpf_iter_css_destroy bpf_iter_css_new bpf_iter_css_next
      bpf_iter_css_task_destroy bpf_iter_css_task_new bpf_iter_css_task_next bpf_iter_dmabuf_destroy
      bpf_iter_dmabuf_new bpf_iter_dmabuf_next bpf_iter_kmem_cache_destroy bpf_iter_kmem_cache_new
      bpf_iter_kmem_cache_next bpf_iter_num_destroy bpf_iter_num_new bpf_iter_num_next bpf_iter_task_destroy
      bpf_iter_task_new bpf_iter_task_next bpf_iter_task_vma_destroy bpf_iter_task_vma_new bpf_iter_task_vma_next
      bpf_local_irq_restore bpf_local_irq_save bpf_map_sum_elem_count bpf_modify_return_test_tp
      bpf_preempt_disable bpf_preempt_enable bpf_probe_read_kernel_dynptr bpf_probe_read_kernel_str_dynptr
      bpf_probe_read_user_dynptr bpf_probe_read_user_str_dynptr bpf_rcu_read_lock bpf_rcu_read_unlock
      bpf_rdonly_cast bpf_res_spin_lock bpf_res_spin_lock_irqsave bpf_res_spin_unlock
      bpf_res_spin_unlock_irqrestore bpf_strcasecmp bpf_strchr bpf_strchrnul bpf_strcmp bpf_strcspn
      bpf_stream_vprintk_impl bpf_strlen bpf_strnchr bpf_strnlen bpf_strnstr bpf_strrchr bpf_strspn bpf_strstr
      bpf_task_work_schedule_resume_impl bpf_task_work_schedule_signal_impl bpf_wq_init bpf_wq_set_callback_impl
      bpf_wq_start bpf_xdp_metadata_rx_hash bpf_xdp_metadata_rx_timestamp bpf_xdp_metadata_rx_vlan_tag
    `,
  ),
  group(
    `${CGROUP} perf_event sched_cls struct_ops syscall tracepoint tracing xdp`,
    `
    bpf_cgroup_acquire bpf_cgroup_ancestor bpf_cgroup_from_id bpf_cgroup_release bpf_key_put bpf_list_back
      bpf_list_front bpf_list_pop_back bpf_list_pop_front bpf_list_push_back_impl bpf_list_push_front_impl
      bpf_lookup_system_key bpf_lookup_user_key bpf_obj_drop_impl bpf_obj_new_impl bpf_percpu_obj_drop_impl
      bpf_percpu_obj_new_impl bpf_rbtree_add_impl bpf_rbtree_first bpf_rbtree_left bpf_rbtree_remove
      bpf_rbtree_right bpf_rbtree_root bpf_refcount_acquire_impl bpf_send_signal_task bpf_task_acquire
      bpf_task_from_pid bpf_task_from_vpid bpf_task_get_cgroup1 bpf_task_release bpf_task_under_cgroup bpf_throw
    `,
  ),
  group(
    'perf_event struct_ops syscall tracepoint tracing',
    `
    bpf_cpumask_acquire bpf_cpumask_and bpf_cpumask_any_and_distribute bpf_cpumask_any_distribute
      bpf_cpumask_clear bpf_cpumask_clear_cpu bpf_cpumask_copy bpf_cpumask_create bpf_cpumask_empty
      bpf_cpumask_equal bpf_cpumask_first bpf_cpumask_first_and bpf_cpumask_first_zero bpf_cpumask_full
      bpf_cpumask_intersects bpf_cpumask_or bpf_cpumask_populate bpf_cpumask_release bpf_cpumask_set_cpu
      bpf_cpumask_setall bpf_cpumask_subset bpf_cpumask_test_and_clear_cpu bpf_cpumask_test_and_set_cpu
      bpf_cpumask_test_cpu bpf_cpumask_weight bpf_cpumask_xor
    `,
  ),
  group(
    'struct_ops',
    `
    bbr_cwnd_event bbr_init bbr_main bbr_min_tso_segs bbr_set_state bbr_sndbuf_expand bbr_ssthresh bbr_undo_cwnd
      cubictcp_acked cubictcp_cong_avoid cubictcp_cwnd_event cubictcp_init cubictcp_recalc_ssthresh cubictcp_state
      tcp_cong_avoid_ai tcp_reno_cong_avoid tcp_reno_ssthresh tcp_reno_undo_cwnd tcp_slow_start
    `,
  ),
  group(
    'sched_cls xdp',
    `
    bpf_ct_change_status bpf_ct_change_timeout bpf_ct_insert_entry bpf_ct_release bpf_ct_set_nat_info
      bpf_ct_set_status bpf_ct_set_timeout bpf_skb_ct_alloc bpf_skb_ct_lookup bpf_xdp_ct_alloc bpf_xdp_ct_lookup
    `,
  ),
  group(
    'xdp',
    `
    bpf_dynptr_from_xdp bpf_xdp_get_xfrm_state bpf_xdp_pull_data bpf_xdp_xfrm_state_release
    `,
  ),
  group(
    'syscall',
    `
    bpf_crypto_ctx_acquire bpf_crypto_ctx_create bpf_crypto_ctx_release
    `,
  ),
  group(
    'sched_act sched_cls xdp',
    `
    bpf_crypto_decrypt bpf_crypto_encrypt
    `,
  ),
  group(
    'perf_event sched_cls syscall tracepoint tracing',
    `
    bpf_kfunc_call_memb_release bpf_kfunc_call_test_release
    `,
  ),
  group(
    `${CGROUP}`,
    `
    bpf_sock_addr_set_sun_path bpf_sock_ops_enable_tx_tstamp
    `,
  ),
  group(
    'perf_event tracepoint tracing',
    `
    css_rstat_flush css_rstat_updated
    `,
  ),
  group(
    `${CGROUP} lwt_in lwt_out lwt_seg6local lwt_xmit netfilter perf_event sched_act sched_cls sk_skb socket_filter tracepoint tracing`,
    `
    bpf_dynptr_from_skb
    `,
  ),
  group(
    'sched_act sched_cls',
    `
    bpf_dynptr_from_skb_meta
    `,
  ),
  group(
    'sched_cls',
    `
    bpf_sk_assign_tcp_reqsk
    `,
  ),
  { types: ['tracing'], attachTypes: ['trace_iter'], names: ['bpf_sock_destroy'] },
  {
    types: ['kprobe'],
    attachTypes: ['trace_kprobe_session', 'trace_uprobe_session'],
    names: ['bpf_session_cookie', 'bpf_session_is_return'],
  },
];

/** Names of the kfuncs that programs of a type (and attach type) may call, sorted. */
export function kfuncNames(progType: ProgTypeName, attachType?: AttachTypeName): readonly string[] {
  return GROUPS.filter(
    (group) =>
      (group.types === undefined || group.types.includes(progType)) &&
      (group.attachTypes === undefined || (attachType && group.attachTypes.includes(attachType))),
  )
    .flatMap(({ names }) => names)
    .sort();
}
