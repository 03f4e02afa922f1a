import { describe, expect, it } from 'vitest';
import { chooseFiles, isEven, NAMED } from './choose.ts';

const chosen = (texts: Readonly<Record<string, string>>): readonly string[] =>
  chooseFiles(new Map(Object.entries(texts))).slice(NAMED.length);

describe('isEven()', () => {
  // as `printf NAME | sha256sum` says: ...422, ...c9b, ...ca3, ...0ae
  it('looks at the last hex digit of the SHA-256 of the base name with its .c', () => {
    const names = ['test_tunnel_kern.c', 'test_tunnel_kern', 'verifier_and.c', 'fib_lookup.c'];
    expect(names.map(isEven)).toEqual([true, false, false, true]);
  });
});

describe('chooseFiles()', () => {
  it('begins with the named files, whatever their digest', () => {
    expect(chooseFiles(new Map())).toEqual(NAMED);
    expect(chosen({ 'verifier_and.c': 'SEC("tc")' })).toEqual([]);
  });

  it('takes even files that have a section of our types, sorted, and leaves the named ones where they are', () => {
    const texts = {
      'verifier_sock.c': 'SEC("?tc")',
      'fib_lookup.c': 'SEC("xdp.frags/devmap")',
      'fib_lookup.h': 'SEC("xdp")',
      'test_skb_ctx.c': 'SEC("tc")',
    };
    expect(chosen(texts)).toEqual(['fib_lookup.c', 'verifier_sock.c']);
  });

  it.each(['kprobe/tc', 'sockops', 'socketfoo', 'xdp_foo', 'tp/xdp', 'lwt_seg6local', 'cgroup/sock'])(
    'leaves out %s',
    (section) => {
      expect(chosen({ 'fib_lookup.c': `SEC("${section}")` })).toEqual([]);
    },
  );

  it.each([
    'xdp',
    'tc/ingress',
    'tcx/egress',
    'classifier',
    'action',
    'socket',
    'cgroup_skb/egress',
    'cgroup/skb',
    'lwt_xmit',
    'netkit/peer',
  ])('takes %s', (section) => {
    expect(chosen({ 'fib_lookup.c': `SEC("${section}")` })).toEqual(['fib_lookup.c']);
  });

  it('looks into included files, once each', () => {
    const include = (name: string): string => `#include "${name}"\n`;
    const loop = { 'fib_lookup.c': include('a.h'), 'a.h': include('b.h'), 'b.h': include('a.h') };
    expect(chosen(loop)).toEqual([]);
    expect(chosen({ ...loop, 'b.h': `${include('a.h')}SEC("tc")` })).toEqual(['fib_lookup.c']);
    expect(chosen({ 'fib_lookup.c': '#include <a.h>\n', 'a.h': 'SEC("tc")' })).toEqual([]);
  });
});
