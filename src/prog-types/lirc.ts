/** BPF_PROG_TYPE_LIRC_MODE2: decodes pulses of an infrared receiver. From the sources: the kernel compared with has none. */
import { ctxTable, helperNames, type ProgTypeFacts } from './facts.ts';

export const lircMode2: ProgTypeFacts = {
  name: 'lirc_mode2',
  ctxStruct: 'u32',
  ctxSize: 4,
  ctxFields: ctxTable('sample 0 4 4'),
  packetAccess: 'none',
  returns: {},
  attachTypes: ['lirc_mode2'],
  helpers: helperNames(
    `map_lookup_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem ktime_get_ns
     ktime_get_boot_ns tail_call get_prandom_u32 trace_printk rc_repeat rc_keydown rc_pointer_rel`,
  ),
};
