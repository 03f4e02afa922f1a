/** What Linux 6.18 answered to the same calls in a BPF_PROG_TEST_RUN of a sched_cls program on the same packet. */
import { describe, expect, it } from 'vitest';
import { callHelper } from '../../../test/call-helper.ts';
import { fakeProgram, PKT } from '../../../test/fake-program.ts';
import { toHex } from '../../bytes/index.ts';
import { type Machine, STAGING_BASE, skbField } from '../../machine/index.ts';
import { createReplay, testRun } from '../../test-run/index.ts';

type Args = readonly (number | bigint | 'ctx')[];
type Call = readonly [name: string, ...args: Args];

const HEAD = '0200000000010200000000020800';
const IP = '450000283039400040060000c0000201c6336402';
const TCP = '1234005000000001000000025002020000000000';
const ZEROS = (count: number): string => '00'.repeat(count);

/** Makes the calls one after the other; the last one's result, and data_out. */
function run(
  calls: readonly Call[],
  flags = 0,
  after?: (machine: Machine) => number,
): { retval: number; out: string } {
  const prog = fakeProgram('sched_cls', (machine) => {
    let result = 0;
    for (const [name, ...args] of calls) result = callHelper(machine, 'sched_cls', name, ...args);
    return after ? after(machine) : result;
  });
  const { retval, dataOut } = testRun(prog, { dataIn: PKT, flags });
  return { retval: retval | 0, out: toHex(dataOut) };
}

const field = (offset: number) => (machine: Machine) => skbField(machine, offset);

/** load_bytes_relative of 4 bytes, little endian. */
const relative = (offset: number, start: number) => (machine: Machine) => {
  callHelper(machine, 'sched_cls', 'skb_load_bytes_relative', 'ctx', offset, STAGING_BASE, 4, start);
  return machine.view.getInt32(STAGING_BASE, true);
};

describe('bpf_skb_change_head()', () => {
  it('puts zeros in front, where the MAC header then is; the network header stays', () => {
    const calls: Call[] = [['skb_change_head', 'ctx', 16, 0]];
    expect(run(calls)).toEqual({ retval: 0, out: ZEROS(16) + HEAD + IP + TCP });
    expect(run(calls, 0, relative(0, 0)).retval).toBe(0);
    expect(run(calls, 0, relative(0, 1)).retval).toBe(0x28000045);
  });

  it('refuses flags and more than 16064 bytes', () => {
    expect(run([['skb_change_head', 'ctx', 1, 1]]).retval).toBe(-22);
    expect(run([['skb_change_head', 'ctx', 16064 - 54, 0]]).retval).toBe(0);
    expect(run([['skb_change_head', 'ctx', 16064 - 53, 0]]).retval).toBe(-22);
  });
});

describe('bpf_skb_change_tail()', () => {
  it('cuts down to the Ethernet header and grows with zeros up to 16064 bytes', () => {
    expect(run([['skb_change_tail', 'ctx', 14, 0]])).toEqual({ retval: 0, out: HEAD });
    expect(run([['skb_change_tail', 'ctx', 13, 0]]).retval).toBe(-22);
    expect(run([['skb_change_tail', 'ctx', 60, 0]]).out).toBe(HEAD + IP + TCP + ZEROS(6));
    expect(run([['skb_change_tail', 'ctx', 16064, 0]]).out).toHaveLength(2 * 16064);
    expect(run([['skb_change_tail', 'ctx', 16065, 0]]).retval).toBe(-22);
  });

  it('leaves a CHECKSUM_COMPLETE sum as it was, which the run finds wrong when it cut more than zeros', () => {
    for (const length of [53, 54, 60]) {
      expect(run([['skb_change_tail', 'ctx', length, 0]], 4).retval).toBe(0);
    }
    expect(() => run([['skb_change_tail', 'ctx', 20, 0]], 4)).toThrow(
      expect.objectContaining({ errno: 'EBADMSG' }),
    );
  });
});

