/** What a return value means for the packet: whether it goes on, and in whose hands. */
import type { ProgTypeName } from '../uapi/bpf.ts';

/** 'passed': the stack or the caller goes on with it. 'sent': transmitted or redirected. 'dropped': it ends here. */
export type Fate = 'passed' | 'sent' | 'dropped';

interface Fates {
  readonly passed: readonly number[];
  readonly sent: readonly number[];
}

/** Return values by number; what is in neither list drops the packet. */
const FATES: Readonly<Partial<Record<ProgTypeName, Fates>>> = {
  // XDP_PASS; XDP_TX, XDP_REDIRECT.
  xdp: { passed: [2], sent: [3, 4] },
  // TC_ACT_UNSPEC, OK, RECLASSIFY, PIPE; TC_ACT_REDIRECT.
  sched_cls: { passed: [-1, 0, 1, 3], sent: [7] },
  sched_act: { passed: [-1, 0, 1, 3], sent: [7] },
  // Bit 0 allows; 2 and 3 add a congestion notification.
  cgroup_skb: { passed: [1, 3], sent: [] },
  // BPF_OK, BPF_LWT_REROUTE; BPF_REDIRECT.
  lwt_in: { passed: [0, 128], sent: [7] },
  lwt_out: { passed: [0, 128], sent: [7] },
  lwt_xmit: { passed: [0, 128], sent: [7] },
};

/** @param retval signed or unsigned 32 bit. A socket filter keeps as many bytes as it returns: 0 drops. */
export function fateOf(progType: ProgTypeName, retval: number): Fate {
  if (progType === 'socket_filter') return retval === 0 ? 'dropped' : 'passed';
  const fates = FATES[progType];
  if (fates?.passed.includes(retval | 0)) return 'passed';
  return fates?.sent.includes(retval | 0) ? 'sent' : 'dropped';
}
