/** Helper calls: arguments as declared, results as declared, checks in checked mode; maps; tail calls; the budget. */
import { describe, expect, it } from 'vitest';
import { prepare, programOf, type Setup } from '../../../test/engine-run.ts';
import { FaultError, UnsupportedError } from '../../errors.ts';
import type { ArgKind, Helper, HelperReturn } from '../../helpers/define.ts';
import { assemble, assembleWithLabels } from '../../isa/index.ts';
import {
  CELL_FUEL,
  CELL_FUEL_LIMIT,
  CELL_PC,
  CELL_RETURN_HI,
  CELL_TAIL_CALLS,
  CTX_BASE,
  KIND_MAP,
  KIND_MAP_VALUE,
  Machine,
  SHADOW_READ,
  SHADOW_WRITE,
} from '../../machine/index.ts';
import {
  MAP_KEY_SIZE,
  MAP_MAX_ENTRIES,
  MAP_TYPE_OFF,
  MAP_VALUE_SIZE,
  MAP_VALUES,
} from '../../maps/layout.ts';
import type { EngineMap } from '../types.ts';
import { faultError } from './fault.ts';

function helper(
  args: readonly ArgKind[],
  returns: HelperReturn = 'int',
  more: Partial<Helper<never>> = {},
): Helper<never> {
  return { id: 500, name: 'bpf_test', args, returns, doc: '', call: { js: () => 0 }, ...more };
}

/** Calls a TypeScript helper and keeps the arguments it saw. */
function call(text: string, declaration: Helper<never>, result = 0, setup: Setup = {}) {
  const seen: number[][] = [];
  const test = (...args: number[]): number => {
    seen.push(args);
    return result;
  };
  return { seen, ...prepare(text, { helpers: [declaration], js: { bpf_test: test }, ...setup }) };
}

