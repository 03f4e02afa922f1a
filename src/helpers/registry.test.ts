import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Machine } from '../machine/index.ts';
import { DECLARED, HELPERS, helperByName, helperName } from './registry.ts';

const LAST_ID = 211;

describe('HELPERS', () => {
  it('declares each number of 6.18 once', () => {
    const ids = DECLARED.map(({ id }) => id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: LAST_ID }, (_, i) => i + 1));
    expect([...HELPERS.keys()]).toEqual(ids);
  });

  it('gives each helper a name of its own that starts with bpf_', () => {
    expect(new Set(DECLARED.map(({ name }) => name)).size).toBe(LAST_ID);
    expect(DECLARED.filter(({ name }) => !/^bpf_[a-z0-9_]+$/.test(name))).toEqual([]);
  });

  it('names only exports that the wasm runtime has', () => {
    const { runtime } = new Machine();
    const absent = DECLARED.filter(
      ({ call, special }) => 'wasm' in call && special === undefined && runtime[call.wasm] === undefined,
    );
    expect(absent.map(({ name }) => name)).toEqual([]);
  });

  it('names only exports whose number of parameters the declaration gives', () => {
    const { runtime } = new Machine();
    const wrong = DECLARED.flatMap(({ name, args, frame, call, special }) => {
      if (!('wasm' in call) || special) return [];
      const { length } = runtime[call.wasm] ?? [];
      return length === args.length + (frame ? 1 : 0) ? [] : [`${name}: ${length}`];
    });
    expect(wrong).toEqual([]);
  });

  it('documents what is implemented and gives a reason for what is not', () => {
    const silent = DECLARED.filter(({ call, doc }) => ('missing' in call ? call.missing : doc) === '');
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe('helperByName()', () => {
  it('takes the name with bpf_ or without', () => {
    expect(helperByName('bpf_map_lookup_elem')?.id).toBe(1);
    expect(helperByName('cgrp_storage_delete')?.id).toBe(LAST_ID);
    expect(helperByName('no_such')).toBeUndefined();
  });
});

describe('helperName()', () => {
  it('names a number, also one that 6.18 does not have', () => {
    expect(helperName(5)).toBe('bpf_ktime_get_ns');
    expect(helperName(212)).toBe('unknown#212');
  });

  it.runIf(kernelNames())('agrees with the kernel header of this machine', () => {
    for (const [id, name] of kernelNames() ?? []) expect(helperName(id)).toBe(`bpf_${name}`);
  });
});

/** Ids and names of the uapi header, where there is one of this kernel or an older one. */
function kernelNames(): (readonly [number, string])[] | undefined {
  try {
    const header = readFileSync('/usr/include/linux/bpf.h', 'utf8');
    return [...header.matchAll(/FN\((\w+), (\d+), ##ctx\)/g)]
      .map(([, name = '', id]) => [Number(id), name] as const)
      .filter(([id]) => id > 0);
  } catch {
    return undefined;
  }
}
