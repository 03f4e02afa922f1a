/** The command as a process: exit codes, pipes, signals, terminals. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCapture, writePcap } from '../src/packet/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = join(ROOT, 'bin/bpfrun.js');
const FIREWALL = 'examples/xdp-firewall/xdp_firewall.bpf.o';
const CAPTURE = 'examples/xdp-firewall/traffic.pcap';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bpfrun-cli-'));
  const packets = [...readCapture(readFileSync(join(ROOT, CAPTURE)))];
  writeFileSync(join(folder, 'big.pcap'), writePcap(Array.from({ length: 200 }, () => packets).flat()));
});
afterAll(() => rmSync(folder, { recursive: true }));

function bpfrun(args: readonly string[], env: Record<string, string> = {}, input?: Uint8Array) {
  return spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    ...(input ? { input } : {}),
    maxBuffer: 1 << 28,
  });
}

describe('bpfrun as a process', () => {
  it('ends with 0, 1 and 2', () => {
    expect(bpfrun(['run', FIREWALL, '--pcap', CAPTURE, '--quiet']).status).toBe(0);
    expect(bpfrun(['run', 'package.json', '--pcap', CAPTURE])).toMatchObject({ status: 1, stdout: '' });
    expect(bpfrun(['run', FIREWALL])).toMatchObject({ status: 2, stdout: '' });
    expect(bpfrun(['fly'])).toMatchObject({ status: 2, stdout: '' });
    expect(bpfrun(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(bpfrun(['--help']).stdout).toMatch(/run .*inspect .*disasm .*check /s);
  });

  it('prints data only where nobody looks on, and colours where they are asked for', () => {
    const plain = bpfrun(['run', FIREWALL, '--pcap', CAPTURE, '--limit', '2']);
    expect(plain.stderr).toBe('');
    expect(plain.stdout).not.toContain('\u001b');
    const args = ['run', FIREWALL, '--pcap', CAPTURE, '--limit', '2'];
    expect(bpfrun(args, { FORCE_COLOR: '1', NO_COLOR: '' }).stdout).toContain('\u001b[');
    expect(bpfrun(args, { NO_COLOR: '1' }).stdout).not.toContain('\u001b');
  });

  it('reads a capture from standard input', () => {
    const { status, stdout } = bpfrun(
      ['run', FIREWALL, '--pcap', '-', '--quiet'],
      {},
      readFileSync(join(ROOT, CAPTURE)),
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/356 packets/);
  });

  it('stops quietly when its reader has seen enough', () => {
    const script = `"$0" "$1" run "$2" --pcap "$3" | head -n 1`;
    const result = spawnSync(
      'sh',
      ['-c', script, process.execPath, COMMAND, FIREWALL, join(folder, 'big.pcap')],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(result.stdout.split('\n')).toHaveLength(2);
    expect(result.stderr).toBe('');
  });

  it('prints the totals so far at Ctrl-C', async () => {
    const child = spawn(
      process.execPath,
      [COMMAND, 'run', FIREWALL, '--pcap', join(folder, 'big.pcap'), '--json'],
      {
        cwd: ROOT,
      },
    );
    let text = '';
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      if (text === '') child.kill('SIGINT');
      text += chunk;
    }
    const last = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ type: 'summary', interrupted: true });
    expect(Number(last['packets'])).toBeLessThan(71_200);
    expect(text.split('\n').length - 2).toBe(last['packets']);
  });
});

describe('bpfrun inspect, disasm and check as processes', () => {
  it('inspect lists programs, maps, globals, license and types', () => {
    const { status, stdout } = bpfrun(['inspect', FIREWALL]);
    expect(status).toBe(0);
    for (const part of [
      'xdp_firewall',
      'blocked_ipv4',
      'lpm_trie',
      'rate_limit',
      'Dual MIT/GPL',
      'BTF types',
    ])
      expect(stdout).toContain(part);
  });

  it('disasm prints instructions as the kernel does, with source lines between', () => {
    const { status, stdout } = bpfrun(['disasm', FIREWALL]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+: \([0-9a-f]{2}\) .*r\d/m);
    expect(stdout).toMatch(/^; .*ctx->data.* @ xdp_firewall\.bpf\.c:\d+$/m);
    expect(stdout).toMatch(/call bpf_map_lookup_elem#1/);
  });

  it('check has nothing to say about what runs, and ends with 1 for what does not', () => {
    expect(bpfrun(['check', FIREWALL]).status).toBe(0);
    expect(bpfrun(['check', 'package.json'])).toMatchObject({ status: 1, stdout: '' });
  });
});
