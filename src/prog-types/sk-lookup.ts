/** BPF_PROG_TYPE_SK_LOOKUP: chooses the socket for a packet whose lookup has begun. */
import { BASE_HELPERS } from './base-helpers.ts';
import { ctxField, helperNames, type ProgTypeFacts } from './facts.ts';

export const SK_LOOKUP_SIZE = 72;

const IN = { ctxIn: true } as const;

export const skLookup: ProgTypeFacts = {
  name: 'sk_lookup',
  ctxStruct: 'bpf_sk_lookup',
  ctxSize: SK_LOOKUP_SIZE,
  ctxFields: [
    // ctx_out has the selected socket's cookie here
    ctxField('sk', 0, 8, '8'),
    ctxField('family', 8, 4, 'narrow', '-', IN),
    ctxField('protocol', 12, 4, 'narrow', '-', IN),
    ctxField('remote_ip4', 16, 4, 'narrow', '-', IN),
    ctxField('remote_ip6', 20, 16, 'narrow', '-', IN),
    // be16 and two bytes of padding
    ctxField('remote_port', 36, 4, 'narrow', '-', IN),
    ctxField('local_ip4', 40, 4, 'narrow', '-', IN),
    ctxField('local_ip6', 44, 16, 'narrow', '-', IN),
    ctxField('local_port', 60, 4, 'narrow', '-', IN),
    ctxField('ingress_ifindex', 64, 4, 'narrow'),
  ],
  packetAccess: 'none',
  returns: { SK_DROP: 0, SK_PASS: 1 },
  returnRange: [0, 1],
  attachTypes: ['sk_lookup'],
  helpers: helperNames(BASE_HELPERS, 'perf_event_output sk_assign sk_release'),
};
