/** `bpfrun disasm`: programs in the syntax of the verifier's log, with the C source between the lines. */
import type { LineSpec, ObjectSpec, ProgramSpec } from '../object/index.ts';
import { chooseProgram } from './choose-program.ts';
import { defineCommand } from './command.ts';

export const disasm = defineCommand({
  name: 'disasm',
  summary: 'Print programs as the verifier log would, with their C source between the lines',
  operands: ['object'],
  options: {
    prog: { type: 'text', value: 'NAME', help: 'this program only' },
    noSource: { type: 'flag', help: 'leave the source lines out' },
  },
  async run(io, [path = '-'], { prog, noSource }) {
    const { parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    const programs = prog === undefined ? spec.programs : [chooseProgram(spec, prog)];
    for (const [index, program] of programs.entries()) {
      if (index > 0) io.out('\n');
      const type = program.progType ?? 'unknown type';
      io.out(`${io.style.strong(`program ${program.name}`)} (${type}, section ${program.section})\n`);
      for (const line of await programLines(spec, program, noSource !== true)) {
        io.out(`${line.startsWith(';') ? io.style.faint(line) : line}\n`);
      }
    }
    return 0;
  },
});

async function programLines(
  spec: ObjectSpec,
  program: ProgramSpec,
  source: boolean,
): Promise<readonly string[]> {
  const { disassemble } = await import('../isa/index.ts');
  const { helperName } = await import('../index.ts');
  const { printDeclaration } = await import('../btf/index.ts');
  const functions = new Map(program.functions.map((fn) => [fn.pc, fn]));
  const lines = new Map(program.lines.map((line) => [line.pc, line]));
  const kfuncs = new Map(program.unresolved.map(({ insn, name }) => [insn, name]));
  const text = disassemble(program.insns, { helperName, mapName: (index) => spec.maps[index]?.name });
  /** A line is printed once for the instructions of one source line in a row, as the kernel's log does. */
  let last: LineSpec | undefined;
  return text.flatMap((line) => {
    const pc = Number.parseInt(line, 10);
    const out: string[] = [];
    const fn = functions.get(pc);
    if (fn) {
      const type = spec.btf?.types[fn.btfId];
      out.push(
        spec.btf && type?.kind === 'func'
          ? `${printDeclaration(spec.btf, type.type, fn.name)}:`
          : `${fn.name}:`,
      );
    }
    const at = lines.get(pc);
    if (source && at && !(at.file === last?.file && at.line === last.line)) {
      out.push(`; ${at.text} @ ${at.file.replace(/^.*\//, '')}:${at.line}`);
    }
    last = at ?? last;
    const open = kfuncs.get(pc);
    out.push(open === undefined ? line : `${line} <${open}>`);
    return out;
  });
}
