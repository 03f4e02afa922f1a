import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../btf/index.ts';
import { parseElf } from '../elf/index.ts';
import { BtfError, ElfError, RelocationError } from '../errors.ts';
import { disassemble } from '../isa/index.ts';
import { MAP_FLAG, PROG_FLAG } from '../uapi/bpf.ts';
import { type ObjectSpec, parseObject } from './index.ts';

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`testdata/${name}.bpf.o`, import.meta.url)));
}
const subprograms = parseObject(bytesOf('subprograms'));
const maps = parseObject(bytesOf('maps'));
const legacy = parseObject(bytesOf('legacy-maps'));
const unresolved = parseObject(bytesOf('unresolved'));

const program = (spec: ObjectSpec, name: string) => spec.programs.find((one) => one.name === name)!;
const map = (name: string) => maps.maps.find((one) => one.name === name)!;

/** The object with bytes of a section replaced, found by its name. */
function patched(name: string, section: string, change: (view: DataView) => void): () => ObjectSpec {
  const bytes = bytesOf(name);
  const { offset, size } = parseElf(bytes).sections.find((one) => one.name === section)!;
  change(new DataView(bytes.buffer, offset, size));
  return () => parseObject(bytes);
}

describe('parseObject(): programs', () => {
  it('takes type, attach type and autoload from the section name', () => {
    expect(
      maps.programs.map(({ name, section, progType, attachType, autoload }) => [
        name,
        section,
        progType,
        attachType,
        autoload,
      ]),
    ).toEqual([
      ['callee', 'tc', 'sched_cls', undefined, true],
      ['entry', 'tc/ingress', 'sched_cls', 'tcx_ingress', true],
    ]);
    expect(subprograms.programs.map(({ name, autoload }) => [name, autoload])).toEqual([
      ['first', true],
      ['second', false],
    ]);
    expect(program(unresolved, 'probe')).toMatchObject({
      progType: 'tracing',
      attachType: 'trace_fentry',
      attachTarget: 'do_nanosleep',
    });
    expect(program(unresolved, 'probe').flags & PROG_FLAG.BPF_F_SLEEPABLE).toBe(0);
    expect(subprograms.license).toBe('GPL');
  });

  it('appends each subprogram once, depth first, as libbpf does', () => {
    const { functions } = program(subprograms, 'first');
    expect(functions.map(({ name, pc, global }) => [name, pc, global])).toEqual([
      ['first', 0, true],
      ['callback', 32, false],
      ['global_sub', 39, true],
      ['local_sub', 42, false],
    ]);
    // hidden_sub is a global symbol that the verifier is to take as static.
    expect(program(subprograms, 'second').functions.map(({ name, global }) => [name, global])).toEqual([
      ['second', true],
      ['global_sub', true],
      ['local_sub', false],
      ['hidden_sub', false],
    ]);
  });

  it('makes calls and function addresses relative to the slot that follows', () => {
    const { insns, functions } = program(subprograms, 'first');
    const starts = functions.map(({ pc }) => pc);
    const calls = insns.flatMap(({ code, src, imm }, pc) =>
      code === 0x85 && src === 1 ? [pc + 1 + imm] : [],
    );
    expect(calls.sort()).toEqual([39, 42, 42]);
    const address = insns.findIndex(({ code, src }) => code === 0x18 && src === 4);
    expect(starts).toContain(address + 1 + insns[address]!.imm);
    expect(insns[address + 1]).toEqual({ code: 0, dst: 0, src: 0, off: 0, imm: 0 });
  });

  it('puts map indexes and variable offsets into ld_imm64', () => {
    const { insns } = program(subprograms, 'first');
    const loads = insns.flatMap((insn, pc) =>
      insn.code === 0x18 && insn.src !== 4 ? [[insn.src, insn.imm, insns[pc + 1]!.imm]] : [],
    );
    const data = subprograms.maps.findIndex(({ name }) => name === '.data');
    const rodata = subprograms.maps.findIndex(({ name }) => name === '.rodata');
    expect(loads).toEqual([
      [1, 0, 0],
      [2, data, 0],
      [2, data, 0],
      [2, rodata, 0],
    ]);
    const second = program(subprograms, 'second').insns;
    // The format string of bpf_printk lies behind `bias`.
    expect(second[0]).toMatchObject({ code: 0x18, src: 2, imm: rodata });
    expect(second[1]!.imm).toBe(4);
  });

  it('keeps source lines and function ids of every linked function', () => {
    const { lines, functions, funcInfo, lineInfo } = program(subprograms, 'first');
    expect(lines[0]).toMatchObject({ pc: 0, text: 'int first(struct xdp_md *ctx) {', line: 34, column: 0 });
    expect(lines[0]!.file).toMatch(/subprograms\.bpf\.c$/);
    expect(lines.map(({ pc }) => pc)).toEqual(lines.map(({ pc }) => pc).sort((a, b) => a - b));
    for (const { pc } of functions) expect(lines.map((line) => line.pc)).toContain(pc);
    expect(funcInfo).toEqual(functions.map(({ pc, btfId }) => ({ insnOff: pc, typeId: btfId })));
    expect(subprograms.btf!.types[functions[1]!.btfId]).toMatchObject({ kind: 'func', name: 'callback' });
    expect(lineInfo).toHaveLength(lines.length);
  });

  it('links instructions that the disassembler can print', () => {
    const lines = disassemble(program(subprograms, 'second').insns);
    expect(lines[0]).toBe('0: (18) r1 = map[1][0]+4');
    expect(lines.filter((line) => line.includes('call pc+'))).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/exit$/);
  });
});

