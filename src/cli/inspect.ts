/** `bpfrun inspect`: what an object holds. */
import { defineCommand } from './command.ts';

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'Print the programs, maps, globals and license of an object',
  operands: ['object'],
  options: {},
  async run(io, [path = '-']) {
    const { parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    io.out(`license ${spec.license || '(none)'}\n`);
    for (const { name, section, progType, insns } of spec.programs) {
      io.out(
        `program ${name}: section ${section}, type ${progType ?? 'unknown'}, ${insns.length} instructions\n`,
      );
    }
    for (const { name, type, typeName, keySize, valueSize, maxEntries, flags } of spec.maps) {
      const sizes = `key ${keySize}, value ${valueSize}, ${maxEntries} entries`;
      io.out(`map ${name}: ${typeName ?? `type ${type}`}, ${sizes}, flags 0x${flags.toString(16)}\n`);
    }
    for (const { name, map, offset, size, constant } of spec.variables) {
      io.out(
        `${constant ? 'constant' : 'variable'} ${name}: ${size} bytes at ${spec.maps[map]?.name ?? '?'}+${offset}\n`,
      );
    }
    return 0;
  },
});
