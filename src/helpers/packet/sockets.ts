/** Helpers about sockets. There is one, the packet's own dummy; the simulated network namespace has no others. */
import { type Machine, SKB_COOKIES, SKB_SK_COOKIE, setSkbField, skbField } from '../../machine/index.ts';
import type { Helper } from '../define.ts';
import { ctx, defineHelper, int, memRead, object, size, u64 } from '../define-helper.ts';
import { negative, returnU64 } from '../result.ts';
import type { Vm } from '../vm.ts';

/** Inode number of the root cgroup, where the dummy socket is. */
/** BPF_SK_LOOKUP_F_REPLACE and BPF_SK_LOOKUP_F_NO_REUSEPORT. */
const SK_LOOKUP_FLAGS = 3;

const ROOT_CGROUP_ID = 1;
/** The simulated machine's only network namespace. */
const NETNS_COOKIE = 1;

const NO_SOCKETS = 'NULL: the simulated network namespace has no sockets.';

function cookieOf(machine: Machine): number {
  if (skbField(machine, SKB_SK_COOKIE) === 0) {
    const next = skbField(machine, SKB_COOKIES) + 1;
    setSkbField(machine, SKB_COOKIES, next);
    setSkbField(machine, SKB_SK_COOKIE, next);
  }
  return skbField(machine, SKB_SK_COOKIE);
}

function lookup(id: number, name: string): Helper<Vm> {
  return defineHelper({
    id,
    name,
    args: [ctx, memRead('tuple', { arg: 2 }), size('tuple_size'), u64('netns'), u64('flags')],
    returns: 'ptr',
    doc: NO_SOCKETS,
    call: () => 0,
  });
}

/** Casts that only succeed for sockets of another kind than the dummy. */
function cast(id: number, name: string, of = 'bpf_sock'): Helper<Vm> {
  return defineHelper({
    id,
    name,
    args: [object(of, 'sk')],
    returns: 'ptr',
    doc: "NULL: the packet's socket is neither connected nor listening.",
    call: () => 0,
  });
}

const ancestor = (vm: Vm, level: number): number => returnU64(vm, level === 0 ? ROOT_CGROUP_ID : 0, 0);

