/**
 * Programs whose results hold an address or bytes that nobody wrote, which no two kernels have in common. Each runs on
 * both sides like the others; its differences are counted under its reason here, and a line without any is an error.
 */
const ADDRESS = 'the result holds an address';
const STACK = 'the result holds bytes of the stack that were never written';

export const INCOMPARABLE: ReadonlyMap<string, string> = new Map([
  ['test_global_func16.c global_func16', STACK],
  ['verifier_basic_stack.c uninitialized_stack2', STACK],
  ['verifier_direct_packet_access.c direct_packet_access_test4_write', ADDRESS],
  ['verifier_direct_packet_access.c packet_access_test17_pruning_alignment', ADDRESS],
  ['verifier_direct_packet_access.c test18_imm_pkt_ptr_1', ADDRESS],
  ['verifier_direct_packet_access.c test19_imm_pkt_ptr_2', ADDRESS],
  // adds 2^32 - 1 to an address and shifts the carry down: where it writes depends on the address' upper half
  ['verifier_direct_packet_access.c test22_x_pkt_ptr_3', ADDRESS],
  ['verifier_leak_ptr.c leak_pointer_into_ctx_3', ADDRESS],
  ['verifier_raw_stack.c stack_no_skb_load_bytes', STACK],
  ['verifier_ref_tracking.c tracking_direct_access_for_lookup', ADDRESS],
  ['verifier_ref_tracking.c to_leak_released_ptr_reg', ADDRESS],
  ['verifier_stack_ptr.c array_map_using_bpf_b', ADDRESS],
  ['verifier_unpriv.c unpriv_return_pointer', ADDRESS],
]);
