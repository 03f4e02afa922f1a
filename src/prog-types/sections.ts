/** libbpf's SEC() names (libbpf 1.5, with what 1.6 added): which section makes which program type. Facts only. */
import type { AttachTypeName, ProgTypeName } from '../uapi/bpf.ts';
import { PROG_FLAG } from '../uapi/bpf.ts';

export interface SectionRow {
  /** The name; a trailing `+` stands for "alone, or followed by `/` and anything". */
  readonly name: string;
  readonly progType: ProgTypeName;
  /** expected_attach_type; undefined where libbpf sends 0. */
  readonly attachType: AttachTypeName | undefined;
  /** prog_flags that the name implies. */
  readonly flags: number;
  /** The target is a function known by BTF (attach_btf_id), without which the program cannot load. */
  readonly needsBtfTarget: boolean;
}

export interface SectionMatch extends SectionRow {
  /** What follows the first `/` after the row's name: a function, a tracepoint, an address family hook. */
  readonly attachTarget: string;
}

const SLEEPABLE = PROG_FLAG.BPF_F_SLEEPABLE;
const XDP_FRAGS = PROG_FLAG.BPF_F_XDP_HAS_FRAGS;

function row(
  name: string,
  progType: ProgTypeName,
  attachType?: AttachTypeName,
  flags = 0,
  target?: 'btf',
): SectionRow {
  return { name, progType, attachType, flags, needsBtfTarget: target === 'btf' };
}

