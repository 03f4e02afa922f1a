/** The benchmark's programs: small ones on one packet, and the examples on their captures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendObject } from '../src/index.ts';
import { parseIpv4, readCapture } from '../src/packet/index.ts';

export interface BenchProgram {
  readonly name: string;
  /** Path from the repository's root. */
  readonly object: string;
  readonly program: string;
  packets(): Uint8Array[];
  /** Repetitions of one test run. Few where a program changes its packet, as a repetition goes on with what is left. */
  readonly repeat: number | 'calibrated';
  /** Not in the geomean: what it takes is the cost of a run. */
  readonly baseline?: true;
  /** Fills maps before the first run. */
  prepare?(object: BackendObject): void;
  /** Calls that come before the measurement does (a map is filled slice by slice). */
  readonly warmUp?: number;
}

export const ROOT = process.cwd();

/** 1514 bytes of Ethernet, IPv4 and UDP with a payload that looks random. */
function udpPacket(): Uint8Array {
  const packet = Uint8Array.from({ length: 1514 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 0xff);
  packet.set([0x08, 0x00, 0x45, 0x00, 0x05, 0xdc, 0, 0, 0, 0, 64, 17], 12);
  return packet;
}

function small(name: string, more: Partial<BenchProgram> = {}): BenchProgram {
  return {
    name,
    object: `bench/objects/${name}.bpf.o`,
    program: name,
    packets: () => [udpPacket()],
    repeat: 'calibrated',
    ...more,
  };
}

const PACKETS_OF_CAPTURE = 100;

function example(folder: string, more: Partial<BenchProgram> = {}): BenchProgram {
  const program = folder.replaceAll('-', '_');
  const packets = (): Uint8Array[] => {
    const capture = readCapture(readFileSync(join(ROOT, 'examples', folder, 'traffic.pcap')));
    return [...capture].slice(0, PACKETS_OF_CAPTURE).map(({ data }) => data.slice());
  };
  return {
    name: program,
    object: `examples/${folder}/${program}.bpf.o`,
    program,
    packets,
    repeat: 16,
    ...more,
  };
}

/** ::ffff:a.b.c.d */
function mapped(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff], 10);
  bytes.set(parseIpv4(address), 12);
  return bytes;
}

/** Two servers behind 192.0.2.80, ports 80 and 443. */
function prepareBalancer(object: BackendObject): void {
  for (const port of [80, 443]) {
    const key = new Uint8Array(20);
    key.set(mapped('192.0.2.80'));
    key.set([port >> 8, port & 0xff, 6], 16);
    const service = new Uint32Array(17);
    service.set([2, 0, 1]);
    object.map('services').update(key, new Uint8Array(service.buffer));
  }
  ['10.0.0.1', '10.0.0.2'].forEach((address, index) => {
    const backend = new Uint8Array(20);
    backend.set(mapped(address));
    backend[16] = 1;
    object.map('backends').update(Uint8Array.of(index, 0, 0, 0), backend);
  });
}

export const CORPUS: readonly BenchProgram[] = [
  small('trivial', { baseline: true }),
  small('parse'),
  small('checksum'),
  small('siphash'),
  small('jhash'),
  small('divmod'),
  small('array_lookup'),
  small('hash_lookup', { warmUp: 110 }),
  small('branchy'),
  small('calls'),
  small('stack'),
  example('xdp-firewall'),
  example('xdp-load-balancer', { prepare: prepareBalancer }),
  example('tc-nat-gateway'),
];

export function findProgram(name: string): BenchProgram {
  const found = CORPUS.find((program) => program.name === name);
  if (!found)
    throw new Error(`no benchmark '${name}'; there are: ${CORPUS.map((each) => each.name).join(', ')}`);
  return found;
}
