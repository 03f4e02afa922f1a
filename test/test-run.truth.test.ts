import { defineTruth } from './truth.ts';
import { TEST_RUN_CASES } from './truth-cases/test-run.ts';

defineTruth('test-run', TEST_RUN_CASES);
