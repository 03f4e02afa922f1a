import { defineTruth } from './truth.ts';
import { SK_LOOKUP_CASES } from './truth-cases/sk-lookup.ts';

defineTruth('sk-lookup', SK_LOOKUP_CASES);
