import { defineTruth } from './truth.ts';
import { FLOW_DISSECTOR_CASES } from './truth-cases/flow-dissector.ts';

defineTruth('flow-dissector', FLOW_DISSECTOR_CASES);
