import { defineTruth } from './truth.ts';
import { MAP_CASES } from './truth-cases/maps.ts';

defineTruth('maps', MAP_CASES);
