import { defineTruth } from './truth.ts';
import { RAW_TP_CASES } from './truth-cases/raw-tp.ts';

defineTruth('raw-tp', RAW_TP_CASES);