function faultOf(run: () => unknown): FaultError {
  try {
    run();
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
  throw new Error('no fault');
}

function makeMap(machine: Machine, { type = 2, entries = 4, valueSize = 8, keySize = 4 } = {}): EngineMap {
  const address = machine.alloc(256, "map 'm'");
  const values = machine.alloc(entries * valueSize, "values of map 'm'");
  machine.allow(address, 1, 0, 0);
  machine.u8[machine.limit + address] = KIND_MAP << 4;
  machine.allow(values, entries * valueSize, SHADOW_READ | SHADOW_WRITE, KIND_MAP_VALUE);
  const header: [number, number][] = [
    [MAP_TYPE_OFF, type],
    [MAP_KEY_SIZE, keySize],
    [MAP_VALUE_SIZE, valueSize],
    [MAP_MAX_ENTRIES, entries],
    [MAP_VALUES, values],
  ];
  for (const [field, value] of header) machine.u32[(address + field) >> 2] = value;
  return {
    name: 'm',
    address,
    valueAddress: type === 2 ? values : undefined,
    keySize,
    valueSize,
    ops: {},
    array: type === 2 ? { values, stride: valueSize, maxEntries: entries } : undefined,
  };
}

describe('helper calls', () => {
  const ints: ArgKind[] = [{ kind: 'int' }, { kind: 'u64' }, { kind: 'int' }];

  it('pass an int as i32, a u64 as two halves, in the order of the registers', () => {
    const { run, seen } = call('r1 = -2; r2 = 0x1122334455667788 ll; r3 = 9; call #500; exit', helper(ints));
    run();
    expect(seen).toEqual([[-2, 0x55667788, 0x11223344, 9]]);
  });

  it('sign-extend an int, zero-extend a pointer, join a u64, give 0 for void', () => {
    const returned = (returns: HelperReturn): bigint => {
      const { machine, run } = call('r0 = 77; call #500; exit', helper([], returns), -2);
      machine.u32[CELL_RETURN_HI >> 2] = 5;
      return run();
    };
    expect(returned('int')).toBe(0xfffffffffffffffen);
    expect(returned('ptr')).toBe(0xfffffffen);
    expect(returned('u64')).toBe(0x5fffffffen);
    expect(returned('void')).toBe(0n);
  });

  it('leave 0 in r1-r5 and keep r6-r9', () => {
    const source =
      'r6 = 100; r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5; call #500; r0 = r6; r0 += r1; r0 += r2; r0 += r5; exit';
    expect(call(source, helper([])).run()).toBe(100n);
  });

  it('tell the helper the instruction, and its caller frame where it asks', () => {
    const { machine, run, seen } = call(
      'r1 = 1; r0 = 0; call #500; exit',
      helper([{ kind: 'int' }], 'int', { frame: true }),
    );
    run();
    expect(machine.i32[CELL_PC >> 2]).toBe(2);
    expect(seen).toEqual([[1, 0x10240]]);
  });

  it('are refused by name and reason where the helper is missing', () => {
    const missing = helper([], 'int', { call: { missing: 'nobody wrote it' } });
    expect(() => prepare('call #500; exit', { helpers: [missing] })).toThrow(UnsupportedError);
    expect(() => prepare('call #500; exit', { helpers: [missing] })).toThrow(
      'bpf_test: insn 0: nobody wrote it',
    );
  });
});

describe('checked helper arguments', () => {
  const memory = (access: 'read' | 'write', nullable?: true): ArgKind[] => [
    { kind: 'mem', access, size: { arg: 1 }, ...(nullable ? { nullable } : {}) },
    { kind: 'size', zero: true },
  ];
  const fromCtx = 'r6 = r1; r1 = *(u64 *)(r6 + 0); r2 = *(u64 *)(r6 + 8); r0 = 0; call #500; exit';
  const at = (declaration: Helper<never>, address: bigint, size: bigint): (() => bigint) => {
    const { machine, run } = call(fromCtx, declaration);
    const base = machine.alloc(64, 'block');
    machine.allow(base, 32, SHADOW_READ, KIND_MAP_VALUE);
    machine.view.setBigUint64(
      CTX_BASE,
      address >= 0x1000n && address < 0x2000n ? BigInt(base) + address - 0x1000n : address,
      true,
    );
    machine.view.setBigUint64(CTX_BASE + 8, size, true);
    return run;
  };

  it('memory must be accessible to its last byte', () => {
    expect(at(helper(memory('read')), 0x1000n, 32n)()).toBe(0n);
    expect(faultOf(at(helper(memory('read')), 0x1000n, 33n))).toMatchObject({ kind: 'helper', insn: 4 });
    expect(faultOf(at(helper(memory('read')), 0xfffn + 0n, 1n)).message).toContain('would read 1 byte');
    expect(faultOf(at(helper(memory('write')), 0x1000n, 1n)).message).toContain('would write 1 byte');
    expect(faultOf(at(helper(memory('read')), 0x100001000n, 1n)).address).toBe('0x100001000');
  });

  it('a size of 0 reads nothing; NULL passes only where it may', () => {
    expect(at(helper(memory('read')), 0n, 0n)()).toBe(0n);
    expect(at(helper(memory('read', true)), 0n, 8n)()).toBe(0n);
    expect(faultOf(at(helper(memory('read')), 0n, 8n))).toMatchObject({ kind: 'helper', address: '0x0' });
  });

  it('a size with upper bits, a negative one, and 0 where 1 is the least are faults', () => {
    for (const size of [0x100000001n, 0xffffffffffffffffn, 0x80000000n]) {
      expect(faultOf(at(helper(memory('read')), 0x1000n, size))).toMatchObject({
        kind: 'helper',
        address: `0x${size.toString(16)}`,
      });
    }
    const nonzero = helper([{ kind: 'mem', access: 'read', size: { arg: 1 } }, { kind: 'size' }]);
    expect(at(nonzero, 0x1000n, 1n)()).toBe(0n);
    expect(faultOf(at(nonzero, 0x1000n, 0n))).toMatchObject({ kind: 'helper' });
  });

  it('the stack is checked without a call where the place is known', () => {
    const text = (off: number, size: number): string =>
      `r1 = r10; r1 += ${off}; r2 = ${size}; r0 = 0; call #500; exit`;
    expect(call(text(-8, 8), helper(memory('write'))).compiled.imports.runtime).toEqual([]);
    expect(faultOf(call(text(-8, 9), helper(memory('write'))).run)).toMatchObject({
      kind: 'helper',
      insn: 4,
    });
  });

  it('a context must be the context, a map must be a map', () => {
    expect(call('r0 = 0; call #500; exit', helper([{ kind: 'ctx' }])).run()).toBe(0n);
    expect(
      faultOf(call('r1 += 4; r0 = 0; call #500; exit', helper([{ kind: 'ctx' }])).run).message,
    ).toContain("program's context");
    expect(call('r2 = *(u8 *)(r1 + 0); r1 += r2; call #500; exit', helper([{ kind: 'ctx' }])).run()).toBe(0n);
    const machine = new Machine({ memory: 1 << 20 });
    const map = makeMap(machine);
    const declaration = helper([{ kind: 'map' }]);
    const { run } = call('r1 = *(u64 *)(r1 + 0); r0 = 0; call #500; exit', declaration, 0, { machine });
    for (const bad of [0n, BigInt(map.address) + 1n, BigInt(CTX_BASE), BigInt(map.address) + 0x100000000n]) {
      machine.view.setBigUint64(CTX_BASE, bad, true);
      expect(faultOf(run).message).toContain('wants a map');
    }
    machine.view.setBigUint64(CTX_BASE, BigInt(map.address), true);
    expect(run()).toBe(0n);
  });

  it('a string must end in readable memory', () => {
    const { machine, run } = call('r1 += 56; r0 = 0; call #500; exit', helper([{ kind: 'str' }]));
    machine.u8.fill(65, CTX_BASE, CTX_BASE + 64);
    expect(faultOf(run)).toMatchObject({ kind: 'helper' });
    machine.u8[CTX_BASE + 63] = 0;
    expect(run()).toBe(0n);
  });
});

describe('maps', () => {
  const LOOKUP = helper([{ kind: 'map' }, { kind: 'mapKey' }], 'ptr', {
    id: 1,
    mapOp: 'lookup',
    call: { wasm: 'map_lookup_elem' },
  });
  const source = 'r2 = *(u32 *)(r1 + 0); *(u32 *)(r10 - 4) = r2; r2 = r10; r2 += -4; r1 = map[0]; call #1';

  it('an array lookup is compiled in line and stops at max_entries', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const map = makeMap(machine, { entries: 3, valueSize: 24 });
    const { compiled, run } = prepare(`${source}; exit`, { machine, maps: [map], helpers: [LOOKUP] });
    expect(compiled.imports.runtime).toEqual([]);
    const at = (index: number): bigint => {
      machine.u32[CTX_BASE >> 2] = index;
      return run();
    };
    expect([at(0), at(2), at(3), at(0xffffffff)]).toEqual(
      [map.valueAddress, (map.valueAddress ?? 0) + 48, 0, 0].map((value) => BigInt(value ?? 0)),
    );
  });

  it('a known map calls its own operation, an unknown one the generic', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const map = { ...makeMap(machine), array: undefined, ops: { lookup: 'array_lookup' } };
    const known = prepare(`${source}; exit`, { machine, maps: [map], helpers: [LOOKUP] });
    expect(known.compiled.imports.runtime).toEqual(['array_lookup']);
    const text = 'r2 = r10; r2 += -4; r1 = *(u64 *)(r1 + 0); call #1; exit';
    expect(prepare(text, { machine, maps: [map], helpers: [LOOKUP] }).compiled.imports.runtime).toContain(
      'map_lookup_elem',
    );
  });

  it('a value of stable memory needs no check after the test for NULL, and one before it', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const map: EngineMap = { ...makeMap(machine), stableValues: true };
    const size = (tail: string): number =>
      prepare(`${source}; ${tail}; exit`, { machine, maps: [map], helpers: [LOOKUP] }).compiled.bytes.length;
    const proven = size('if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 0)');
    expect(size('if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 1)') - proven).toBeGreaterThan(30);
    const { run } = prepare(`${source}; r0 = *(u64 *)(r0 + 0); exit`, {
      machine,
      maps: [map],
      helpers: [LOOKUP],
    });
    machine.u32[CTX_BASE >> 2] = 4;
    expect(faultOf(run)).toMatchObject({ kind: 'load', insn: 7 });
  });

  it('a direct value address is checked against the value', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const map = makeMap(machine);
    machine.u32[(map.valueAddress ?? 0) >> 2] = 4711;
    expect(prepare('r1 = map[0][0]+0; r0 = *(u32 *)(r1 + 0); exit', { machine, maps: [map] }).run()).toBe(
      4711n,
    );
    expect(() => prepare('r1 = map[0][0]+8; r0 = 0; exit', { machine, maps: [map] })).toThrow(
      /offset 8 is past the 8 bytes/,
    );
  });
});

