export { admits, type CtxField, type ProgTypeFacts } from './facts.ts';
export { kfuncNames } from './kfuncs.ts';
export { PERF_EVENT_DATA_SIZE } from './perf-event.ts';
export { RAW_TP_ARGS_SIZE } from './raw-tracepoint.ts';
export { matchSection, SECTIONS } from './sections.ts';
export { SK_LOOKUP_SIZE } from './sk-lookup.ts';
export { SK_BUFF_SIZE } from './skb-fields.ts';
export {
  allowedHelpers,
  ctxFields,
  ctxSize,
  factsFor,
  hasKernelTestRun,
  inForm,
  progTypeFacts,
  supportedProgTypes,
  verdictName,
} from './table.ts';
export { XDP_MD_SIZE } from './xdp.ts';
