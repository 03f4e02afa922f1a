/** Time, random numbers and the CPU, all of them deterministic cells of the machine. */
import { defineHelper } from './define-helper.ts';

export const ktimeGetNs = defineHelper({
  id: 5,
  name: 'bpf_ktime_get_ns',
  args: [],
  returns: 'u64',
  doc: "CLOCK_MONOTONIC in ns. Each reading moves the clock on by the machine's `timeStepNs`.",
  call: { wasm: 'ktime_get_ns' },
});

export const ktimeGetBootNs = defineHelper({
  id: 125,
  name: 'bpf_ktime_get_boot_ns',
  args: [],
  returns: 'u64',
  doc: 'CLOCK_BOOTTIME in ns.',
  call: { wasm: 'ktime_get_boot_ns' },
});

export const ktimeGetCoarseNs = defineHelper({
  id: 160,
  name: 'bpf_ktime_get_coarse_ns',
  args: [],
  returns: 'u64',
  doc: 'CLOCK_MONOTONIC_COARSE in ns: the clock as of the last tick of 4 ms.',
  call: { wasm: 'ktime_get_coarse_ns' },
});

export const ktimeGetTaiNs = defineHelper({
  id: 208,
  name: 'bpf_ktime_get_tai_ns',
  args: [],
  returns: 'u64',
  doc: 'CLOCK_TAI in ns.',
  call: { wasm: 'ktime_get_tai_ns' },
});

export const jiffies64 = defineHelper({
  id: 118,
  name: 'bpf_jiffies64',
  args: [],
  returns: 'u64',
  doc: 'Ticks of 4 ms (CONFIG_HZ=250), counted from (u32)(-300 * HZ) as the kernel does.',
  call: { wasm: 'jiffies64' },
});

export const getPrandomU32 = defineHelper({
  id: 7,
  name: 'bpf_get_prandom_u32',
  args: [],
  returns: 'u64',
  doc: 'A pseudo random number of 32 bits; equal seeds of the machine give equal sequences.',
  call: { wasm: 'get_prandom_u32' },
});

export const getSmpProcessorId = defineHelper({
  id: 8,
  name: 'bpf_get_smp_processor_id',
  args: [],
  returns: 'int',
  doc: 'The CPU the program runs on.',
  call: { wasm: 'get_smp_processor_id' },
});

export const getNumaNodeId = defineHelper({
  id: 42,
  name: 'bpf_get_numa_node_id',
  args: [],
  returns: 'int',
  doc: "The CPU's NUMA node, always 0.",
  call: { wasm: 'get_numa_node_id' },
});

export const clockHelpers = [
  ktimeGetNs,
  ktimeGetBootNs,
  ktimeGetCoarseNs,
  ktimeGetTaiNs,
  jiffies64,
  getPrandomU32,
  getSmpProcessorId,
  getNumaNodeId,
] as const;
