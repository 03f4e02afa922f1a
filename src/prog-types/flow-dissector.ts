/** BPF_PROG_TYPE_FLOW_DISSECTOR: finds the addresses and ports of a frame and writes them into bpf_flow_keys. */
import { BASE_HELPERS } from './base-helpers.ts';
import { helperNames, type ProgTypeFacts } from './facts.ts';
import { SK_BUFF_SIZE, skBuffFields } from './skb-fields.ts';

export const flowDissector: ProgTypeFacts = {
  name: 'flow_dissector',
  ctxStruct: '__sk_buff',
  ctxSize: SK_BUFF_SIZE,
  ctxFields: skBuffFields('flow_dissector'),
  packetAccess: 'read',
  layer: 'l2',
  returns: { BPF_OK: 0, BPF_DROP: 2, BPF_FLOW_DISSECTOR_CONTINUE: 129 },
  helpers: helperNames(BASE_HELPERS, 'skb_load_bytes'),
};
