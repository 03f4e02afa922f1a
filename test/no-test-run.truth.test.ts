import { defineTruth } from './truth.ts';
import { NO_TEST_RUN_CASES } from './truth-cases/no-test-run.ts';

defineTruth('no-test-run', NO_TEST_RUN_CASES);
