export type { ProgTypeFacts } from './facts.ts';
export { PERF_EVENT_DATA_SIZE } from './perf-event.ts';
export { matchSection } from './sections.ts';
export { SK_BUFF_SIZE } from './skb-fields.ts';
export {
  allowedHelpers,
  ctxFields,
  ctxSize,
  progTypeFacts,
  supportedProgTypes,
  verdictName,
} from './table.ts';
export { XDP_MD_SIZE } from './xdp.ts';
