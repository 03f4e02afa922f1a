import { defineTruth } from './truth.ts';
import { NETFILTER_CASES } from './truth-cases/netfilter.ts';

defineTruth('netfilter', NETFILTER_CASES);
