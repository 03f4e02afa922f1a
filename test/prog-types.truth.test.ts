/**
 * The facts of every program type against what Linux answers when a program that uses the field, the helper or the kfunc
 * is loaded: recorded in test/truth/prog-types.json, and the running kernel where there is one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openBpf } from '../src/kernel/syscall.ts';
import { live, liveName, notLive } from './backends.ts';
import { type Abilities, asked, declared, KernelTypes, ROWS, type Row } from './prog-type-probe.ts';

interface Truth {
  readonly kernel: string;
  /** null: this kernel loads none of the kind. */
  readonly types: Readonly<Record<string, Abilities | null>>;
}

const PATH = fileURLToPath(new URL('truth/prog-types.json', import.meta.url));
const recording = process.env['BPFRUN_RECORD'] === '1';

if (recording) {
  const recorded: Record<string, Abilities | null> = {};
  const ask = await asker();
  describe(`prog-types [recording ${liveName}]`, () => {
    it.each(ROWS)('$name', (row) => {
      recorded[row.name] = ask(row);
    });
    afterAll(() => {
      if (Object.keys(recorded).length !== ROWS.length) return;
      const shown = new Map<string, string>();
      const types = Object.entries(recorded).map(
        ([name, value]) => `${JSON.stringify(name)}: ${text(name, value, shown)}`,
      );
      const kernel = JSON.stringify(release().replace(/-.*/, ''));
      writeFileSync(PATH, `{\n"kernel": ${kernel},\n"types": {\n${types.join(',\n')}\n}\n}\n`);
    });
  });
} else {
  const truth = expanded(JSON.parse(readFileSync(PATH, 'utf8')) as Truth);
  const comparable = ROWS.filter(({ name }) => truth.types[name] !== null);
  describe(`prog-types [facts, recorded ${truth.kernel}]`, () => {
    it.each(comparable)('$name', (row) => {
      expect(declared(row)).toEqual(truth.types[row.name]);
    });
    it('has facts for every record, and says which kinds the kernel does not load', () => {
      expect(Object.keys(truth.types)).toEqual(ROWS.map(({ name }) => name));
      const unknown = ROWS.filter(({ name }) => truth.types[name] === null).map(({ name }) => name);
      expect(unknown).toEqual([
        'lirc_mode2',
        'tracing trace_fentry',
        'tracing trace_fexit',
        'tracing modify_return',
        'lsm',
      ]);
    });
  });
  if (live) {
    const ask = await asker();
    describe(`prog-types [${liveName}, recorded ${truth.kernel}]`, () => {
      it.each(ROWS)('$name', (row) => {
        expect(ask(row)).toEqual(truth.types[row.name]);
      });
    });
  } else it.skip(`prog-types [live kernel] not compared here: ${notLive}`, () => {});
}

async function asker(): Promise<(row: Row) => Abilities | null> {
  const bpf = await openBpf();
  const types = new KernelTypes();
  return (row) => asked(bpf, types, row) ?? null;
}

/** One list a line; a list of names that an earlier kind has too is `= ` and that kind's name. */
function text(name: string, value: Abilities | null, shown: Map<string, string>): string {
  if (value === null) return 'null';
  const lines = Object.entries(value).map(([key, list]) => {
    if (key !== 'helpers' && key !== 'kfuncs') return `  ${JSON.stringify(key)}: ${JSON.stringify(list)}`;
    const first = shown.get(`${key} ${list}`) ?? name;
    shown.set(`${key} ${list}`, first);
    return `  ${JSON.stringify(key)}: ${JSON.stringify(first === name ? list : `= ${first}`)}`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

function expanded(truth: Truth): Truth {
  const list = (row: Abilities, key: 'helpers' | 'kfuncs'): string =>
    row[key].startsWith('= ') ? (truth.types[row[key].slice(2)]?.[key] ?? row[key]) : row[key];
  const types = Object.entries(truth.types).map(([name, row]) => [
    name,
    row && { ...row, helpers: list(row, 'helpers'), kfuncs: list(row, 'kfuncs') },
  ]);
  return { ...truth, types: Object.fromEntries(types) as Truth['types'] };
}
