/** `bpfrun disasm`: instructions in the kernel log's syntax, with the source lines between. */
import { helperName } from '../helpers/index.ts';
import { formatInsn } from '../isa/index.ts';
import { defineCommand } from './command.ts';

export const disasm = defineCommand({
  name: 'disasm',
  summary: "Print programs in the syntax of the kernel's verifier log, with the C source between the lines",
  operands: ['object'],
  options: { prog: { type: 'text', value: 'NAME', help: 'this program only' } },
  async run(io, [path = '-'], { prog }) {
    const { parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    for (const program of spec.programs) {
      if (prog !== undefined && program.name !== prog) continue;
      io.out(`${program.name}: ${program.section}\n`);
      const mapName = (index: number): string => spec.maps[index]?.name ?? `${index}`;
      for (let pc = 0; pc < program.insns.length; pc++) {
        for (const line of program.lines)
          if (line.pc === pc) io.out(`; ${line.text} @ ${line.file}:${line.line}\n`);
        const insn = program.insns[pc];
        io.out(`${pc}: ${formatInsn(program.insns, pc, { helperName, mapName })}\n`);
        if (insn?.code === 0x18) pc++;
      }
    }
    return 0;
  },
});
