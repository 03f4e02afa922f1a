/** Asks the running kernel what a program type may do, by loading the smallest program that does it. Nothing is run. */
import { closeSync } from 'node:fs';
import { encode, type Insn } from '../src/isa/index.ts';
import { AttrBlock } from '../src/kernel/attr.ts';
import { BPF_CMD, type Bpf } from '../src/kernel/syscall.ts';
import { ATTACH_TYPE, type AttachTypeName, PROG_TYPE, type ProgTypeName } from '../src/uapi/bpf.ts';

/** What BPF_PROG_LOAD wants beside the instructions. */
export interface ProbeTarget {
  readonly progType: ProgTypeName;
  readonly attachType?: AttachTypeName | undefined;
  readonly flags?: number;
  readonly attachBtfId?: number;
}

export interface Verdict {
  /** 0 or a negative errno number. */
  readonly result: number;
  /** The verifier's log, empty where it never came to look. */
  readonly log: string;
}

const LOG_SIZE = 1 << 14;

export function probeLoad(bpf: Bpf, target: ProbeTarget, insns: readonly Insn[]): Verdict {
  const log = new Uint8Array(LOG_SIZE);
  const attr = new AttrBlock(bpf)
    .u32(0, PROG_TYPE[target.progType])
    .u32(4, insns.length)
    .pointer(8, encode(insns))
    .pointer(16, new TextEncoder().encode('GPL\0'))
    .u32(24, 1)
    .u32(28, LOG_SIZE)
    .pointer(32, log)
    .u32(44, target.flags ?? 0)
    .u32(68, target.attachType === undefined ? 0 : ATTACH_TYPE[target.attachType])
    .u32(108, target.attachBtfId ?? 0);
  const result = bpf.call(BPF_CMD.PROG_LOAD, attr.bytes);
  if (result >= 0) closeSync(result);
  return {
    result: Math.min(result, 0),
    log: new TextDecoder().decode(log.subarray(0, Math.max(0, log.indexOf(0)))),
  };
}
