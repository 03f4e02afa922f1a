import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damagedFile, exerciseTimed } from './fuzz-objects.ts';
import { readSeeds } from './seeds.ts';
import { shrinkBytes, shrinkList } from './shrink.ts';
import { supervise } from './supervise.ts';

describe('damagedFile()', () => {
  it('ends in nothing but typed errors, 600 times', async () => {
    const codes = new Set<string>();
    for (let run = 0; run < 600; run++) {
      const file = damagedFile(1, run);
      const { untyped } = await exerciseTimed(file, (outcome) => codes.add(outcome));
      expect(untyped, `run ${run}, from ${file.seedFile}`).toBeUndefined();
    }
    // The campaign gets past each stage: reading, linking, loading and running.
    const stages = ['ELF', 'BTF', 'OBJECT', 'RELOCATION', 'VERIFIER', 'PCAP'].map(
      (stage) => `ERR_BPF_${stage}`,
    );
    expect([...codes]).toEqual(expect.arrayContaining([...stages, 'ok', 'replayed']));
  }, 120_000);

  it('is the same file for the same campaign and run', () => {
    expect(damagedFile(7, 3)).toEqual(damagedFile(7, 3));
    expect(damagedFile(7, 3).bytes).not.toEqual(damagedFile(8, 3).bytes);
  });
});

describe('the seeds as they are, files that once broke something among them', () => {
  it.each([...readSeeds()])('$name ends in a typed error or runs', async (file) => {
    const outcomes: string[] = [];
    const { untyped, ms } = await exerciseTimed(file, (outcome) => outcomes.push(outcome));
    expect(untyped).toBeUndefined();
    expect(ms).toBeLessThan(1000);
    if (/^(examples|bench)/.test(file.name) && file.kind === 'object') expect(outcomes).toContain('ok');
    if (file.name.startsWith('pcap')) expect(outcomes).toContain('replayed');
  });
});

describe('supervise()', () => {
  it('goes on behind a worker that hangs, one that dies, and one that retires', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bpfrun-supervise-'));
    const worker = join(folder, 'worker.mjs');
    writeFileSync(
      worker,
      `import { openSync, writeSync } from 'node:fs';
       const [first, end, state] = process.argv.slice(2);
       const file = openSync(state, 'w');
       const tell = (event) => writeSync(1, JSON.stringify(event) + '\\n');
       for (let run = Number(first); run < Number(end); run++) {
         writeSync(file, Buffer.from(new Float64Array([run]).buffer), 0, 8, 0);
         if (run === 2) tell({ kind: 'untyped', run, what: 'TypeError' });
         if (run === 3) for (;;);
         if (run === 5) process.abort();
         tell({ kind: 'done', next: run + 1, counts: { ok: 1 }, mib: 10 + run });
         if (run === 7) process.exit(0);
       }`,
    );
    const done: number[] = [];
    const findings = await supervise({
      first: 0,
      end: 10,
      command: (first, end, state) => [process.execPath, worker, `${first}`, `${end}`, state],
      killAfterMs: 1500,
      onDone: (next) => done.push(next - 1),
    });
    rmSync(folder, { recursive: true });
    expect(findings.map(({ kind, run }) => `${kind} ${run}`)).toEqual(['untyped 2', 'hang 3', 'crash 5']);
    expect(done).toEqual([0, 1, 2, 4, 6, 7, 8, 9]);
  }, 30_000);
});

describe('shrinkList()', () => {
  it('keeps only what the failure needs', () => {
    const pieces = Array.from({ length: 100 }, (_, index) => index);
    const fails = (left: readonly number[]): boolean => left.includes(17) && left.includes(63);
    expect(shrinkList(pieces, fails)).toEqual([17, 63]);
  });

  it('stops after the attempts it was given', () => {
    let asked = 0;
    const fails = (): boolean => {
      asked++;
      return false;
    };
    shrinkList([1, 2, 3, 4, 5, 6, 7, 8], fails, 3);
    expect(asked).toBe(3);
  });
});

describe('shrinkBytes()', () => {
  it('puts back every byte whose damage does not matter', () => {
    const sound = new Uint8Array(32);
    const damaged = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(shrinkBytes(sound, damaged, (bytes) => bytes[9] === 9, 1000)).toEqual(
      Uint8Array.from({ length: 32 }, (_, index) => (index === 9 ? 9 : 0)),
    );
  });
});