describe('parseObject(): maps', () => {
  it('reads BTF-defined maps in the order of their places, data sections after them', () => {
    expect(maps.maps.map(({ name }) => name)).toEqual(
      'inner_b inner_a outer jumps typed sized events .data .rodata .data.custom .rodata.limits .bss.shown .bss'.split(
        ' ',
      ),
    );
  });

  it('reads every kind of field', () => {
    expect(map('typed')).toMatchObject({
      typeName: 'lru_hash',
      keySize: 6,
      valueSize: 48,
      maxEntries: 16,
      flags: 2,
      pinning: 1,
      numaNode: 0,
    });
    expect(maps.btf!.types[map('typed').keyTypeId]).toMatchObject({ kind: 'struct', name: 'inner_key' });
    expect(map('sized')).toMatchObject({
      typeName: 'bloom_filter',
      keySize: 0,
      valueSize: 12,
      mapExtra: 3,
      keyTypeId: 0,
    });
    expect(map('events')).toMatchObject({ typeName: 'perf_event_array', maxEntries: 0 });
  });

  it('reads the prototype and the initial values of maps of maps and program arrays', () => {
    expect(map('outer').inner).toMatchObject({
      name: 'outer.inner',
      typeName: 'array',
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
    });
    expect([...map('outer').values]).toEqual([
      [0, 'inner_b'],
      [2, 'inner_a'],
    ]);
    expect(map('jumps')).toMatchObject({ valueSize: 4, inner: undefined });
    expect([...map('jumps').values]).toEqual([[1, 'callee']]);
  });

  it('makes data sections maps: read-only for the program when .rodata, mappable when something has a name', () => {
    const { BPF_F_RDONLY_PROG, BPF_F_MMAPABLE } = MAP_FLAG;
    const flags = (name: string) => map(name).flags;
    expect(flags('.rodata')).toBe(BPF_F_RDONLY_PROG | BPF_F_MMAPABLE);
    expect(flags('.data.custom')).toBe(BPF_F_MMAPABLE);
    // Only a static variable is left in .bss.
    expect(flags('.bss')).toBe(0);
    expect(map('.rodata').data).toEqual(new TextEncoder().encode('hello\0'));
    expect(map('.bss.shown').data).toEqual(new Uint8Array(48));
    expect(map('.data')).toMatchObject({
      typeName: 'array',
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      keyTypeId: 0,
    });
  });

  it('lists global variables by BTF', () => {
    const variable = (name: string) => maps.variables.find((one) => one.name === name)!;
    expect(variable('limit')).toMatchObject({ offset: 0, size: 4, constant: true });
    expect(maps.maps[variable('limit').map]!.name).toBe('.rodata.limits');
    expect(variable('counter')).toMatchObject({ constant: false });
    expect(maps.btf!.types[variable('shown').typeId]).toMatchObject({ name: 'value' });
    // LLVM kept one element of the array; BTF still says three.
    expect(variable('zeroed.0')).toMatchObject({ size: 8, typeId: 0 });
  });

  it('reads legacy maps and variables without any BTF', () => {
    expect(legacy.btf).toBeUndefined();
    expect(legacy.btfBytes).toBeUndefined();
    expect(
      legacy.maps.map(({ name, typeName, keySize, valueSize, maxEntries, flags, section }) => [
        name,
        typeName,
        keySize,
        valueSize,
        maxEntries,
        flags,
        section,
      ]),
    ).toEqual([
      ['first', 'array', 4, 8, 2, 0, 'maps'],
      ['second', 'hash', 16, 4, 10, 1, 'maps'],
      ['third', 'array', 4, 4, 1, 0, 'maps/own'],
      ['.data', 'array', 4, 4, 1, 0, '.data'],
    ]);
    expect(legacy.variables).toEqual([
      { name: 'limit', map: 3, offset: 0, size: 4, typeId: 0, constant: false },
    ]);
    const loads = legacy.programs[0]!.insns.filter(({ code, src }) => code === 0x18 && src === 1);
    expect(loads.map(({ imm }) => imm)).toEqual([1, 2]);
  });

  it('refuses legacy entries with fields that it does not know', () => {
    const parse = patched('legacy-maps', 'maps', (view) => view.setUint32(20, 1, true));
    expect(parse).toThrow(/map 'first' has 28 bytes, and those after map_flags are not 0/);
  });
});