describe('bpf_skb_vlan_push()', () => {
  const push = (proto: number, tci: number): Call => ['skb_vlan_push', 'ctx', proto, tci];

  it('keeps the first tag outside of the packet', () => {
    expect(run([push(0x0081, 100)]).out).toBe(HEAD + IP + TCP);
    expect(run([push(0x0081, 100)], 0, field(24)).retval).toBe(100);
  });

  it('moves it into the packet when a second one comes', () => {
    const two = [push(0x0081, 100), push(0xa888, 200)];
    expect(run(two).out).toBe(`${HEAD.slice(0, 24)}810000640800${IP}${TCP}`);
    expect(run(two, 0, field(16)).retval).toBe(0x81);
    expect(run(two, 0, field(20)).retval).toBe(1);
    expect(run(two, 0, field(24)).retval).toBe(0xc8);
    expect(run(two, 0, field(28)).retval).toBe(0xa888);
    expect(run(two, 0, field(0)).retval).toBe(58);
    expect(run(two, 0, relative(0, 1)).retval).toBe(0x86400);
    expect(run(two, 0, relative(12, 0)).retval).toBe(0x64000081);
  });

  it('is undone by bpf_skb_vlan_pop', () => {
    const pop: Call = ['skb_vlan_pop', 'ctx'];
    const calls = [push(0x0081, 100), push(0x0081, 200), pop, pop];
    expect(run(calls)).toEqual({ retval: 0, out: HEAD + IP + TCP });
    expect(run(calls, 0, field(20)).retval).toBe(0);
  });
});

describe('bpf_skb_adjust_room()', () => {
  const room = (difference: number, mode: number, flags: number | bigint): Call => [
    'skb_adjust_room',
    'ctx',
    difference,
    mode,
    flags,
  ];

  it.each([
    ['MAC', 1, HEAD + ZEROS(20) + IP + TCP],
    ['NET', 0, HEAD + IP + ZEROS(20) + TCP],
  ])('inserts zeros by mode %s', (_name, mode, out) => {
    expect(run([room(20, mode, 0)])).toEqual({ retval: 0, out });
  });

  it.each([
    ['IPv4', 2, 0],
    ['IPv6', 4, 0],
    ['GRE', 2 | 8, 0],
    ['Ethernet of 14 bytes', 2n | 64n | (14n << 56n), 0],
    ['inner length without Ethernet', 2n | (5n << 56n), 0],
    ['fixed gso', 1, 0],
    ['IPv4 and IPv6', 6, -22],
    ['decapsulation while growing', 128, -22],
    ['Ethernet of 0 bytes', 2 | 64, -22],
    ['an unknown flag', 512, -22],
  ])('growing, flag %s', (_name, flags, expected) => {
    expect(run([room(20, 1, flags)]).retval).toBe(expected);
  });

  it('encapsulates once; the outer protocol and network header are the tunnel', () => {
    expect(run([room(20, 1, 2), room(20, 1, 2)]).retval).toBe(-114);
    expect(run([room(40, 1, 4)], 0, field(16)).retval).toBe(0xdd86);
    expect(run([room(40, 1, 4)], 0, relative(0, 1)).retval).toBe(0);
    expect(run([room(40, 1, 4), ['skb_change_tail', 'ctx', 60, 0]]).retval).toBe(-524);
    expect(run([room(20, 1, 2), room(-20, 1, 128), ['skb_change_tail', 'ctx', 60, 0]]).retval).toBe(-524);
  });

  it('shrinks, but never below an IP header', () => {
    expect(run([room(-20, 1, 0)])).toEqual({ retval: 0, out: HEAD + TCP });
    expect(run([room(-8, 0, 0)])).toEqual({ retval: 0, out: HEAD + IP + TCP.slice(16) });
    expect(run([room(-20, 1, 256)]).retval).toBe(-524);
    expect(run([room(-4096, 1, 0)]).retval).toBe(-14);
    expect(run([room(4, 2, 0)]).retval).toBe(-524);
  });

  it('keeps a CHECKSUM_COMPLETE sum right', () => {
    expect(run([room(20, 1, 0)], 4).retval).toBe(0);
    expect(run([room(-8, 0, 0)], 4).retval).toBe(0);
  });
});

