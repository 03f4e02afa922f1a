/** BPF_PROG_TYPE_SYSCALL: run by its loader, on a context of the caller's own making. */
import { BTF_HELPERS } from './base-helpers.ts';
import { ctxField, helperNames, type ProgTypeFacts } from './facts.ts';

/** U16_MAX: the verifier admits any access below. */
const MAX_CTX_SIZE = 0xffff;

export const syscall: ProgTypeFacts = {
  name: 'syscall',
  ctxStruct: "the caller's",
  ctxSize: MAX_CTX_SIZE,
  ctxFields: [ctxField('ctx', 0, MAX_CTX_SIZE, 'any', 'any', { ctxIn: true })],
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(BTF_HELPERS, 'sys_bpf sys_close btf_find_by_name_kind kallsyms_lookup_name'),
};
