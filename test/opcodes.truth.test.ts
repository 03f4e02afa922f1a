import { defineTruth } from './truth.ts';
import { OPCODE_CASES } from './truth-cases/opcodes.ts';

defineTruth('opcodes', OPCODE_CASES);
