/** Times of the whole way, in a process of its own: prints {"cold_ms","warm_ms","single_run_ns","pcap_pps"}. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '../src/index.ts';
import { findProgram, ROOT } from './corpus.ts';

export interface WholeTimes {
  /** Object bytes to first result, nothing loaded before. */
  readonly cold_ms: number;
  /** The same again in the same process. */
  readonly warm_ms: number;
  /** One testRun() with a packet of 1514 bytes, less what the program itself takes. */
  readonly single_run_ns: number;
  /** Packets of the firewall's capture, replayed until there were a million. */
  readonly pcap_pps: number;
}

const MILLION = 1_000_000;

async function firstResult(bytes: Uint8Array, packet: Uint8Array): Promise<number> {
  const start = performance.now();
  const object = await open(bytes);
  object.program('xdp_firewall').testRun({ dataIn: packet });
  return performance.now() - start;
}

async function singleRun(): Promise<number> {
  const bench = findProgram('trivial');
  const object = await open(readFileSync(join(ROOT, bench.object)), { trust: true });
  const program = object.program(bench.program);
  const [dataIn] = bench.packets();
  const batch = (): number => {
    const start = performance.now();
    for (let i = 0; i < 2000; i++) program.testRun({ dataIn });
    return ((performance.now() - start) * 1e6) / 2000;
  };
  for (let i = 0; i < 10; i++) batch();
  return median(Array.from({ length: 15 }, batch)) - program.testRun({ dataIn, repeat: 100000 }).duration;
}

async function replay(bytes: Uint8Array, packets: readonly Uint8Array[]): Promise<number> {
  const object = await open(bytes, { trust: false });
  const runner = object.program('xdp_firewall').createReplay();
  const start = performance.now();
  for (let done = 0; done < MILLION; ) {
    for (const packet of packets) {
      runner.run(packet, 0, packet.length);
      done++;
    }
  }
  return Math.round(MILLION / ((performance.now() - start) / 1000));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const bench = findProgram('xdp_firewall');
const bytes = readFileSync(join(ROOT, bench.object));
const packets = bench.packets();
const first = packets[0] ?? new Uint8Array(64);
const cold = await firstResult(bytes, first);
const warm: number[] = [];
for (let i = 0; i < 9; i++) warm.push(await firstResult(bytes, first));
const times: WholeTimes = {
  cold_ms: cold,
  warm_ms: median(warm),
  single_run_ns: await singleRun(),
  pcap_pps: await replay(bytes, packets),
};
console.log(JSON.stringify(times));
