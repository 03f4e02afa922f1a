/** Checksum helpers. */
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  CHECKSUM_UNNECESSARY,
  csumAdd,
  type Machine,
  SKB_CSUM,
  SKB_CSUM_LEVEL,
  SKB_IP_SUMMED,
  setSkbField,
  skbField,
} from '../../machine/index.ts';
import { ctx, defineHelper, int, memReadOrNull, sizeOrZero, u64 } from '../define-helper.ts';
import { negative, returnU64 } from '../result.ts';

const BPF_CSUM_LEVEL_QUERY = 0;
const BPF_CSUM_LEVEL_INC = 1;
const BPF_CSUM_LEVEL_DEC = 2;
const BPF_CSUM_LEVEL_RESET = 3;
const SKB_MAX_CSUM_LEVEL = 3;

/** Forgets that the checksum was verified (__skb_reset_checksum_unnecessary). */
export function resetChecksumUnnecessary(machine: Machine): void {
  if (skbField(machine, SKB_IP_SUMMED) !== CHECKSUM_UNNECESSARY) return;
  setSkbField(machine, SKB_IP_SUMMED, CHECKSUM_NONE);
  setSkbField(machine, SKB_CSUM_LEVEL, 0);
}

function changeLevel(machine: Machine, by: 1 | -1): void {
  const summed = skbField(machine, SKB_IP_SUMMED);
  const level = skbField(machine, SKB_CSUM_LEVEL);
  if (summed === CHECKSUM_UNNECESSARY) {
    if (by < 0 && level === 0) setSkbField(machine, SKB_IP_SUMMED, CHECKSUM_NONE);
    else setSkbField(machine, SKB_CSUM_LEVEL, Math.min(level + by, SKB_MAX_CSUM_LEVEL));
  } else if (summed === CHECKSUM_NONE && by > 0) {
    setSkbField(machine, SKB_IP_SUMMED, CHECKSUM_UNNECESSARY);
    setSkbField(machine, SKB_CSUM_LEVEL, 0);
  }
}

export const csumHelpers = [
  defineHelper({
    id: 10,
    name: 'bpf_l3_csum_replace',
    args: [ctx, int('offset'), u64('from'), u64('to'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'Updates the checksum at `offset` for a field of `flags` bytes (2, 4; 0: `to` is a difference) that changed.',
    errors: {
      EINVAL: 'unknown size or flag, `from` with a difference',
      EFAULT: 'odd offset, or past the end',
    },
    call: { wasm: 'bpf_l3_csum_replace' },
  }),
  defineHelper({
    id: 11,
    name: 'bpf_l4_csum_replace',
    args: [ctx, int('offset'), u64('from'), u64('to'), u64('flags')],
    returns: 'int',
    changesPacket: true,
    doc: 'As bpf_l3_csum_replace for TCP and UDP, whose sum covers a pseudo header and may be absent (0).',
    errors: {
      EINVAL: 'unknown size or flag, `from` with a difference',
      EFAULT: 'odd offset, or past the end',
    },
    call: { wasm: 'bpf_l4_csum_replace' },
  }),
  defineHelper({
    id: 28,
    name: 'bpf_csum_diff',
    args: [
      memReadOrNull('from', { arg: 1 }),
      sizeOrZero('from_size'),
      memReadOrNull('to', { arg: 3 }),
      sizeOrZero('to_size'),
      int('seed'),
    ],
    returns: 'int',
    doc: 'The sum of `to` less the sum of `from`, in 16 bits.',
    call: { wasm: 'bpf_csum_diff' },
  }),
  defineHelper({
    id: 40,
    name: 'bpf_csum_update',
    args: [ctx, int('csum')],
    returns: 'u64',
    doc: 'Adds to the CHECKSUM_COMPLETE sum and returns it.',
    errors: { ENOTSUPP: 'the packet has none' },
    call(vm, _ctx, csum) {
      const { machine } = vm;
      if (skbField(machine, SKB_IP_SUMMED) !== CHECKSUM_COMPLETE)
        return returnU64(vm, negative('ENOTSUPP'), -1);
      const sum = csumAdd(skbField(machine, SKB_CSUM), csum);
      setSkbField(machine, SKB_CSUM, sum);
      return returnU64(vm, sum, 0);
    },
  }),
  defineHelper({
    id: 135,
    name: 'bpf_csum_level',
    args: [ctx, u64('level')],
    returns: 'int',
    doc: 'Raises, lowers or resets how many checksums count as verified; 0 asks.',
    errors: { EINVAL: 'unknown level', EACCES: 'asked, and none is verified' },
    call({ machine }, _ctx, level, high) {
      if (high !== 0) return negative('EINVAL');
      if (level === BPF_CSUM_LEVEL_QUERY) {
        return skbField(machine, SKB_IP_SUMMED) === CHECKSUM_UNNECESSARY
          ? skbField(machine, SKB_CSUM_LEVEL)
          : negative('EACCES');
      }
      if (level === BPF_CSUM_LEVEL_INC) changeLevel(machine, 1);
      else if (level === BPF_CSUM_LEVEL_DEC) changeLevel(machine, -1);
      else if (level === BPF_CSUM_LEVEL_RESET) resetChecksumUnnecessary(machine);
      else return negative('EINVAL');
      return 0;
    },
  }),
];
