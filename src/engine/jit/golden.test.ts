/** The wasm of ten tiny programs, as text: a change of the code that is written shows as a difference to accept. */
import { describe, expect, it } from 'vitest';
import { prepare, type Setup } from '../../../test/engine-run.ts';
import { wasmText } from '../../../test/wasm-text.ts';

const TRUSTED: Setup = { mode: { checked: false, budget: false } };
const CHECKED: Setup = { mode: { checked: true, budget: false } };
const BUDGET: Setup = { mode: { checked: false, budget: true } };

const PROGRAMS: readonly (readonly [name: string, source: string, setup: Setup])[] = [
  ['constant', 'r0 = 2; exit', TRUSTED],
  ['alu32', 'w0 = w1; w0 += 7; w0 *= w0; exit', TRUSTED],
  ['division', 'r0 = 100; r0 /= r1; r0 s%= 3; exit', TRUSTED],
  ['rotation', 'r0 = r1; r1 <<= 13; r0 >>= 51; r0 |= r1; exit', TRUSTED],
  ['branch', 'r0 = 1; if r1 > 5 goto +1; r0 = 2; exit', TRUSTED],
  ['loop', 'r0 = 0; r0 += 1; r1 += -1; call #500; if r1 != 0 goto -4; exit', BUDGET],
  ['unrolled', 'r0 = 0; r0 += r1; r1 += -1; if r1 != 0 goto -3; exit', BUDGET],
  ['stack', '*(u32 *)(r10 - 4) = 7; r2 = r10; r2 += -8; r0 = *(u16 *)(r2 + 4); exit', CHECKED],
  ['checked', 'r2 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r2 - 4); *(u8 *)(r2 + 3) = 1; exit', CHECKED],
  [
    'irreducible',
    'r0 = 0; if r1 == 0 goto +1; r0 += 1; r0 += 2; if r0 < 50 goto -3; if r0 < 99 goto -3; exit',
    TRUSTED,
  ],
];

describe('compile() writes', () => {
  for (const [name, source, setup] of PROGRAMS) {
    it(name, async () => {
      const helpers = [
        { id: 500, name: 'bpf_test', args: [], returns: 'int', doc: '', call: { js: () => 0 } },
      ] as const;
      const { compiled } = prepare(source, { ...setup, helpers, js: { bpf_test: () => 0 } });
      // [0] is the run loop, [1] the fault function: the same in all programs.
      const [main] = wasmText(compiled.bytes).slice(2);
      await expect(`;; ${source}\n${main}\n`).toMatchFileSnapshot(`testdata/${name}.wat`);
    });
  }
});
