/** Types that run where the kernel is traced; those with a BTF target see its arguments, 8 bytes each. */
import { BTF_HELPERS, TRACING_HELPERS } from './base-helpers.ts';
import { ctxField, ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';
import { REGISTERS } from './registers.ts';

/** PERF_MAX_TRACE_SIZE. */
const MAX_TRACE_SIZE = 8192;

export const kprobe: ProgTypeFacts = {
  name: 'kprobe',
  ctxStruct: 'pt_regs',
  ctxSize: REGISTERS.length * 8,
  ctxFields: REGISTERS.map((name, index) => ctxField(name, index * 8, 8, 'any')),
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(TRACING_HELPERS),
  forms: [{ attachTypes: ['trace_kprobe_session', 'trace_uprobe_session'], returnRange: [0, 1] }],
};

export const tracepoint: ProgTypeFacts = {
  name: 'tracepoint',
  ctxStruct: 'the record of the tracepoint',
  ctxSize: MAX_TRACE_SIZE,
  ctxFields: ctxTable(`
    common 0 8 -
    record 8 ${MAX_TRACE_SIZE - 8} any
  `),
  packetAccess: 'none',
  returns: {},
  helpers: helperNames(TRACING_HELPERS),
};

const ITER_HELPERS = `${BTF_HELPERS} seq_printf seq_printf_btf seq_write`;

/** Its facts are those of tp_btf; fentry, fexit and fmod_ret may call bpf_get_func_arg and its like too. */
export const tracing: ProgTypeFacts = {
  name: 'tracing',
  ctxStruct: '',
  ctxSize: 0,
  ctxFields: [],
  packetAccess: 'none',
  returns: {},
  attachTypes: ['trace_raw_tp', 'trace_fentry', 'trace_fexit', 'modify_return', 'trace_iter'],
  helpers: helperNames(BTF_HELPERS, 'get_attach_cookie'),
  forms: [
    {
      attachTypes: ['trace_fentry', 'trace_fexit', 'modify_return'],
      helpers: helperNames(BTF_HELPERS, 'get_attach_cookie get_func_arg get_func_ret get_func_arg_cnt'),
    },
    { attachTypes: ['trace_iter'], helpers: helperNames(ITER_HELPERS), returnRange: [0, 1] },
  ],
};

/** As tracing, and the inode's storage and hashes. From the sources: the kernel that is compared with loads none. */
export const lsm: ProgTypeFacts = {
  ...tracing,
  name: 'lsm',
  attachTypes: ['lsm_mac', 'lsm_cgroup'],
  forms: [],
  helpers: helperNames(
    BTF_HELPERS,
    'get_attach_cookie inode_storage_get inode_storage_delete bprm_opts_set ima_inode_hash ima_file_hash',
  ),
};