/** Instructions that the last run executed. */
function spent({ i32 }: Machine): number {
  return (i32[CELL_FUEL_LIMIT >> 2] ?? 0) - (i32[CELL_FUEL >> 2] ?? 0);
}

describe('packet loads', () => {
  it('past the end count what was executed, not what was ahead', () => {
    const { machine, run } = prepare(`r6 = r1; r0 = *(u8 *)skb[0]; ${'r0 += 1; '.repeat(500)}exit`);
    expect(run()).toBe(0n);
    expect(spent(machine)).toBe(2);
  });
});

describe('callbacks', () => {
  it.each([
    ['0', '0x0'],
    ['-1', '0xffffffffffffffff'],
    ['1000', '0x3e8'],
  ])('that are no function of the program, such as %s, are a fault', (value, address) => {
    const { run, seen } = call(`r1 = ${value}; call #500; exit`, helper([{ kind: 'func' }]));
    expect(faultOf(run)).toMatchObject({ kind: 'call', insn: 1, address });
    expect(seen).toEqual([]);
  });
});

describe('tail calls', () => {
  const TAIL = helper([{ kind: 'ctx' }, { kind: 'map' }, { kind: 'int' }], 'int', {
    id: 12,
    special: 'tail_call',
    call: { wasm: 'tail_call' },
  });
  const jump = (index: number): string => `r2 = map[0]; r3 = ${index}; call #12`;
  const world = () => {
    const machine = new Machine({ memory: 1 << 20 });
    const map = makeMap(machine, { type: 3, entries: 3, valueSize: 8 });
    const values = machine.u32[(map.address + MAP_VALUES) >> 2] as number;
    return { machine, setup: { machine, maps: [map], helpers: [TAIL] }, slots: values >> 2 };
  };

  it('go on in the slot and do not come back; an empty slot and a bad index fall through', () => {
    const { machine, setup, slots } = world();
    machine.u32[slots + 2] = machine.reserveTable(0);
    prepare('r0 = 42; exit', setup);
    expect(prepare(`${jump(1)}; r0 = 7; exit`, setup).run()).toBe(42n);
    expect(machine.u32[CELL_TAIL_CALLS >> 2]).toBe(1);
    expect(prepare(`${jump(0)}; r0 = 7; exit`, setup).run()).toBe(7n);
    expect(prepare(`${jump(3)}; r0 = 7; exit`, setup).run()).toBe(7n);
    expect(prepare(`${jump(-1)}; r0 = 7; exit`, setup).run()).toBe(7n);
    expect(machine.u32[CELL_TAIL_CALLS >> 2]).toBe(0);
  });

  it('count what was executed, not what was ahead', () => {
    const { machine, setup, slots } = world();
    machine.u32[slots + 2] = machine.reserveTable(0);
    prepare('r0 = 42; exit', setup);
    const long = `${jump(1)}; ${'r0 += 1; '.repeat(500)}exit`;
    prepare(long, setup).run();
    expect(spent(machine)).toBe(3 + 2);
    prepare(`r4 = 2; loop: r4 -= 1; if r4 != 0 goto loop; ${long}`, setup).run();
    expect(spent(machine)).toBe(5 + 3 + 2);
  });

  it('are at most 33 in a run', () => {
    const { machine, setup, slots } = world();
    machine.u32[slots] = machine.reserveTable(0);
    const again = `r6 = r1; r2 = *(u32 *)(r1 + 0); r2 += 1; *(u32 *)(r1 + 0) = r2; ${jump(0)}; r0 = *(u32 *)(r6 + 0); exit`;
    expect(prepare(again, setup).run()).toBe(34n);
  });

  it('through a map that is no prog_array are a fault', () => {
    const { machine, setup } = world();
    const maps = [makeMap(machine)];
    expect(faultOf(prepare(`${jump(0)}; r0 = 7; exit`, { ...setup, maps }).run)).toMatchObject({
      kind: 'helper',
      insn: 3,
    });
  });
});

