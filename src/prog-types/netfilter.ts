/** BPF_PROG_TYPE_NETFILTER: a hook of netfilter, on its state and the packet as BTF shows them. */
import { COMMON_HELPERS } from './base-helpers.ts';
import { ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

export const netfilter: ProgTypeFacts = {
  name: 'netfilter',
  ctxStruct: 'bpf_nf_ctx',
  ctxSize: 16,
  ctxFields: ctxTable(`
    state 0 8 8
    skb   8 8 8
  `),
  packetAccess: 'none',
  returns: { NF_DROP: 0, NF_ACCEPT: 1 },
  returnRange: [0, 1],
  attachTypes: ['netfilter'],
  helpers: helperNames(COMMON_HELPERS),
};
