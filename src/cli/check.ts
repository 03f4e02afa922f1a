/** `bpfrun check`: everything in an object that cannot be run here yet. */
import type { ObjectProblem } from '../index.ts';
import { defineCommand } from './command.ts';

export const check = defineCommand({
  name: 'check',
  summary: 'List what in an object cannot be run here yet, by program; exit code 1 when there is any',
  operands: ['object'],
  options: {
    json: { type: 'flag', help: 'one JSON object a line: a problem each' },
  },
  async run(io, [path = '-'], { json }) {
    const { checkObject, parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    const problems = checkObject(spec);
    if (json) for (const problem of problems) io.out(`${JSON.stringify(problemJson(problem))}\n`);
    else {
      for (const program of new Set(problems.map((problem) => problem.program))) {
        io.out(`${io.style.strong(program === '' ? 'the object' : `program ${program}`)}\n`);
        for (const problem of problems.filter((one) => one.program === program))
          io.out(`  ${problemText(problem)}\n`);
      }
      const bad = new Set(problems.map((problem) => problem.program).filter((name) => name !== ''));
      io.out(`${spec.programs.length - bad.size} of ${spec.programs.length} programs can be run\n`);
    }
    return problems.length === 0 ? 0 : 1;
  },
});

function problemText({ kind, name, section, insn, source, reason }: ObjectProblem): string {
  const place = insn < 0 ? `section ${section}` : `section ${section} insn ${insn}`;
  const at = source ? ` (${source.file}:${source.line})` : '';
  return `${kind} ${name}: ${place}${at}: ${reason}`;
}

function problemJson({ program, kind, name, section, insn, source, reason }: ObjectProblem): object {
  return {
    program: program === '' ? null : program,
    kind,
    name,
    section,
    insn: insn < 0 ? null : insn,
    file: source?.file ?? null,
    line: source?.line ?? null,
    reason,
  };
}
