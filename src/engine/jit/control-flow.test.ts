/** Control flow: random graphs against a walk in JavaScript, the shapes that break translators, sizes, refusals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../test/engine-run.ts';
import { UnsupportedError, VerifierError } from '../../errors.ts';
import { assemble, assembleWithLabels, type Insn } from '../../isa/index.ts';
import { CELL_FUEL, CELL_FUEL_LIMIT } from '../../machine/index.ts';

interface Node {
  /** Bit of the hash that decides. */
  readonly bit: number;
  readonly taken: number;
  readonly other: number;
}

/** Node i mixes its number into r0, spends a step of r6 and goes where a bit of r0 says. */
function assembleGraph(nodes: readonly Node[], steps: number): readonly Insn[] {
  const text = nodes.map(({ bit, taken, other }, i) => {
    const mix = `n${i}: r0 *= 31; r0 += ${i + 1}; r6 += -1; if r6 != 0 goto +1; exit; r1 = r0; r1 >>= ${bit}`;
    return `${mix}; if r1 & 1 goto n${taken % nodes.length}; goto n${other % nodes.length}`;
  });
  return assemble(`r0 = 7; r6 = ${steps}; ${text.join('; ')}`);
}

interface Walk {
  readonly hash: bigint;
  /** Instructions executed. */
  readonly count: number;
}

function walkGraph(nodes: readonly Node[], steps: number): Walk {
  let hash = 7n;
  let at = 0;
  let count = 2;
  for (let left = steps; ; ) {
    hash = BigInt.asUintN(64, hash * 31n + BigInt(at + 1));
    if (--left === 0) return { hash, count: count + 5 };
    const { bit, taken, other } = nodes[at] as Node;
    const jumps = ((hash >> BigInt(bit)) & 1n) === 1n;
    count += jumps ? 7 : 8;
    at = (jumps ? taken : other) % nodes.length;
  }
}

function runGraph(nodes: readonly Node[], steps: number): Walk {
  const { machine, run } = prepare(assembleGraph(nodes, steps));
  const hash = run();
  return { hash, count: (machine.i32[CELL_FUEL_LIMIT >> 2] ?? 0) - (machine.i32[CELL_FUEL >> 2] ?? 0) };
}

const arbitraryNode = fc.record({ bit: fc.nat(40), taken: fc.nat(1000), other: fc.nat(1000) });