describe('bpf_l3_csum_replace() and bpf_l4_csum_replace()', () => {
  // helper, offset, from, to, flags, result, the two bytes at the offset afterwards
  it.each([
    ['l3', 24, 0xc0, 0x1234, 2, 0, '8bee'],
    ['l3', 24, 0x010200c0, 0x0a0b0c0d, 4, 0, 'a9eb'],
    ['l3', 24, 0, 0x12345678, 0, 0, '5397'],
    ['l3', 24, 1, 2, 0, -22, '0000'],
    ['l3', 24, 1, 2, 3, -22, '0000'],
    ['l3', 24, 1, 2, 0x10, -22, '0000'],
    ['l3', 23, 1, 2, 2, -14, '0640'],
    ['l3', 53, 1, 2, 2, -14, '0000'],
    ['l3', 52, 1, 2, 2, 0, 'feff'],
    ['l3', 0x10000, 1, 2, 2, -14, '0000'],
    ['l4', 50, 0xc0, 0x1234, 2, 0, '8bee'],
    ['l4', 50, 0x3412, 0xffff, 0x12, 0, '1234'],
    ['l4', 50, 0, 5, 0x20, 0, '0000'],
    ['l4', 50, 0, 5, 0x60, 0, 'faff'],
    ['l4', 50, 5, 5, 0x22, 0, '0000'],
    ['l4', 50, 0x12345678, 0x9abcdef0, 0x14, 0, 'feee'],
    ['l4', 50, 0, 0xdeadbeef, 0x10, 0, '6262'],
    ['l4', 50, 0, 0xdeadbeef, 0x100, -22, '0000'],
    ['l4', 50, 0, 0x1ffff, 0x90, 0, 'feff'],
    ['l4', 50, 0x10002, 0x20003, 2, 0, 'feff'],
    ['l3', 24, 0x30002, 0x20003, 2, 0, 'feff'],
    ['l3', 24, 0xffff, 0, 2, 0, '0000'],
    ['l3', 24, 0, 0xffff, 2, 0, '0000'],
  ])('%s_csum_replace(%i, %i, %i, %i) = %i', (layer, offset, from, to, flags, expected, bytes) => {
    const { retval, out } = run([[`${layer}_csum_replace`, 'ctx', offset, from, to, flags]]);
    expect(retval).toBe(expected);
    if (expected === 0) expect(out.slice(2 * offset, 2 * offset + 4)).toBe(bytes);
    else expect(out).toBe(HEAD + IP + TCP);
  });
});

describe('bpf_csum_diff()', () => {
  const FROM = STAGING_BASE;
  const TO = STAGING_BASE + 1024;

  it.each([
    [[], [0x12345678], 0, 0x68ac],
    [[], [0xffffffff, 0xffffffff], 0, 0xffff],
    [[], [0xffffffff, 1], 0, 1],
    [[0x12345678], [0x12345678], 0, 0xffff],
    [[], [0x00010000], 0xffff, 1],
    [[0], [0], 0, 0xffff],
    [[], [0x80000000, 0x80000001], 5, 7],
    [[], [0], 0x12345678, 0x68ac],
    [[0x11223344], [0x01020304], 0x7fffffff, 0x3f9f],
    [[], [], 0x12345678, 0x68ac],
    [[], [0x0000ffff, 0xffff0000], 0, 0xffff],
  ])('%j to %j, seed %i: %i', (from, to, seed, expected) => {
    const prog = fakeProgram('sched_cls', (machine) => {
      machine.u32.set(from, FROM >> 2);
      machine.u32.set(to, TO >> 2);
      return callHelper(machine, 'sched_cls', 'csum_diff', FROM, from.length * 4, TO, to.length * 4, seed);
    });
    expect(testRun(prog, { dataIn: PKT }).retval).toBe(expected);
  });

  it('takes sizes that are no multiple of 4', () => {
    const prog = fakeProgram('sched_cls', (machine) => {
      machine.u8.set([0x12, 0x34, 0x56], TO);
      return callHelper(machine, 'sched_cls', 'csum_diff', FROM, 0, TO, 3, 0);
    });
    expect(testRun(prog, { dataIn: PKT }).retval).toBe(0x3412 + 0x56);
  });
});

describe('bpf_clone_redirect()', () => {
  const clone = (ifindex: number, flags: number): Call => ['clone_redirect', 'ctx', ifindex, flags];

  it('sends a copy that the effects show', () => {
    const prog = fakeProgram('sched_cls', (machine) => callHelper(machine, 'sched_cls', ...clone(1, 1)));
    const { retval, effects } = testRun(prog, { dataIn: PKT });
    expect(retval).toBe(0);
    expect(effects.transmitted).toEqual([
      { by: 'clone_redirect', ifindex: 1, direction: 'ingress', data: PKT },
    ]);
    expect(testRun(prog, { dataIn: PKT }).effects.transmitted).toHaveLength(1);
  });

  it('refuses unknown devices and flags, and drops on a device that is down', () => {
    expect(run([clone(99, 0)]).retval).toBe(-22);
    expect(run([clone(1, 2)]).retval).toBe(-22);
    const down = fakeProgram('sched_cls', (machine) => {
      machine.devices.add({ name: 'lo', ifindex: 1, up: false });
      return callHelper(machine, 'sched_cls', ...clone(1, 0));
    });
    expect(testRun(down, { dataIn: PKT })).toMatchObject({ retval: 2, effects: { transmitted: [] } });
  });
});

