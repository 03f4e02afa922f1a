/** Cgroup types that judge no packet: devices, sysctls, socket options, sockets being made and bound. */
import { COMMON_HELPERS } from './base-helpers.ts';
import { type CtxField, ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

const VERDICTS = { deny: 0, allow: 1 } as const;

export const cgroupDevice: ProgTypeFacts = {
  name: 'cgroup_device',
  ctxStruct: 'bpf_cgroup_dev_ctx',
  ctxSize: 12,
  ctxFields: ctxTable(`
    access_type 0 4 narrow
    major       4 4 4
    minor       8 4 4
  `),
  packetAccess: 'none',
  returns: VERDICTS,
  returnRange: [0, 1],
  helpers: helperNames(COMMON_HELPERS, 'perf_event_output get_local_storage'),
};

export const cgroupSysctl: ProgTypeFacts = {
  name: 'cgroup_sysctl',
  ctxStruct: 'bpf_sysctl',
  ctxSize: 8,
  ctxFields: ctxTable(`
    write    0 4 narrow
    file_pos 4 4 narrow 4
  `),
  packetAccess: 'none',
  returns: VERDICTS,
  returnRange: [0, 1],
  helpers: helperNames(
    COMMON_HELPERS,
    `ktime_get_coarse_ns perf_event_output get_local_storage sysctl_get_name sysctl_get_current_value
     sysctl_get_new_value sysctl_set_new_value`,
  ),
};

/** struct bpf_sockopt; which fields can be written depends on the direction. */
function sockoptFields(getsockopt: boolean): readonly CtxField[] {
  const [inward, outward] = getsockopt ? ['-', '4'] : ['4', '-'];
  return ctxTable(`
    sk          0 8 8
    optval      8 8 8
    optval_end 16 8 8
    level      24 4 4 ${inward}
    optname    28 4 4 ${inward}
    optlen     32 4 4 4
    retval     36 4 ${getsockopt ? '4' : '-'} ${outward}
  `);
}

const SOCKOPT = `${COMMON_HELPERS}
  perf_event_output get_local_storage get_netns_cookie get_retval set_retval sk_storage_get sk_storage_delete tcp_sock
`;

export const cgroupSockopt: ProgTypeFacts = {
  name: 'cgroup_sockopt',
  ctxStruct: 'bpf_sockopt',
  ctxSize: 40,
  ctxFields: sockoptFields(true),
  packetAccess: 'none',
  returns: VERDICTS,
  returnRange: [0, 1],
  attachTypes: ['cgroup_getsockopt', 'cgroup_setsockopt'],
  helpers: helperNames(SOCKOPT),
  forms: [
    {
      attachTypes: ['cgroup_setsockopt'],
      ctxFields: sockoptFields(false),
      helpers: helperNames(SOCKOPT, 'getsockopt setsockopt'),
    },
  ],
};

/** struct bpf_sock: addresses and port are set only once the socket is bound. */
function sockFields(bound: 'no' | 'ip4' | 'ip6'): readonly CtxField[] {
  const early = bound === 'no' ? '4 4' : '- -';
  const word = '4,2^1,1^1';
  return ctxTable(`
    bound_dev_if      0  4 ${early}
    family            4  4 ${word}
    type              8  4 ${word}
    protocol         12  4 ${word}
    mark             16  4 ${early}
    priority         20  4 ${early}
    src_ip4          24  4 ${bound === 'ip4' ? 'narrow' : '-'}
    src_ip6          28 16 ${bound === 'ip6' ? 'narrow' : '-'}
    src_port         44  4 ${bound === 'no' ? '-' : word}
    dst_port         48  4 4,2^2,1^2
    dst_ip4          52  4 narrow
    dst_ip6          56 16 narrow
    state            72  4 ${word}
    rx_queue_mapping 76  4 ${word}
  `);
}

export const cgroupSock: ProgTypeFacts = {
  name: 'cgroup_sock',
  ctxStruct: 'bpf_sock',
  ctxSize: 80,
  ctxFields: sockFields('no'),
  packetAccess: 'none',
  returns: VERDICTS,
  returnRange: [0, 1],
  attachTypes: [
    'cgroup_inet_sock_create',
    'cgroup_inet_sock_release',
    'cgroup_inet4_post_bind',
    'cgroup_inet6_post_bind',
  ],
  helpers: helperNames(
    COMMON_HELPERS,
    `ktime_get_coarse_ns perf_event_output get_local_storage get_netns_cookie get_socket_cookie get_retval set_retval
     sk_storage_get`,
  ),
  forms: [
    { attachTypes: ['cgroup_inet4_post_bind'], ctxFields: sockFields('ip4') },
    { attachTypes: ['cgroup_inet6_post_bind'], ctxFields: sockFields('ip6') },
  ],
};
