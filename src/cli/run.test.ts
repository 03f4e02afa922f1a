import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryIo } from '../../test/memory-io.ts';
import { toHex } from '../bytes/index.ts';
import { ethernet, readCapture, writePcap } from '../packet/index.ts';
import { main } from './main.ts';

const example = (path: string): Uint8Array =>
  readFileSync(new URL(`../../examples/${path}`, import.meta.url));
const FIREWALL = example('xdp-firewall/xdp_firewall.bpf.o');
const BALANCER = example('xdp-load-balancer/xdp_load_balancer.bpf.o');
const GATEWAY = example('tc-nat-gateway/tc_nat_gateway.bpf.o');
const TRAFFIC = example('xdp-firewall/traffic.pcap');

const SSH = ethernet().ipv4({ src: '192.0.2.1' }).tcp({ dport: 22 }).bytes();
const capture = (...packets: Uint8Array[]): Uint8Array =>
  writePcap(packets.map((data, i) => ({ seconds: 100 + i, nanoseconds: 5, data })));

/** Runs `bpfrun run` with fw.o, nat.o, lb.o and three.pcap at hand. */
async function run(args: string, files: Record<string, Uint8Array | string> = {}, io = new MemoryIo()) {
  const three = capture(SSH, ethernet().arp({}).bytes(), SSH);
  for (const [path, bytes] of Object.entries({
    'fw.o': FIREWALL,
    'nat.o': GATEWAY,
    'lb.o': BALANCER,
    'three.pcap': three,
    ...files,
  }))
    io.files.set(path, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  const code = await main(['run', ...args.split(' ')], io);
  return { io, code, output: io.output, errors: io.errors };
}

describe('bpfrun run', () => {
  it('prints each packet with number, time, verdict, length and summary, then totals and maps', async () => {
    const { io, code } = await run('fw.o --pcap three.pcap');
    expect(code).toBe(0);
    expect(io.lines[0]).toMatch(
      /^ +1 0\.000000000 XDP_PASS +54 +IP 192\.0\.2\.1\.40000 > 10\.0\.0\.2\.22: Flags \[S\]/,
    );
    expect(io.lines[1]).toMatch(/^ +2 1\.000000000 XDP_PASS +42 +ARP, Request/);
    expect(io.output).toMatch(/xdp_firewall: 3 packets in .* packets\/s\n {2}XDP_PASS +3 +100\.0 %/);
    expect(io.output).toMatch(
      /map sources \(lru_hash\): 1 entry changed\n {2}::ffff:192\.0\.2\.1: new, \{window_start/,
    );
    expect(io.errors).toBe('');
  });

  it('tells what changed in a packet, in words and bytes', async () => {
    const packet = ethernet().ipv4({ src: '192.168.1.10', dst: '203.0.113.5' }).udp({ dport: 53 }).bytes();
    const { output } = await run(`nat.o --packet ${toHex(packet)}`);
    expect(output).toMatch(
      /ipv4\.src 192\.168\.1\.10 -> 198\.51\.100\.1 {2}bytes 26-29: c0a8010a -> c6336401/,
    );
  });

  it('--json prints one object for each packet and the summary last', async () => {
    const { io, code } = await run('fw.o --pcap three.pcap --json');
    expect(code).toBe(0);
    expect(io.json.map(({ type }) => type)).toEqual(['packet', 'packet', 'packet', 'summary']);
    expect(io.json[0]).toMatchObject({ packet: 1, time_ns: '100000000005', retval: 2, data_out: toHex(SSH) });
  });

  it('--quiet prints the summary only, and the same one', async () => {
    const loud = await run('fw.o --pcap three.pcap');
    const quiet = await run('fw.o --pcap three.pcap --quiet');
    const totals = (text: string): string => text.slice(text.indexOf('  XDP_PASS'));
    expect(quiet.io.lines[0]).toMatch(/^xdp_firewall: 3 packets/);
    expect(totals(quiet.output)).toBe(totals(loud.output));
  });

  it('--limit runs the first packets only', async () => {
    const { io } = await run('fw.o --pcap three.pcap --limit 2 --json');
    expect(io.json).toHaveLength(3);
    expect((await run('fw.o --pcap three.pcap --limit 1 --quiet')).output).toMatch(/: 1 packets? in/);
  });

  it('--data-in takes the packet from a file, - is standard input', async () => {
    expect((await run('fw.o --data-in p.bin --json', { 'p.bin': SSH })).io.json[0]).toMatchObject({
      retval: 2,
    });
    expect((await run('fw.o --data-in - --json', { '-': SSH })).io.json[0]).toMatchObject({ retval: 2 });
    expect((await run('fw.o --pcap - --quiet', { '-': TRAFFIC })).output).toMatch(/356 packets/);
  });

  it('--repeat runs each packet so often', async () => {
    const { io } = await run(`fw.o --packet ${toHex(SSH)} --repeat 5 --json`);
    const { maps } = io.json[1] as { maps: { map: string; changes: { after: unknown }[] }[] };
    expect(maps.find(({ map }) => map === '.bss')?.changes[0]?.after).toEqual({
      totals: ['5', '0', '0', '0', '0'],
    });
  });

  it('--ctx-in gives the context, and --ctx-out asks for it', async () => {
    const md = new Uint8Array(24);
    new DataView(md.buffer).setUint32(4, SSH.length, true);
    const given = await run(`fw.o --packet ${toHex(SSH)} --ctx-in md.bin --json`, { 'md.bin': md });
    expect(given.io.json[0]).toMatchObject({ ctx_out: toHex(md) });
    const asked = await run(`nat.o --packet ${toHex(SSH)} --ctx-out --json`);
    expect(String(asked.io.json[0]?.['ctx_out'])).toHaveLength(2 * 192);
  });

  it('--set fills globals and constants', async () => {
    const { io } = await run('fw.o --pcap three.pcap --set rate_limit=1 --json');
    expect(io.json.map(({ verdict }) => verdict)).toEqual(['XDP_PASS', 'XDP_PASS', 'XDP_PASS', undefined]);
    const slow = await run(
      'fw.o --pcap three.pcap --set rate_limit=1 --set rate_window_ns=10000000000 --json',
    );
    expect(slow.io.json[2]).toMatchObject({ verdict: 'XDP_DROP' });
    expect((slow.io.json[2] as { effects: { ring: unknown[] } }).effects.ring).toHaveLength(1);
  });

  it('--maps fills maps, keys and values by BTF or as hexadecimal text', async () => {
    const typed = '{"blocked_ipv4": [{"key": {"length": 32, "address": 16908480}, "value": 0}]}';
    const raw = '{"blocked_ipv4": [{"key": "0x20000000c0000201", "value": "0x0000000000000000"}]}';
    for (const maps of [typed, raw]) {
      const { io } = await run(`fw.o --packet ${toHex(SSH)} --maps m.json --json`, { 'm.json': maps });
      expect(io.json[0], maps).toMatchObject({ verdict: 'XDP_DROP' });
    }
  });

  it('--write-pcap writes what left the program, with its times', async () => {
    const { io } = await run('nat.o --pcap in.pcap --write-pcap out.pcap --quiet', {
      'in.pcap': capture(
        ethernet().ipv4({ src: '192.168.1.10', dst: '203.0.113.5' }).udp({}).bytes(),
        ethernet().ipv4({ src: '203.0.113.5', dst: '198.51.100.1' }).udp({}).bytes(),
        ethernet().arp({}).bytes(),
      ),
    });
    const written = [...readCapture(io.files.get('out.pcap') ?? new Uint8Array(0))];
    expect(written.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual([
      [100, 5],
      [102, 5],
    ]);
    expect(toHex(written[0]?.data.subarray(26, 30) ?? new Uint8Array(0))).toBe('c6336401');
  });

  it('prints the totals so far at Ctrl-C', async () => {
    const io = new MemoryIo();
    let seen = 0;
    io.onOutput = () => {
      if (++seen === 3) io.interrupt();
    };
    const { code } = await run('fw.o --pcap big.pcap --json', { 'big.pcap': TRAFFIC }, io);
    const summary = io.json.at(-1);
    expect(summary).toMatchObject({ type: 'summary', interrupted: true });
    expect(Number(summary?.['packets'])).toBeLessThan(356);
    expect(Number(summary?.['packets'])).toBeGreaterThan(0);
    expect(code).toBe(130);
  });
});

describe('bpfrun run refuses', () => {
  const refused = async (args: string, code: number, message: RegExp, files = {}): Promise<MemoryIo> => {
    const result = await run(args, files);
    expect(result.errors).toMatch(message);
    // what follows the first line of a usage error says what to do
    expect(result.errors.trimEnd().split('\n').length).toBeLessThan(code === 2 ? 4 : 2);
    expect(result.code).toBe(code);
    return result.io;
  };

  it.each([
    ['fw.o', /nothing to run over: give --pcap, --packet or --data-in/],
    ['fw.o --pcap a --packet 00', /--pcap, --packet: give one of them/],
    ['- --pcap -', /only one input can come from standard input/],
    ['fw.o --pcap three.pcap --backend windows', /--backend.*windows.*sim, kernel/],
    ['fw.o --pcap three.pcap --limit many', /--limit.*many/],
    ['fw.o --pcap three.pcap --limitt 3', /--limitt/],
    ['fw.o --packet 00zz', /--packet/],
    ['fw.o --pcap three.pcap --set rate_limit', /--set/],
    ['fw.o --pcap three.pcap --set nonsense=1', /nonsense/],
    ['fw.o --pcap three.pcap --set rate_limit=abc', /rate_limit/],
    ['fw.o --pcap three.pcap --prog nothing', /nothing.*xdp_firewall/],
  ])('wrong usage with exit code 2: %s', async (args, message) => {
    await refused(args, 2, message);
  });

  it.each([
    ['nowhere.o --pcap three.pcap', /nowhere\.o: no such file/],
    ['fw.o --pcap nowhere.pcap', /nowhere\.pcap: no such file/],
    ['three.pcap --pcap three.pcap', /ELF|magic/],
    ['fw.o --pcap fw.o', /capture|magic/],
  ])('what it cannot use with exit code 1: %s', async (args, message) => {
    await refused(args, 1, message);
  });

  it('a map file of the wrong type, and names file, map and entry', async () => {
    const file = async (text: string, message: RegExp): Promise<void> => {
      await refused('fw.o --pcap three.pcap --maps m.json', 1, message, { 'm.json': text });
    };
    await file('{', /m\.json: not JSON/);
    await file('[]', /m\.json: must be an object/);
    await file(
      '{"blocked": []}',
      /m\.json: there is no map 'blocked' in the object; there are: .*blocked_ipv4/,
    );
    await file('{"blocked_ipv4": [{"key": "ssh", "value": 1}]}', /m\.json: .*blocked_ipv4/);
    await file('{"blocked_ipv4": [{"key": {"length": 32}, "value": "many"}]}', /m\.json: .*blocked_ipv4/);
  });

  it('a capture cut in mid-packet, after everything before it', async () => {
    const cut = capture(SSH, SSH).subarray(0, 24 + 16 + SSH.length + 16 + 20);
    const io = await refused('fw.o --pcap cut.pcap --json', 1, /packet 2.*offset/, { 'cut.pcap': cut });
    expect(io.json.map(({ type }) => type)).toEqual(['packet', 'error', 'summary']);
    expect(io.json[1]).toMatchObject({ packet: 2, code: 'ERR_BPF_PCAP' });
  });

  it('a packet that is too short, and goes on with the next', async () => {
    const io = await refused('fw.o --pcap p.pcap --json', 1, /packet 2: .*13 bytes.*14.*EINVAL/, {
      'p.pcap': capture(SSH, new Uint8Array(13), SSH),
    });
    expect(io.json.map(({ type }) => type)).toEqual(['packet', 'error', 'packet', 'summary']);
    expect(io.json[3]).toMatchObject({ packets: 2, refused: 1 });
  });

  it('a packet that is too long for the type', async () => {
    await refused(`nat.o --packet ${toHex(new Uint8Array(3713))}`, 1, /3713 bytes are more than 3712/);
  });
});

describe('bpfrun run reads', () => {
  /** A classic pcap header and one record, in either byte order and time unit. */
  function pcap(little: boolean, nanoseconds: boolean): Uint8Array {
    const bytes = new Uint8Array(24 + 16 + SSH.length);
    const view = new DataView(bytes.buffer);
    const words = [nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0, 0, 0, 65535, 1, 7, 9, SSH.length, SSH.length];
    for (const [i, word] of words.entries()) view.setUint32(4 * i, word, little);
    view.setUint16(4, 2, little);
    view.setUint16(6, 4, little);
    bytes.set(SSH, 40);
    return bytes;
  }

  it.each([
    [true, true, '7000000009'],
    [true, false, '7000009000'],
    [false, true, '7000000009'],
    [false, false, '7000009000'],
  ])('a capture with little endian %s, nanoseconds %s', async (little, nanoseconds, time) => {
    const { io } = await run('fw.o --pcap p.pcap --json', { 'p.pcap': pcap(little, nanoseconds) });
    expect(io.json[0]).toMatchObject({ time_ns: time, data_out: toHex(SSH) });
  });
});