describe('the budget', () => {
  it('ends an endless loop and says where it looped', () => {
    const { run } = prepare('r0 = 0; r0 += 1; goto -2; exit', { insnLimit: 1000 });
    const fault = faultOf(run);
    expect(fault).toMatchObject({ kind: 'budget', insn: 1 });
    expect(fault.message).toContain('more than 1000 instructions');
  });

  it('lets a loop run that stays within, whatever ran before', () => {
    const source = 'r1 = 0; r1 += 1; if r1 < 300 goto -2; r0 = r1; exit';
    const { run } = prepare(source, { insnLimit: 700 });
    expect(run(50)).toBe(300n);
    expect(faultOf(prepare(source, { insnLimit: 500 }).run).kind).toBe('budget');
  });

  it('lets a run of exactly its instructions end', () => {
    const source = 'r1 = 0; r1 += 1; if r1 < 300 goto -2; r0 = r1; exit';
    const executed = 1 + 2 * 300 + 2;
    expect(prepare(source, { insnLimit: executed }).run()).toBe(300n);
    expect(faultOf(prepare(source, { insnLimit: executed - 12 }).run).kind).toBe('budget');
  });

  it('counts what subprograms and callbacks use', () => {
    const { insns, labels } =
      assembleWithLabels(`r6 = 0; loop: r1 = 50; call f; r6 += 1; if r6 < 10 goto loop; exit
      f: r0 = 0; inner: r0 += 1; if r0 < r1 goto inner; exit`);
    const subprogs = [0, labels.get('f') ?? 0];
    expect(prepare(insns, { subprogs, insnLimit: 2000 }).run()).toBe(50n);
    expect(faultOf(prepare(insns, { subprogs, insnLimit: 600 }).run).kind).toBe('budget');
  });
});

describe('faultError()', () => {
  it('names instruction, source line, address and neighbour', () => {
    const machine = new Machine({ memory: 1 << 20 });
    const block = machine.alloc(32, "map 'conns'");
    const line = { file: 'a.c', line: 12, column: 3, text: 'return *p;' };
    const program = { ...programOf(assemble('exit')), lineAt: () => line };
    const error = faultError(program, 0, 5, block + 40, 0, 4, machine);
    expect(error.message).toContain("program 'test' insn 5 (a.c:12: return *p;): cannot read 4 bytes");
    expect(error.message).toContain("8 bytes past the end of map 'conns'");
    expect(error.source).toEqual(line);
  });
});
