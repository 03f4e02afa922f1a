import { describe, expect, it } from 'vitest';
import { callHelper } from '../../../test/call-helper.ts';
import { fakeProgram, PKT } from '../../../test/fake-program.ts';
import { STAGING_BASE } from '../../machine/index.ts';
import { testRun } from '../../test-run/index.ts';

/** The result of bpf_fib_lookup on lo for a family; what it refuses is in test/routing.truth.test.ts. */
function fibLookup(family: number, flags = 0): number {
  const prog = fakeProgram('sched_cls', (machine) => {
    machine.u8.fill(0, STAGING_BASE, STAGING_BASE + 64);
    machine.u8[STAGING_BASE] = family;
    machine.view.setUint32(STAGING_BASE + 8, 1, true);
    return callHelper(machine, 'sched_cls', 'fib_lookup', 'ctx', STAGING_BASE, 64, flags);
  });
  return testRun(prog, { dataIn: PKT }).retval;
}

describe('bpf_fib_lookup()', () => {
  // as 6.18 answers in a fresh network namespace with net.ipv4.ip_forward = 0
  it('says BPF_FIB_LKUP_RET_FWD_DISABLED of a device that is there, whatever the flags', () => {
    expect([fibLookup(2), fibLookup(10), fibLookup(2, 63), fibLookup(10, 63)]).toEqual([5, 5, 5, 5]);
  });
});
