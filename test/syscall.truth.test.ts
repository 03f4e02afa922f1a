import { defineTruth } from './truth.ts';
import { SYSCALL_CASES } from './truth-cases/syscall.ts';

defineTruth('syscall', SYSCALL_CASES);
