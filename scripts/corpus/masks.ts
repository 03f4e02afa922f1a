/**
 * Bytes of results that hold an address, the time, or what nobody wrote: no two kernels have them in common. All other
 * bytes of these programs are compared. A mask that hides no difference is reported as a difference.
 */
import type { Mask } from './compare.ts';

const ADDRESS = 'holds a part of an address';
const STACK = 'holds bytes of the stack that were never written';
const CLOCK = 'holds the time';
const retval = (reason: string): readonly Mask[] => [{ field: 'retval', reason }];
const dataOut = (from: number, to: number, reason = ADDRESS): readonly Mask[] => [
  { field: 'data_out', bytes: [from, to], reason },
];

/** By file and program. */
export const MASKS: ReadonlyMap<string, readonly Mask[]> = new Map([
  ['test_global_func16.c global_func16', retval(STACK)],
  ['verifier_basic_stack.c uninitialized_stack1', retval(ADDRESS)],
  ['verifier_basic_stack.c uninitialized_stack2', retval(STACK)],
  ['verifier_direct_packet_access.c direct_packet_access_test4_write', dataOut(0, 1)],
  ['verifier_direct_packet_access.c packet_access_test17_pruning_alignment', dataOut(10, 15)],
  ['verifier_direct_packet_access.c test18_imm_pkt_ptr_1', dataOut(0, 1)],
  ['verifier_direct_packet_access.c test19_imm_pkt_ptr_2', dataOut(4, 5)],
  [
    'verifier_direct_packet_access.c test22_x_pkt_ptr_3',
    // adds 2^32 - 1 to an address and shifts the carry down: 0x7fff in the kernel, which is past the packet's end
    dataOut(0, 2, "is written where the upper half of the packet's address says"),
  ],
  ['verifier_leak_ptr.c leak_pointer_into_ctx_3', [{ field: 'ctx_out', bytes: [48, 56], reason: ADDRESS }]],
  [
    'verifier_leak_ptr.c leak_pointer_into_map_val',
    [{ field: 'map map_hash_8b', bytes: [0, 8], reason: ADDRESS }],
  ],
  ['verifier_raw_stack.c stack_no_skb_load_bytes', retval(STACK)],
  ['verifier_ref_tracking.c check_free_in_both_subbranches', retval(ADDRESS)],
  ['verifier_ref_tracking.c tracking_direct_access_for_lookup', retval(ADDRESS)],
  [
    'verifier_ref_tracking.c to_leak_released_ptr_reg',
    [{ field: 'map map_array_48b', bytes: [0, 8], reason: ADDRESS }],
  ],
  ['verifier_reg_equal.c subreg_equality_1', retval(CLOCK)],
  [
    'verifier_stack_ptr.c array_map_using_bpf_b',
    [{ field: 'map map_array_48b', bytes: [0, 1], reason: ADDRESS }],
  ],
  [
    'verifier_unpriv.c pointer_into_map_elem_value',
    [...retval(ADDRESS), { field: 'map map_hash_8b', bytes: [0, 8], reason: ADDRESS }],
  ],
  ['verifier_unpriv.c unpriv_return_pointer', retval(ADDRESS)],
  ['verifier_value.c element_value_with_unaligned_load', retval(ADDRESS)],
  ['verifier_value.c element_value_with_unaligned_store', retval(ADDRESS)],
  ['verifier_value.c is_preserved_across_register_spilling', retval(ADDRESS)],
  ['verifier_value_adj_spill.c is_marked_on_register_spilling', retval(ADDRESS)],
  ['verifier_value_adj_spill.c is_preserved_across_register_spilling', retval(ADDRESS)],
]);
