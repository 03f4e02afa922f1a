/** `bpfrun check`: what in an object cannot run here yet, by program. */
import { checkHelpers } from '../helpers/index.ts';
import { allowedHelpers } from '../prog-types/index.ts';
import { defineCommand } from './command.ts';

export const check = defineCommand({
  name: 'check',
  summary: 'List everything in an object that cannot run here yet; exit 1 when there is any',
  operands: ['object'],
  options: {},
  async run(io, [path = '-']) {
    const { parseObject } = await import('../index.ts');
    const spec = parseObject(await io.read(path));
    const problems = spec.unresolved.map(
      ({ kind, name, section, reason }) => `${section}: ${kind} '${name}': ${reason}`,
    );
    for (const program of spec.programs) {
      for (const { kind, name, insn, reason } of program.unresolved) {
        problems.push(`program ${program.name} insn ${insn}: ${kind} '${name}': ${reason}`);
      }
      const { progType } = program;
      if (!progType) continue;
      const allowed = allowedHelpers(progType);
      if (!allowed) problems.push(`program ${program.name}: program type ${progType} has no test run here`);
      for (const { insn, helper, reason } of checkHelpers(program.insns, progType, spec.license, allowed)) {
        problems.push(`program ${program.name} insn ${insn}: ${helper}: ${reason}`);
      }
    }
    for (const problem of problems) io.out(`${problem}\n`);
    if (problems.length === 0) io.out('everything in this object can run here\n');
    return problems.length === 0 ? 0 : 1;
  },
});
