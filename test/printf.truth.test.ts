import { defineTruth } from './truth.ts';
import { PRINTF_CASES } from './truth-cases/printf.ts';

defineTruth('printf', PRINTF_CASES);