describe('compile() of control flow', () => {
  it('runs random graphs, irreducible ones too, as a walk over them does, and counts its instructions', () => {
    fc.assert(
      fc.property(fc.array(arbitraryNode, { minLength: 1, maxLength: 40 }), (nodes) => {
        for (const steps of [1, 7, 300]) {
          expect(runGraph(nodes, steps)).toEqual(walkGraph(nodes, steps));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('runs mostly forward graphs with nested loops', () => {
    const near = fc.record({ bit: fc.nat(40), taken: fc.nat(6), other: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(near, { minLength: 5, maxLength: 60 }), (shape) => {
        const nodes = shape.map(({ bit, taken, other }, i) => ({
          bit,
          taken: Math.max(0, i + taken - 2),
          other: i + 1 + (other % 3),
        }));
        expect(runGraph(nodes, 500)).toEqual(walkGraph(nodes, 500));
      }),
      { numRuns: 200 },
    );
  });

  it('leaves a loop from its middle, with code after it', () => {
    const source = `r0 = 0; r1 = 0
      loop: r0 += r1; r1 += 1; if r0 > 50 goto big; if r1 < 100 goto loop
      r0 = 1; exit
      big: r0 += 1000; exit`;
    expect(prepare(source).run()).toBe(1055n);
  });

  it('jumps to the next instruction and to itself in an unreachable place', () => {
    expect(prepare('r0 = 3; if r0 == 3 goto +0; goto +1; goto -1; exit').run()).toBe(3n);
  });

  it('falls out of a may_goto loop after 8388608 rounds', () => {
    const source = 'r0 = 0; loop: may_goto +2; r0 += 1; goto loop; exit';
    expect(prepare(source, { mode: { budget: false } }).run()).toBe(8388608n);
  });

  it('compiles 50,000 instructions, and 10,000 within a second', () => {
    const nodes = (count: number): Node[] =>
      Array.from({ length: count }, (_, i) => {
        const near = (step: number): number => Math.min(i + step, count - 1);
        return { bit: i % 20, taken: near(1 + (i % 5)), other: near(1) };
      });
    const large = nodes(Math.floor(50_000 / 9));
    expect(runGraph(large, 5000)).toEqual(walkGraph(large, 5000));
    const insns = assembleGraph(nodes(Math.floor(10_000 / 9)), 1000);
    prepare(insns);
    const start = performance.now();
    prepare(insns);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('compiles fifty thousand nested branches and loops without recursion', () => {
    const depth = 12_000;
    const down = Array.from({ length: depth }, (_, i) => `if r1 == ${i} goto out`).join(';');
    expect(prepare(assemble(`r0 = 5; r1 = *(u64 *)(r1 + 0); ${down}; r0 = 6; out: exit`)).run()).toBe(5n);
    const heads = Array.from({ length: 300 }, (_, i) => `h${i}: r0 += 1`).join(';');
    const tails = Array.from(
      { length: 300 },
      (_, i) => `r0 += 1; if r0 < ${(i + 1) * 700} goto h${299 - i}`,
    ).join(';');
    expect(prepare(assemble(`r0 = 0; ${heads}; ${tails}; exit`)).run() >= 210000n).toBe(true);
  });
});

describe('compile() refuses', () => {
  const refused = (source: string | readonly Insn[], rule: string, insn: number): void => {
    const attempt = (): unknown => prepare(source);
    expect(attempt).toThrow(VerifierError);
    expect(attempt).toThrow(expect.objectContaining({ insn, message: expect.stringContaining(rule) }));
  };
  const exit = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };

  it('a jump out of the program', () => refused('r0 = 0; goto +5; exit', 'jump out of range', 1));
  it('an end that falls through', () => refused('r0 = 0', 'last insn is not an exit or jmp', 0));
  it('a call to nowhere', () => {
    refused([{ code: 0x85, dst: 0, src: 1, off: 0, imm: 9 }, exit], 'no subprogram starts at insn 10', 0);
  });
  it('an unknown opcode', () => refused([{ ...exit, code: 0xff }], 'unknown opcode ff', 0));
  it('a register above r10', () =>
    refused([{ code: 0xb7, dst: 11, src: 0, off: 0, imm: 0 }, exit], 'R11 is invalid', 0));
  it('half a ld_imm64', () => {
    refused([{ code: 0x18, dst: 0, src: 0, off: 0, imm: 0 }, exit], 'invalid bpf_ld_imm64 insn', 0);
  });
  it('a map that does not exist', () => refused('r1 = map[3]; exit', 'map 3 does not exist', 0));
  it('a helper that does not exist', () => refused('call #4711; exit', 'invalid func unknown#4711', 0));
  it('a kfunc, by its BTF id', () => {
    expect(() => prepare('r0 = 0; call kernel-function#77; exit')).toThrow(UnsupportedError);
    expect(() => prepare('r0 = 0; call kernel-function#77; exit')).toThrow(/BTF id 77.*insn 1/);
  });
  it('an arena cast', () => {
    const cast = { code: 0xbf, dst: 1, src: 1, off: 1, imm: 1 };
    expect(() => prepare([cast, exit])).toThrow(/addr_space_cast: insn 0/);
  });
});

describe('subprograms', () => {
  const program = (text: string, setup: Parameters<typeof prepare>[1] = {}): ReturnType<typeof prepare> => {
    const { insns, labels } = assembleWithLabels(text);
    const subprogs = [...labels].filter(([name]) => /^(main|f)/.test(name)).map(([, pc]) => pc);
    return prepare(insns, { ...setup, subprogs });
  };

  it('get r1-r5, keep r6-r9 of the caller, return r0 and leave r1-r5 at 0', () => {
    const { run } = program(`main: r6 = 100; r7 = r1; r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5; call f
      r0 += r6; r0 += r1; r0 += r5; exit
      f: r6 = 7777; r0 = r1; r0 += r2; r0 += r3; r0 += r4; r0 += r5; exit`);
    expect(run()).toBe(115n);
  });

  it('have a frame of their own, reachable through a pointer', () => {
    const { run } =
      program(`main: r1 = 5; *(u64 *)(r10 - 8) = r1; r1 = r10; r1 += -8; call f; r2 = *(u64 *)(r10 - 8); r0 += r2; exit
      f: *(u64 *)(r10 - 8) = 1; r0 = *(u64 *)(r1 + 0); *(u64 *)(r1 + 0) = 70; exit`);
    expect(run()).toBe(75n);
  });

  it('may nest 8 frames deep and no deeper, and so never recurse', () => {
    const chain = (length: number): string =>
      Array.from({ length }, (_, i) => `f${i}: r0 = 7; ${i + 1 < length ? `call f${i + 1}; ` : ''}exit`).join(
        '\n',
      );
    expect(program(chain(8)).run()).toBe(7n);
    expect(() => program(chain(9))).toThrow(/the call stack of 9 frames is too deep/);
    const recursive = 'main: call f; exit\nf: r0 = 1; if r1 == 0 goto done; call f; done: exit';
    expect(() => program(recursive)).toThrow(expect.objectContaining({ errno: 'E2BIG', insn: 0 }));
  });

  it('end the run at a write to r10, where one is reached', () => {
    const write = { code: 0xb7, dst: 10, src: 0, off: 0, imm: 0 };
    const jump = { code: 0x16, dst: 1, src: 0, off: 1, imm: 0 };
    const zero = { code: 0xb7, dst: 0, src: 0, off: 0, imm: 3 };
    const exit = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
    expect(prepare([zero, { ...jump, code: 0x55 }, write, exit]).run()).toBe(3n);
    expect(prepare([zero, { ...jump, code: 0x15 }, write, exit]).run).toThrow(/frame pointer is read only/);
  });
});
