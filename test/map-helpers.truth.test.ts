import { defineTruth } from './truth.ts';
import { MAP_HELPER_CASES } from './truth-cases/map-helpers.ts';

defineTruth('map-helpers', MAP_HELPER_CASES);