export const socketHelpers: readonly Helper<Vm>[] = [
  lookup(84, 'bpf_sk_lookup_tcp'),
  lookup(85, 'bpf_sk_lookup_udp'),
  lookup(99, 'bpf_skc_lookup_tcp'),
  cast(96, 'bpf_tcp_sock'),
  cast(98, 'bpf_get_listener_sock'),
  cast(136, 'bpf_skc_to_tcp6_sock', 'sock_common'),
  cast(137, 'bpf_skc_to_tcp_sock', 'sock_common'),
  cast(138, 'bpf_skc_to_tcp_timewait_sock', 'sock_common'),
  cast(139, 'bpf_skc_to_tcp_request_sock', 'sock_common'),
  cast(140, 'bpf_skc_to_udp6_sock', 'sock_common'),
  cast(178, 'bpf_skc_to_unix_sock', 'sock_common'),
  cast(196, 'bpf_skc_to_mptcp_sock', 'sock_common'),
  defineHelper({
    id: 95,
    name: 'bpf_sk_fullsock',
    args: [object('bpf_sock', 'sk')],
    returns: 'ptr',
    doc: "The same socket: the packet's own is a full one.",
    call: (_vm, sk) => sk,
  }),
  defineHelper({
    id: 86,
    name: 'bpf_sk_release',
    args: [object('sock_common', 'sk')],
    returns: 'int',
    doc: 'Gives a looked-up socket back.',
    call: () => 0,
  }),
  defineHelper({
    id: 124,
    name: 'bpf_sk_assign',
    args: [ctx, object('sock_common', 'sk'), u64('flags')],
    returns: 'int',
    doc: 'Gives the packet to a socket, which only works where tc runs at ingress: never in a test run.',
    errors: { EINVAL: 'no socket, or flags', EOPNOTSUPP: 'not at ingress' },
    call: ({ progType }, _ctx, sk, flags, flagsHigh) => {
      // without a map of sockets NULL is all that sk_lookup can have, which takes back a selection
      if (progType === 'sk_lookup') return flags & ~SK_LOOKUP_FLAGS || flagsHigh ? negative('EINVAL') : 0;
      return negative(sk === 0 || flags !== 0 || flagsHigh !== 0 ? 'EINVAL' : 'EOPNOTSUPP');
    },
  }),
  defineHelper({
    id: 100,
    name: 'bpf_tcp_check_syncookie',
    args: [
      object('sock_common', 'sk'),
      memRead('iph', { arg: 2 }),
      size('iph_len'),
      memRead('th', { arg: 4 }),
      size('th_len'),
    ],
    returns: 'int',
    gplOnly: true,
    doc: 'Checks a SYN cookie of a listening socket.',
    errors: { EINVAL: 'always: the only socket there is does not listen' },
    call: () => negative('EINVAL'),
  }),
  defineHelper({
    id: 110,
    name: 'bpf_tcp_gen_syncookie',
    args: [
      object('sock_common', 'sk'),
      memRead('iph', { arg: 2 }),
      size('iph_len'),
      memRead('th', { arg: 4 }),
      size('th_len'),
    ],
    returns: 'u64',
    gplOnly: true,
    doc: 'Makes a SYN cookie for a listening socket.',
    errors: { EINVAL: 'always: the only socket there is does not listen' },
    call: (vm) => returnU64(vm, negative('EINVAL'), -1),
  }),
  defineHelper({
    id: 46,
    name: 'bpf_get_socket_cookie',
    args: [ctx],
    returns: 'u64',
    doc: "The number of the packet's socket, a new one for each test run.",
    call: (vm) => returnU64(vm, cookieOf(vm.machine), 0),
  }),
  defineHelper({
    id: 47,
    name: 'bpf_get_socket_uid',
    args: [ctx],
    returns: 'u64',
    doc: "The user that owns the packet's socket: 0.",
    call: (vm) => returnU64(vm, 0, 0),
  }),
  defineHelper({
    id: 122,
    name: 'bpf_get_netns_cookie',
    args: [{ kind: 'anyPtr', name: 'ctx' }],
    returns: 'u64',
    doc: 'The number of the network namespace; the simulated machine has one.',
    call: (vm) => returnU64(vm, NETNS_COOKIE, 0),
  }),
  defineHelper({
    id: 17,
    name: 'bpf_get_cgroup_classid',
    args: [ctx],
    returns: 'u64',
    doc: 'The net_cls class of the calling task: 0.',
    call: (vm) => returnU64(vm, 0, 0),
  }),
  defineHelper({
    id: 151,
    name: 'bpf_skb_cgroup_classid',
    args: [ctx],
    returns: 'u64',
    doc: "The net_cls class of the packet's socket: 0.",
    call: (vm) => returnU64(vm, 0, 0),
  }),
  defineHelper({
    id: 24,
    name: 'bpf_get_route_realm',
    args: [ctx],
    returns: 'u64',
    doc: "The realm of the packet's route: 0, it has none.",
    call: (vm) => returnU64(vm, 0, 0),
  }),
  defineHelper({
    id: 79,
    name: 'bpf_skb_cgroup_id',
    args: [ctx],
    returns: 'u64',
    doc: "The cgroup of the packet's socket: the root.",
    call: (vm) => returnU64(vm, ROOT_CGROUP_ID, 0),
  }),
  defineHelper({
    id: 83,
    name: 'bpf_skb_ancestor_cgroup_id',
    args: [ctx, int('ancestor_level')],
    returns: 'u64',
    doc: 'The root at level 0; 0 below, where there is none.',
    call: (vm, _ctx, level) => ancestor(vm, level),
  }),
  defineHelper({
    id: 128,
    name: 'bpf_sk_cgroup_id',
    args: [object('sock_common', 'sk')],
    returns: 'u64',
    doc: "The cgroup of the packet's socket: the root.",
    call: (vm) => returnU64(vm, ROOT_CGROUP_ID, 0),
  }),
  defineHelper({
    id: 129,
    name: 'bpf_sk_ancestor_cgroup_id',
    args: [object('sock_common', 'sk'), int('ancestor_level')],
    returns: 'u64',
    doc: 'The root at level 0; 0 below, where there is none.',
    call: (vm, _sk, level) => ancestor(vm, level),
  }),
];
