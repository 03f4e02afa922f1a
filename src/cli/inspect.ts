/** `bpfrun inspect`: what an object file holds. */
import type { Btf } from '../btf/index.ts';
import type { MapSpec, ObjectSpec, VariableSpec } from '../object/index.ts';
import { defineCommand } from './command.ts';
import type { Io } from './io.ts';

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'Show the programs, maps, global variables, license and types of an object',
  operands: ['object'],
  options: {
    json: { type: 'flag', help: 'as one JSON object' },
    types: { type: 'flag', help: 'the definitions of all named BTF types, as C' },
  },
  async run(io, [path = '-'], { json, types }) {
    const { parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    const btf = await import('../btf/index.ts');
    const { formatDecoded, jsonValue } = await import('../report/index.ts');
    const names: Names = {
      declaration: (typeId, name) =>
        spec.btf && typeId > 0 ? btf.printDeclaration(spec.btf, typeId, name) : name,
      type: (typeId) => (spec.btf && typeId > 0 ? btf.printType(spec.btf, typeId) : undefined),
      initial: (variable) => initialValue(spec, variable, btf.decodeValue),
      text: formatDecoded,
      json: jsonValue,
    };
    if (json) io.out(`${JSON.stringify(objectJson(spec, names), undefined, 2)}\n`);
    else printObject(io, spec, names);
    if (types && spec.btf) {
      for (const type of spec.btf.types) {
        if (DEFINED.has(type.kind) && type.name !== '')
          io.out(`\n${btf.printDefinition(spec.btf, type.id)}\n`);
      }
    }
    return 0;
  },
});

const DEFINED: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'enum64', 'typedef']);

/** What depends on BTF. */
interface Names {
  declaration(typeId: number, name: string): string;
  type(typeId: number): string | undefined;
  initial(variable: VariableSpec): unknown;
  text(value: unknown): string;
  json(value: unknown): unknown;
}

function initialValue(
  spec: ObjectSpec,
  { map, offset, size, typeId }: VariableSpec,
  decodeValue: (btf: Btf, typeId: number, bytes: Uint8Array) => unknown,
): unknown {
  const bytes = (spec.maps[map]?.data ?? new Uint8Array(offset + size)).subarray(offset, offset + size);
  return spec.btf && typeId > 0 ? decodeValue(spec.btf, typeId, bytes) : bytes;
}

/** Values longer than this are cut in the text. */
const SHOWN = 100;

function printObject(io: Io, spec: ObjectSpec, names: Names): void {
  const heading = (text: string): void => io.out(`${io.style.strong(text)}\n`);
  io.out(`license: ${spec.license || 'none'}\n`);
  heading(`programs: ${spec.programs.length}`);
  for (const program of spec.programs) {
    const attach = program.attachType ? `, attach ${program.attachType}` : '';
    const load = program.autoload ? '' : ', not loaded by default';
    const size = `${program.insns.length} instructions, ${program.functions.length} functions`;
    const open =
      program.unresolved.length === 0
        ? ''
        : `, ${program.unresolved.length} unresolved references (see bpfrun check)`;
    io.out(
      `  ${program.name}: ${program.progType ?? 'unknown type'}${attach}, section ${program.section}, ${size}${load}${open}\n`,
    );
  }
  heading(`maps: ${spec.maps.length}`);
  for (const map of spec.maps) io.out(`  ${mapText(map, names)}\n`);
  heading(`global variables: ${spec.variables.length}`);
  for (const variable of spec.variables) {
    const value = names.text(names.initial(variable));
    const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}...` : value;

    io.out(
      `  ${names.declaration(variable.typeId, variable.name)} = ${shown} (${spec.maps[variable.map]?.section})\n`,
    );
  }
  heading(`BTF types: ${spec.btf ? spec.btf.types.length - 1 : 'none'}`);
  for (const [kind, types] of namedTypes(spec.btf)) io.out(`  ${kind}: ${types.join(', ')}\n`);
}

function mapText(map: MapSpec, names: Names): string {
  const key = names.type(map.keyTypeId);
  const value = names.type(map.valueTypeId);
  const sizes = [
    `key ${key === undefined ? '' : `${key}, `}${map.keySize} bytes`,
    `value ${value === undefined ? '' : `${value}, `}${map.valueSize} bytes`,
    `${map.maxEntries} entries`,
  ];
  if (map.flags !== 0) sizes.push(`flags 0x${map.flags.toString(16)}`);
  if (map.inner) sizes.push(`inner map ${map.inner.typeName ?? map.inner.type}`);
  return `${map.name}: ${map.typeName ?? `type ${map.type}`}, ${sizes.join(', ')} (${map.section})`;
}

/** Names by kind, of the kinds that a program declares. */
function namedTypes(btf: Btf | undefined): ReadonlyMap<string, readonly string[]> {
  const byKind = new Map<string, string[]>();
  for (const { kind, name } of btf?.types ?? []) {
    if (!DEFINED.has(kind) || name === '') continue;
    byKind.set(kind, [...(byKind.get(kind) ?? []), name]);
  }
  return byKind;
}

function objectJson(spec: ObjectSpec, names: Names): object {
  return {
    license: spec.license,
    programs: spec.programs.map((program) => ({
      name: program.name,
      section: program.section,
      type: program.progType ?? null,
      attach_type: program.attachType ?? null,
      attach_target: program.attachTarget,
      autoload: program.autoload,
      instructions: program.insns.length,
      functions: program.functions.map(({ name }) => name),
      unresolved: program.unresolved.length,
    })),
    maps: spec.maps.map((map) => ({
      name: map.name,
      type: map.typeName ?? map.type,
      key_size: map.keySize,
      value_size: map.valueSize,
      max_entries: map.maxEntries,
      flags: map.flags,
      key_type: names.type(map.keyTypeId) ?? null,
      value_type: names.type(map.valueTypeId) ?? null,
      inner: map.inner?.typeName ?? null,
      section: map.section,
    })),
    variables: spec.variables.map((variable) => ({
      name: variable.name,
      type: names.type(variable.typeId) ?? null,
      size: variable.size,
      constant: variable.constant,
      section: spec.maps[variable.map]?.section ?? null,
      value: names.json(names.initial(variable)),
    })),
    btf_types: spec.btf ? spec.btf.types.length - 1 : 0,
  };
}