describe('small skb helpers', () => {
  const CASES: [readonly Call[], number, number][] = [
    [[['csum_level', 'ctx', 0]], 0, -13],
    [
      [
        ['csum_level', 'ctx', 1],
        ['csum_level', 'ctx', 0],
      ],
      0,
      0,
    ],
    [[['csum_level', 'ctx', 4]], 0, -22],
    [[['csum_update', 'ctx', 5]], 0, -524],
    [[['csum_update', 'ctx', 0]], 4, 0x7ea8aa9d],
    [[['skb_set_tstamp', 'ctx', 0, 1]], 0, -22],
    [[['skb_set_tstamp', 'ctx', 5, 2]], 0, 0],
    [[['skb_set_tstamp', 'ctx', 5, 3]], 0, -22],
    [[['skb_change_type', 'ctx', 3]], 0, 0],
    [[['skb_change_type', 'ctx', 4]], 0, -22],
    [[['skb_pull_data', 'ctx', 54]], 0, 0],
    [[['skb_pull_data', 'ctx', 55]], 0, -12],
    [[['skb_change_proto', 'ctx', 0x0008, 0]], 0, -524],
    [[['redirect', 99, 0]], 0, 7],
    [[['redirect', 1, 2]], 0, 2],
    [[['redirect_peer', 1, 1]], 0, 2],
    [[['skb_store_bytes', 'ctx', 51, STAGING_BASE, 4, 0]], 0, -14],
    [[['skb_store_bytes', 'ctx', 0, STAGING_BASE, 4, 4]], 0, -22],
    [[['skb_load_bytes', 'ctx', -14, STAGING_BASE, 4]], 0, -14],
    [[['skb_store_bytes', 'ctx', 21, STAGING_BASE, 5, 1]], 4, 0],
    [[['sk_assign', 'ctx', STAGING_BASE, 0]], 0, -95],
  ];
  it.each(CASES)('%j with flags %i gives %i', (calls, flags, expected) => {
    expect(run(calls, flags).retval).toBe(expected);
  });

  it('bpf_skb_change_proto translates 4 to 6 and back, and leaves the Ethertype', () => {
    expect(run([['skb_change_proto', 'ctx', 0xdd86, 0]]).out).toBe(HEAD + ZEROS(20) + IP + TCP);
    expect(
      run([
        ['skb_change_proto', 'ctx', 0xdd86, 0],
        ['skb_change_proto', 'ctx', 0x0008, 0],
      ]).out,
    ).toBe(HEAD + IP + TCP);
  });

  it('bpf_skb_ecn_set_ce marks ECT packets and keeps the header sum right', () => {
    const packet = PKT.slice();
    packet[15] = 1;
    const prog = fakeProgram('sched_cls', (machine) =>
      callHelper(machine, 'sched_cls', 'skb_ecn_set_ce', 'ctx'),
    );
    expect(testRun(prog, { dataIn: PKT }).retval).toBe(0);
    const { retval, dataOut } = testRun(prog, { dataIn: packet });
    expect([retval, dataOut[15], toHex(dataOut.subarray(24, 26))]).toEqual([1, 3, 'fffd']);
  });

  it('the hash is not 0, stays, and is that of the flow', () => {
    const hash: Call = ['get_hash_recalc', 'ctx'];
    const first = run([hash]).retval;
    expect(first).not.toBe(0);
    expect(run([hash], 0, field(68)).retval).toBe(first);
    expect(run([['set_hash', 'ctx', 7], hash]).retval).toBe(7);
    expect(run([['set_hash', 'ctx', 7], ['set_hash_invalid', 'ctx'], hash]).retval).toBe(first);
  });
});

describe('ld_abs', () => {
  const load = (type: 'sched_cls' | 'socket_filter', offset: number, size: number): number => {
    let value = 0n;
    const prog = fakeProgram(type, (machine) => {
      value = machine.runtime['ld_abs']?.(0x40000, offset, size) as unknown as bigint;
      return 0;
    });
    createReplay(prog).run(PKT, 0, PKT.length);
    return Number(value);
  };

  it('loads big endian from the start of what the type sees', () => {
    expect(load('sched_cls', 12, 2)).toBe(0x0800);
    expect(load('socket_filter', 0, 1)).toBe(0x45);
    expect(load('socket_filter', 12, 4)).toBe(0xc0000201);
  });

  it('takes SKF_LL_OFF and SKF_NET_OFF, and fails past the end and for ancillary offsets', () => {
    expect(load('socket_filter', -0x200000, 4)).toBe(0x02000000);
    expect(load('sched_cls', -0x100000, 1)).toBe(0x45);
    expect(load('sched_cls', 51, 4)).toBe(-1);
    expect(load('sched_cls', -0x1000, 4)).toBe(-1);
    expect(load('sched_cls', -0x200001, 4)).toBe(-1);
  });
});
