import { defineTruth } from './truth.ts';
import { HELPER_CASES } from './truth-cases/helpers.ts';

defineTruth('helpers', HELPER_CASES);
