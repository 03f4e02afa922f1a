export type { ProgTypeFacts } from './facts.ts';
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
