import { describe, expect, it } from 'vitest';
import { live, liveName, notLive } from '../../test/backends.ts';
import { rawObject } from '../object/index.ts';
import { kernelBackend } from './index.ts';

const PACKET = Uint8Array.from({ length: 60 }, (_, index) => index);

describe(`kernelBackend() [${live ? liveName : `no live kernel: ${notLive}`}]`, () => {
  it('opens, or names what is missing', async () => {
    const backend = await kernelBackend().catch((error: unknown) => error as Error);
    if (backend instanceof Error) expect(backend).toMatchObject({ code: 'ERR_BPF_UNSUPPORTED' });
    else expect(backend.name).toBe('kernel');
  });

  it.runIf(live)('runs a program and copies the packet out', () => {
    const object = live?.load(
      rawObject({
        progType: 'xdp',
        insns: [
          { code: 0xb7, dst: 0, src: 0, off: 0, imm: 2 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
        ],
      }),
    );
    const result = object?.program('prog').testRun({ dataIn: PACKET });
    expect(result).toMatchObject({ errno: null, retval: 2, dataSizeOut: 60, dataOut: PACKET });
    const cut = object?.program('prog').testRun({ dataIn: PACKET, dataSizeOut: 20 });
    expect(cut).toMatchObject({ errno: 'ENOSPC', retval: 2, dataSizeOut: 60, dataOut: PACKET.slice(0, 20) });
    expect(() => object?.program('prog').testRun({ dataIn: PACKET.subarray(0, 13) })).toThrowError(
      expect.objectContaining({ code: 'ERR_BPF_TEST_RUN', errno: 'EINVAL' }),
    );
    object?.close();
  });
  it.runIf(live)('gives the log of a refused program', () => {
    const load = () =>
      live?.load(rawObject({ progType: 'xdp', insns: [{ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }] }));
    expect(load).toThrowError(
      expect.objectContaining({
        code: 'ERR_BPF_VERIFIER',
        insn: 0,
        errno: 'EACCES',
        log: expect.stringContaining('R0 !read_ok'),
      }),
    );
  });
  it.runIf(live)('patches map fds, and operates on maps with the kernel errno', () => {
    const object = live?.load(
      rawObject({
        progType: 'xdp',
        maps: [
          { name: 'counter', type: 'array', valueSize: 8 },
          { type: 'percpu_array', valueSize: 4 },
        ],
        insns: [
          { code: 0x18, dst: 1, src: 2, off: 0, imm: 0 },
          { code: 0, dst: 0, src: 0, off: 0, imm: 0 },
          { code: 0x61, dst: 0, src: 1, off: 0, imm: 0 },
          { code: 0x07, dst: 0, src: 0, off: 0, imm: 1 },
          { code: 0x7b, dst: 1, src: 0, off: 0, imm: 0 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
        ],
      }),
    );
    expect(object?.program('prog').testRun({ dataIn: PACKET, repeat: 5 }).retval).toBe(5);
    const counter = object?.map('counter');
    expect(counter?.lookup(new Uint8Array(4))).toEqual(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
    expect(() => counter?.delete(new Uint8Array(4))).toThrowError(
      expect.objectContaining({ errno: 'EINVAL' }),
    );
    expect(() => counter?.lookup(Uint8Array.of(1, 0, 0, 0))).toThrowError(
      expect.objectContaining({ errno: 'ENOENT' }),
    );
    expect(counter?.nextKey(undefined)).toEqual(new Uint8Array(4));
    expect(counter?.nextKey(new Uint8Array(4))).toBeUndefined();
    expect(object?.map('map1').userValueSize).toBe((live?.cpus ?? 0) * 8);
    object?.close();
  });

  it.runIf(live)('hands the whole block to rawTestRun()', () => {
    const object = live?.load(
      rawObject({
        progType: 'sched_cls',
        insns: [
          { code: 0xb7, dst: 0, src: 0, off: 0, imm: 7 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
        ],
      }),
    );
    const progFd = object?.program('prog').fd ?? -1;
    const bad = live?.rawTestRun({
      progFd,
      dataIn: PACKET,
      dataSizeIn: 60,
      dataOut: 0xdead0000n,
      dataSizeOut: 100,
      retval: 0x55,
    });
    expect(bad).toMatchObject({ result: -14, retval: 0x55, dataSizeOut: 100 });
    object?.close();
  });

  it.runIf(live)('gives up with EINTR on a signal, but only where repetitions are left', () => {
    const SIGWINCH = 28;
    const ignore = (): void => {};
    process.on('SIGWINCH', ignore);
    const object = live?.load(
      rawObject({
        progType: 'sched_cls',
        insns: [
          { code: 0xb7, dst: 1, src: 0, off: 0, imm: SIGWINCH },
          { code: 0x85, dst: 0, src: 0, off: 0, imm: 109 },
          { code: 0xb7, dst: 0, src: 0, off: 0, imm: 4 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
        ],
      }),
    );
    const program = object?.program('prog');
    expect(program?.testRun({ dataIn: PACKET, repeat: 1 }).retval).toBe(4);
    expect(() => program?.testRun({ dataIn: PACKET, repeat: 2 })).toThrowError(
      expect.objectContaining({ errno: 'EINTR' }),
    );
    object?.close();
    process.off('SIGWINCH', ignore);
  });

  it.runIf(live)('loads a callback by address', () => {
    const object = live?.load(
      rawObject({
        progType: 'xdp',
        insns: [
          { code: 0xb7, dst: 1, src: 0, off: 0, imm: 3 },
          { code: 0x18, dst: 2, src: 4, off: 0, imm: 6 },
          { code: 0, dst: 0, src: 0, off: 0, imm: 0 },
          { code: 0xb7, dst: 3, src: 0, off: 0, imm: 0 },
          { code: 0xb7, dst: 4, src: 0, off: 0, imm: 0 },
          { code: 0x85, dst: 0, src: 0, off: 0, imm: 181 },
          { code: 0x05, dst: 0, src: 0, off: 0, imm: 0 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
          { code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 },
          { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
        ],
      }),
    );
    expect(object?.program('prog').testRun({ dataIn: PACKET }).retval).toBe(3);
    object?.close();
  });
});
