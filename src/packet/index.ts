export {
  type CapturePacket,
  CaptureReader,
  type CaptureReaderOptions,
  readCapture,
  timeNs,
} from './capture-reader.ts';
export type { CaptureInterface } from './capture-record.ts';
export { LINKTYPE_ETHERNET, linkTypeName } from './link-type.ts';
export { type PcapRecord, PcapWriter, writePcap } from './pcap-writer.ts';
