import { describe, expect, it } from 'vitest';
import { PROG_TYPE, type ProgTypeName } from '../uapi/bpf.ts';
import {
  allowedHelpers,
  ctxFields,
  ctxSize,
  progTypeFacts,
  supportedProgTypes,
  verdictName,
} from './index.ts';

const NAMES = Object.keys(PROG_TYPE) as ProgTypeName[];
/** Types whose context is a struct of the UAPI, described to its end. */
const STRUCTS = NAMES.filter((name) => ctxSize(name) > 0);

describe('progTypeFacts()', () => {
  it('knows all 32 types but the one that takes the facts of what it replaces', () => {
    expect(NAMES.filter((name) => !progTypeFacts(name))).toEqual(['unspec', 'ext']);
  });
});

describe('allowedHelpers()', () => {
  it('admits as many helpers per type as Linux 6.18 does', () => {
    const counts = supportedProgTypes().map((name) => [name, allowedHelpers(name)?.size]);
    expect(Object.fromEntries(counts)).toEqual({
      socket_filter: 88,
      sched_cls: 139,
      sched_act: 139,
      xdp: 104,
      cgroup_skb: 103,
      lwt_in: 90,
      lwt_out: 89,
      lwt_xmit: 104,
      flow_dissector: 83,
      perf_event: 83,
      raw_tracepoint: 81,
      syscall: 99,
      sk_lookup: 85,
      netfilter: 74,
    });
  });

  it('knows nothing of a type whose facts are not written down', () => {
    expect(allowedHelpers('ext')).toBeUndefined();
  });
});

describe('ctxFields', () => {
  it.each(STRUCTS)('do not overlap and stay inside the struct of %s', (name) => {
    const facts = progTypeFacts(name);
    let end = 0;
    for (const { offset, size } of facts?.ctxFields ?? []) {
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + size;
    }
    // sk_lookup's ends in padding
    expect(end).toBe(name === 'sk_lookup' ? 68 : ctxSize(name));
  });

  it('lets only tc programs load tc_classid, and keeps 16 bits of what they store', () => {
    const classid = (name: 'sched_cls' | 'lwt_xmit') =>
      progTypeFacts(name)?.ctxFields.find((field) => field.name === 'tc_classid');
    expect(classid('sched_cls')).toMatchObject({ read: true, write: true });
    expect(classid('lwt_xmit')).toMatchObject({ read: false, write: false });
    expect(ctxFields('sched_cls')).toContainEqual(
      expect.objectContaining({ offset: 72, size: 4, storeMask: 0xffff }),
    );
  });
});

describe('verdictName()', () => {
  it('names return values by the uapi headers, signed or unsigned', () => {
    expect(verdictName('xdp', 2)).toBe('XDP_PASS');
    expect(verdictName('sched_cls', 0xffffffff)).toBe('TC_ACT_UNSPEC');
    expect(verdictName('sched_act', -1)).toBe('TC_ACT_UNSPEC');
    expect(verdictName('lwt_xmit', 128)).toBe('BPF_LWT_REROUTE');
  });

  it('gives the number for a value without a name', () => {
    expect(verdictName('xdp', 100)).toBe('100');
    expect(verdictName('kprobe', 1)).toBe('1');
  });
});