/** In libbpf's order; the first match counts. `tc`, `classifier` and `action` are the names before tcx. */
export const SECTIONS: readonly SectionRow[] = [
  row('socket', 'socket_filter'),
  row('sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate'),
  row('sk_reuseport', 'sk_reuseport', 'sk_reuseport_select'),
  row('kprobe+', 'kprobe'),
  row('uprobe+', 'kprobe'),
  row('uprobe.s+', 'kprobe', undefined, SLEEPABLE),
  row('kretprobe+', 'kprobe'),
  row('uretprobe+', 'kprobe'),
  row('uretprobe.s+', 'kprobe', undefined, SLEEPABLE),
  row('kprobe.multi+', 'kprobe', 'trace_kprobe_multi'),
  row('kretprobe.multi+', 'kprobe', 'trace_kprobe_multi'),
  row('kprobe.session+', 'kprobe', 'trace_kprobe_session'),
  row('uprobe.multi+', 'kprobe', 'trace_uprobe_multi'),
  row('uretprobe.multi+', 'kprobe', 'trace_uprobe_multi'),
  row('uprobe.multi.s+', 'kprobe', 'trace_uprobe_multi', SLEEPABLE),
  row('uretprobe.multi.s+', 'kprobe', 'trace_uprobe_multi', SLEEPABLE),
  row('uprobe.session+', 'kprobe', 'trace_uprobe_session'),
  row('uprobe.session.s+', 'kprobe', 'trace_uprobe_session', SLEEPABLE),
  row('ksyscall+', 'kprobe'),
  row('kretsyscall+', 'kprobe'),
  row('usdt+', 'kprobe'),
  row('usdt.s+', 'kprobe', undefined, SLEEPABLE),
  row('tc/ingress', 'sched_cls', 'tcx_ingress'),
  row('tc/egress', 'sched_cls', 'tcx_egress'),
  row('tcx/ingress', 'sched_cls', 'tcx_ingress'),
  row('tcx/egress', 'sched_cls', 'tcx_egress'),
  row('tc', 'sched_cls'),
  row('classifier', 'sched_cls'),
  row('action', 'sched_act'),
  row('netkit/primary', 'sched_cls', 'netkit_primary'),
  row('netkit/peer', 'sched_cls', 'netkit_peer'),
  row('tracepoint+', 'tracepoint'),
  row('tp+', 'tracepoint'),
  row('raw_tracepoint+', 'raw_tracepoint'),
  row('raw_tp+', 'raw_tracepoint'),
  row('raw_tracepoint.w+', 'raw_tracepoint_writable'),
  row('raw_tp.w+', 'raw_tracepoint_writable'),
  row('tp_btf+', 'tracing', 'trace_raw_tp', 0, 'btf'),
  row('fentry+', 'tracing', 'trace_fentry', 0, 'btf'),
  row('fmod_ret+', 'tracing', 'modify_return', 0, 'btf'),
  row('fexit+', 'tracing', 'trace_fexit', 0, 'btf'),
  row('fentry.s+', 'tracing', 'trace_fentry', SLEEPABLE, 'btf'),
  row('fmod_ret.s+', 'tracing', 'modify_return', SLEEPABLE, 'btf'),
  row('fexit.s+', 'tracing', 'trace_fexit', SLEEPABLE, 'btf'),
  row('freplace+', 'ext', undefined, 0, 'btf'),
  row('lsm+', 'lsm', 'lsm_mac', 0, 'btf'),
  row('lsm.s+', 'lsm', 'lsm_mac', SLEEPABLE, 'btf'),
  row('lsm_cgroup+', 'lsm', 'lsm_cgroup', 0, 'btf'),
  row('iter+', 'tracing', 'trace_iter', 0, 'btf'),
  row('iter.s+', 'tracing', 'trace_iter', SLEEPABLE, 'btf'),
  row('syscall', 'syscall', undefined, SLEEPABLE),
  row('xdp.frags/devmap', 'xdp', 'xdp_devmap', XDP_FRAGS),
  row('xdp/devmap', 'xdp', 'xdp_devmap'),
  row('xdp.frags/cpumap', 'xdp', 'xdp_cpumap', XDP_FRAGS),
  row('xdp/cpumap', 'xdp', 'xdp_cpumap'),
  row('xdp.frags', 'xdp', 'xdp', XDP_FRAGS),
  row('xdp', 'xdp', 'xdp'),
  row('perf_event', 'perf_event'),
  row('lwt_in', 'lwt_in'),
  row('lwt_out', 'lwt_out'),
  row('lwt_xmit', 'lwt_xmit'),
  row('lwt_seg6local', 'lwt_seg6local'),
  row('sockops', 'sock_ops', 'cgroup_sock_ops'),
  row('sk_skb/stream_parser', 'sk_skb', 'sk_skb_stream_parser'),
  row('sk_skb/stream_verdict', 'sk_skb', 'sk_skb_stream_verdict'),
  row('sk_skb/verdict', 'sk_skb', 'sk_skb_verdict'),
  row('sk_skb', 'sk_skb'),
  row('sk_msg', 'sk_msg', 'sk_msg_verdict'),
  row('lirc_mode2', 'lirc_mode2', 'lirc_mode2'),
  row('flow_dissector', 'flow_dissector', 'flow_dissector'),
  row('cgroup_skb/ingress', 'cgroup_skb', 'cgroup_inet_ingress'),
  row('cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress'),
  row('cgroup/skb', 'cgroup_skb'),
  row('cgroup/sock_create', 'cgroup_sock', 'cgroup_inet_sock_create'),
  row('cgroup/sock_release', 'cgroup_sock', 'cgroup_inet_sock_release'),
  row('cgroup/sock', 'cgroup_sock', 'cgroup_inet_sock_create'),
  row('cgroup/post_bind4', 'cgroup_sock', 'cgroup_inet4_post_bind'),
  row('cgroup/post_bind6', 'cgroup_sock', 'cgroup_inet6_post_bind'),
  row('cgroup/bind4', 'cgroup_sock_addr', 'cgroup_inet4_bind'),
  row('cgroup/bind6', 'cgroup_sock_addr', 'cgroup_inet6_bind'),
  row('cgroup/connect4', 'cgroup_sock_addr', 'cgroup_inet4_connect'),
  row('cgroup/connect6', 'cgroup_sock_addr', 'cgroup_inet6_connect'),
  row('cgroup/connect_unix', 'cgroup_sock_addr', 'cgroup_unix_connect'),
  row('cgroup/sendmsg4', 'cgroup_sock_addr', 'cgroup_udp4_sendmsg'),
  row('cgroup/sendmsg6', 'cgroup_sock_addr', 'cgroup_udp6_sendmsg'),
  row('cgroup/sendmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_sendmsg'),
  row('cgroup/recvmsg4', 'cgroup_sock_addr', 'cgroup_udp4_recvmsg'),
  row('cgroup/recvmsg6', 'cgroup_sock_addr', 'cgroup_udp6_recvmsg'),
  row('cgroup/recvmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_recvmsg'),
  row('cgroup/getpeername4', 'cgroup_sock_addr', 'cgroup_inet4_getpeername'),
  row('cgroup/getpeername6', 'cgroup_sock_addr', 'cgroup_inet6_getpeername'),
  row('cgroup/getpeername_unix', 'cgroup_sock_addr', 'cgroup_unix_getpeername'),
  row('cgroup/getsockname4', 'cgroup_sock_addr', 'cgroup_inet4_getsockname'),
  row('cgroup/getsockname6', 'cgroup_sock_addr', 'cgroup_inet6_getsockname'),
  row('cgroup/getsockname_unix', 'cgroup_sock_addr', 'cgroup_unix_getsockname'),
  row('cgroup/sysctl', 'cgroup_sysctl', 'cgroup_sysctl'),
  row('cgroup/getsockopt', 'cgroup_sockopt', 'cgroup_getsockopt'),
  row('cgroup/setsockopt', 'cgroup_sockopt', 'cgroup_setsockopt'),
  row('cgroup/dev', 'cgroup_device', 'cgroup_device'),
  row('struct_ops+', 'struct_ops'),
  row('struct_ops.s+', 'struct_ops', undefined, SLEEPABLE),
  row('sk_lookup', 'sk_lookup', 'sk_lookup'),
  row('netfilter', 'netfilter', 'netfilter'),
];

/**
 * What a program section's name says (without a leading `?`, which only turns autoload off).
 * Undefined for names that libbpf does not know; old spellings such as `xdp_foo` or `cgroup/skb/x` are among them.
 */
export function matchSection(section: string): SectionMatch | undefined {
  const name = section.startsWith('?') ? section.slice(1) : section;
  for (const entry of SECTIONS) {
    if (!entry.name.endsWith('+')) {
      if (name === entry.name) return { ...entry, attachTarget: '' };
      continue;
    }
    const prefix = entry.name.slice(0, -1);
    if (name === prefix) return { ...entry, attachTarget: '' };
    if (name.startsWith(`${prefix}/`)) return { ...entry, attachTarget: name.slice(prefix.length + 1) };
  }
  return undefined;
}
