import { defineTruth } from './truth.ts';
import { ROUTING_CASES } from './truth-cases/routing.ts';

defineTruth('routing', ROUTING_CASES);