describe('parseObject(): BTF', () => {
  it('fills in sizes and offsets of sections, and hides hidden functions', () => {
    const fixed = parseBtf(maps.btfBytes!);
    const section = (name: string) =>
      fixed.types.find((type) => type.kind === 'datasec' && type.name === name);
    expect(section('.maps')).toMatchObject({
      size: parseElf(bytesOf('maps')).sections.find(({ name }) => name === '.maps')!.size,
    });
    const mapsSection = section('.maps');
    const vars = mapsSection?.kind === 'datasec' ? mapsSection.vars.map(({ offset }) => offset) : [];
    expect(vars).toHaveLength(7);
    expect(vars).toEqual([...new Set(vars)].sort((a, b) => a - b));
    expect(fixed.types).toEqual(maps.btf!.types);
    expect(subprograms.btf!.types.find(({ name }) => name === 'hidden_sub')).toMatchObject({ linkage: 0 });
    expect(parseBtf(subprograms.btfBytes!).types).toEqual(subprograms.btf!.types);
  });

  it('leaves the bytes it was given alone', () => {
    const bytes = Buffer.from(bytesOf('maps'));
    parseObject(bytes);
    expect(bytes.equals(bytesOf('maps'))).toBe(true);
  });
});

describe('parseObject(): what it cannot resolve', () => {
  it('names CO-RE accesses in C, kconfig, ksyms and kfuncs, each by instruction', () => {
    const { unresolved: list, insns } = program(unresolved, 'probe');
    expect(list.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'kfunc bpf_rcu_read_lock',
      'core struct task_struct.pid field_exists',
      'ksym init_task',
      'core struct task_struct.pid byte_off',
      'core struct task_struct.inner.depth[2] byte_off',
      'kconfig CONFIG_HZ',
      'core struct task_struct type_size',
      'core enum state::STATE_ON enumval_value',
      'core struct task_struct.flag byte_off',
      'core struct task_struct.flag byte_sz',
      'core struct task_struct.flag lshift_u64',
      'core struct task_struct.flag signed',
      'core struct task_struct.flag rshift_u64',
      'core struct task_struct.flag rshift_u64',
    ]);
    expect(list[0]).toMatchObject({ section: 'fentry/do_nanosleep', insn: 1 });
    expect(insns[1]).toMatchObject({ code: 0x85 });
  });

  it('names section names that libbpf does not know, and symbols that nobody defines', () => {
    expect(program(unresolved, 'unknown')).toMatchObject({
      progType: undefined,
      unresolved: [
        { kind: 'prog_type', name: 'flux/capacitor', insn: -1 },
        { kind: 'extern', name: 'elsewhere', insn: 1 },
      ],
    });
  });
});

describe('parseObject(): refusals', () => {
  it('takes relocatable BPF files only', () => {
    const other = (at: number, value: number) => () => {
      const bytes = bytesOf('maps');
      bytes[at] = value;
      return parseObject(bytes);
    };
    expect(other(18, 62)).toThrow(new ElfError(18, 'machine 62, not BPF (247); compile with --target=bpf'));
    expect(other(16, 3)).toThrow(/file type 3/);
    expect(other(18, 0)().programs).toHaveLength(2);
  });

  it('refuses relocations past the section, inside an instruction, and to nowhere', () => {
    expect(patched('subprograms', '.relxdp', (view) => view.setUint32(0, 0xffff8, true))).toThrow(
      /xdp insn 131071, symbol '.text': is outside/,
    );
    expect(patched('subprograms', '.relxdp', (view) => view.setUint32(0, 4, true))).toThrow(
      /byte 4 is inside an instruction/,
    );
    expect(patched('subprograms', '.relxdp', (view) => view.setUint32(12, 999, true))).toThrow(
      /names symbol 999/,
    );
  });

  it('refuses calls into the middle of a function', () => {
    const moved = patched('subprograms', '.text', (view) => view.setInt32(4, 1000, true));
    expect(moved).toThrow(RelocationError);
    expect(moved).toThrow(/no function starts at slot/);
  });

  it('refuses BTF that lies, with the type', () => {
    expect(patched('maps', '.BTF', (view) => view.setUint32(12, 0xffffff0, true))).toThrow(BtfError);
    expect(patched('maps', '.BTF.ext', (view) => view.setUint32(4, 4, true))).toThrow(/header of 4 bytes/);
  });

  it('ends with a typed error or a spec whatever is cut off', () => {
    const bytes = bytesOf('maps');
    for (let length = 0; length < bytes.length; length += 101) {
      expect(() => parseObject(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_BPF_/) }),
      );
    }
  });
});
