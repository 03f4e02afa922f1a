import { describe, expect, it } from 'vitest';
import { ATTACH_TYPE, PROG_FLAG, PROG_TYPE } from '../uapi/bpf.ts';
import { matchSection, SECTIONS } from './sections.ts';

describe('matchSection()', () => {
  it.each([
    ['xdp', 'xdp', 'xdp', 0],
    ['xdp.frags', 'xdp', 'xdp', PROG_FLAG.BPF_F_XDP_HAS_FRAGS],
    ['xdp.frags/devmap', 'xdp', 'xdp_devmap', PROG_FLAG.BPF_F_XDP_HAS_FRAGS],
    ['xdp/cpumap', 'xdp', 'xdp_cpumap', 0],
    ['?tc', 'sched_cls', undefined, 0],
    ['tc/ingress', 'sched_cls', 'tcx_ingress', 0],
    ['cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress', 0],
    ['syscall', 'syscall', undefined, PROG_FLAG.BPF_F_SLEEPABLE],
    ['lsm.s/bpf', 'lsm', 'lsm_mac', PROG_FLAG.BPF_F_SLEEPABLE],
    ['uprobe.session.s/x:y', 'kprobe', 'trace_uprobe_session', PROG_FLAG.BPF_F_SLEEPABLE],
  ])('reads %s', (section, progType, attachType, flags) => {
    expect(matchSection(section)).toMatchObject({ progType, attachType, flags });
  });

  it('cuts the target off names that take one', () => {
    expect(matchSection('kprobe/do_sys_open+0x4')?.attachTarget).toBe('do_sys_open+0x4');
    expect(matchSection('fentry')?.attachTarget).toBe('');
    expect(matchSection('tp/sched/sched_switch')?.attachTarget).toBe('sched/sched_switch');
  });

  it('knows no other names, as libbpf 1.x', () => {
    expect(['xdp_pass', 'xdp/foo', 'cgroup/skb/x', 'kprobes/x', 'tcx', ''].map(matchSection)).toEqual(
      Array(6).fill(undefined),
    );
  });

  it('has rows of real types only, each name once', () => {
    for (const { progType, attachType } of SECTIONS) {
      expect(PROG_TYPE).toHaveProperty(progType);
      if (attachType !== undefined) expect(ATTACH_TYPE).toHaveProperty(attachType);
    }
    expect(new Set(SECTIONS.map(({ name }) => name)).size).toBe(SECTIONS.length);
  });
});
