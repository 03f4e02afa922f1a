/** BPF_PROG_TYPE_CGROUP_SOCK_ADDR: rewrites addresses of bind, connect, sendmsg and their like. */
import type { AttachTypeName } from '../uapi/bpf.ts';
import { BASE_HELPERS } from './base-helpers.ts';
import { type CtxField, ctxTable, helperNames, type ProgTypeFacts, type ProgTypeForm } from './facts.ts';

type Family = 'ip4' | 'ip6' | 'unix';

/** struct bpf_sock_addr as one address family sees it; msg_src_* only when sending. */
function fields(family: Family, sends = false): readonly CtxField[] {
  const of = (wanted: Family, rights: string): string => (family === wanted ? rights : '- -');
  return ctxTable(`
    user_family  0  4 4
    user_ip4     4  4 ${of('ip4', 'narrow 4')}
    user_ip6     8 16 ${of('ip6', 'any 4,8')}
    user_port   24  4 narrow 4
    family      28  4 4
    type        32  4 4
    protocol    36  4 4
    msg_src_ip4 40  4 ${sends ? of('ip4', 'narrow 4') : '-'}
    msg_src_ip6 44 16 ${sends ? of('ip6', 'any 4,8') : '-'}
    sk          64  8 8
  `);
}

const HELPERS = `${BASE_HELPERS}
  perf_event_output get_local_storage get_netns_cookie get_socket_cookie getsockopt setsockopt
  sk_lookup_tcp sk_lookup_udp skc_lookup_tcp sk_release sk_storage_get sk_storage_delete
`;
const RETVAL = 'get_retval set_retval';

function form(family: Family, names: string, more: Partial<ProgTypeForm>, sends = false): ProgTypeForm {
  const attachTypes = names.split(' ').map((name) => `cgroup_${name}` as AttachTypeName);
  return { attachTypes, ctxFields: fields(family, sends), ...more };
}

/** Hooks that only look at what happened: they cannot fail and return 1. */
const AFTER = { returnRange: [1, 1], helpers: helperNames(HELPERS) } as const;
const CONNECT = { returnRange: [0, 1], helpers: helperNames(HELPERS, RETVAL, 'bind') } as const;
const SENDMSG = { returnRange: [0, 1] } as const;

const FORMS: readonly ProgTypeForm[] = [
  form('ip6', 'inet6_bind', {}),
  form('ip4', 'inet4_connect', CONNECT),
  form('ip6', 'inet6_connect', CONNECT),
  form('unix', 'unix_connect', SENDMSG),
  form('ip4', 'udp4_sendmsg', SENDMSG, true),
  form('ip6', 'udp6_sendmsg', SENDMSG, true),
  form('unix', 'unix_sendmsg', SENDMSG),
  form('ip4', 'udp4_recvmsg inet4_getpeername inet4_getsockname', AFTER),
  form('ip6', 'udp6_recvmsg inet6_getpeername inet6_getsockname', AFTER),
  form('unix', 'unix_recvmsg unix_getpeername unix_getsockname', AFTER),
];

export const cgroupSockAddr: ProgTypeFacts = {
  name: 'cgroup_sock_addr',
  ctxStruct: 'bpf_sock_addr',
  ctxSize: 72,
  ctxFields: fields('ip4'),
  packetAccess: 'none',
  returns: { deny: 0, allow: 1 },
  // of bind: bit 1 skips the check for privileged ports
  returnRange: [0, 3],
  attachTypes: ['cgroup_inet4_bind', ...FORMS.flatMap(({ attachTypes }) => attachTypes)],
  helpers: helperNames(HELPERS, RETVAL),
  forms: FORMS,
};
