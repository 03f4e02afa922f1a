/** struct pt_regs of x86-64: 8 bytes each, in the kernel's order. */
export const REGISTERS: readonly string[] =
  'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss'.split(' ');
