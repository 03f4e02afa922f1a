export type { CtxField, ProgTypeFacts } from './facts.ts';
export { matchSection, SECTIONS, type SectionMatch, type SectionRow } from './sections.ts';
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
