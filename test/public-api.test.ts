/** The public nouns, as a user meets them, on the simulated kernel and on the live one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BpfObject, load, open, rawObject } from '../src/index.ts';
import { assemble } from '../src/isa/index.ts';
import { ethernet } from '../src/packet/index.ts';
import { onEachBackend } from './backends.ts';

const FIREWALL = readFileSync(new URL('../examples/xdp-firewall/xdp_firewall.bpf.o', import.meta.url));
const XDP_DROP = 1;
const XDP_PASS = 2;
const ssh = (src: string): Uint8Array =>
  ethernet().ipv4({ src, dst: '198.51.100.9' }).tcp({ dport: 22 }).bytes();

onEachBackend((backend) => {
  const firewall = (globals: Record<string, unknown> = {}): Promise<BpfObject> =>
    open(FIREWALL, { backend, globals });

  describe('open()', () => {
    it('runs an object of clang on a packet', async () => {
      const object = await firewall();
      const { retval, errno, dataOut } = object.program().testRun({ dataIn: ssh('192.0.2.1') });
      expect(object.program().verdict(retval)).toBe('XDP_PASS');
      expect(errno).toBeNull();
      expect(dataOut).toEqual(ssh('192.0.2.1'));
      object.close();
    });

    it('sets constants before the program is loaded', async () => {
      const object = await firewall({ rate_limit: 2, rate_window_ns: 10n ** 18n });
      const verdicts = [1, 2, 3].map(() => object.program().testRun({ dataIn: ssh('192.0.2.1') }).retval);
      expect(verdicts).toEqual([XDP_PASS, XDP_PASS, XDP_DROP]);
      object.close();
    });
  });

  describe('BpfMap', () => {
    it('takes and gives keys and values by their BTF types', async () => {
      const object = await firewall();
      const blocked = object.map('blocked_ipv4');
      const key = { length: 24, address: 0x000200c0 };
      blocked.set(key, 5n);
      expect(blocked.get(key)).toBe(5n);
      expect(object.program().testRun({ dataIn: ssh('192.0.2.77') }).retval).toBe(XDP_DROP);
      expect(object.program().testRun({ dataIn: ssh('192.0.3.77') }).retval).toBe(XDP_PASS);
      expect(blocked.get(key)).toBe(6n);
      expect(object.getVariable('totals')).toEqual([1n, 0n, 1n, 0n, 0n]);
      expect(blocked.delete(key)).toBe(true);
      expect(blocked.delete(key)).toBe(false);
      expect(blocked.get(key)).toBeUndefined();
      object.close();
    });
  });

  describe('testRun()', () => {
    const program = (text: string): BpfObject =>
      load(rawObject({ insns: assemble(text), progType: 'xdp', license: 'GPL' }), { backend });

    it('reports ENOSPC and the full retval when data_out is too small', () => {
      const object = program('r0 = 2; exit');
      const result = object.program().testRun({ dataIn: ssh('192.0.2.1'), dataSizeOut: 20 });
      expect(result).toMatchObject({ errno: 'ENOSPC', retval: 2, dataSizeOut: ssh('192.0.2.1').length });
      expect(result.dataOut).toHaveLength(20);
      object.close();
    });

    it('refuses a frame shorter than an Ethernet header with EINVAL', () => {
      const object = program('r0 = 2; exit');
      expect(() => object.program().testRun({ dataIn: new Uint8Array(13) })).toThrow(
        expect.objectContaining({ errno: 'EINVAL', code: 'ERR_BPF_TEST_RUN' }),
      );
      object.close();
    });
  });
});
