export { errorJson, packetJson, summaryJson } from './json.ts';
export {
  compareMaps,
  type EntryChange,
  type MapChanges,
  type MapContents,
  type ReportedMap,
  readMaps,
} from './map-changes.ts';
export { type PacketReport, type PacketRun, reportPacket, restoreLinkHeader } from './packet-report.ts';
export { PLAIN, type Style } from './style.ts';
export { type RunSummary, summarizeRun, type VerdictCount } from './summary.ts';
export { type KeptEvent, Tally } from './tally.ts';
export { mapText, packetText, summaryText } from './text.ts';
export { changedLeaves, formatDecoded, jsonValue, type LeafChange } from './value.ts';
export { type Fate, fateOf } from './verdict.ts';
