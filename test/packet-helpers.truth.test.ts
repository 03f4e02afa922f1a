import { defineTruth } from './truth.ts';
import { PACKET_HELPER_CASES } from './truth-cases/packet-helpers.ts';

defineTruth('packet-helpers', PACKET_HELPER_CASES);
