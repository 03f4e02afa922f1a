/** The system call bpf(2), reached through koffi. The one place that knows how a number becomes a call. */
import { UnsupportedError } from '../errors.ts';
import { type Errno, errnoName } from '../uapi/errno.ts';

/** `cmd` of bpf(2): the commands this room uses. None of them attaches or pins anything. */
export const BPF_CMD = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  PROG_TEST_RUN: 10,
  BTF_LOAD: 18,
  MAP_LOOKUP_AND_DELETE_ELEM: 21,
  MAP_FREEZE: 22,
} as const;
export type BpfCmd = (typeof BPF_CMD)[keyof typeof BPF_CMD];

/** __NR_bpf of the architectures we know; x86-64 has a table of its own, arm64 uses the generic one. */
const NR_BPF: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

export interface Bpf {
  /** One call. Returns what the kernel did: a file descriptor or 0, or a negative errno number. */
  call(cmd: BpfCmd, attr: Uint8Array, size?: number): number;
  /** The address of the first byte, for pointers inside an attribute. Keep `bytes` alive until after the call. */
  address(bytes: Uint8Array): bigint;
}

/** The name of a negative errno; numbers without a name appear as themselves in the message of an error. */
export function errnoOf(result: number): Errno | undefined {
  return errnoName(result);
}

/**
 * Opens the way to bpf(2).
 * @throws {@link UnsupportedError} Not Linux, an architecture without a known call number, or no koffi.
 */
export async function openBpf(): Promise<Bpf> {
  if (process.platform !== 'linux') {
    throw new UnsupportedError('kernel backend', `bpf(2) needs Linux, this is ${process.platform}`);
  }
  const number = NR_BPF[process.arch];
  if (number === undefined) {
    throw new UnsupportedError('kernel backend', `the number of bpf(2) on ${process.arch} is not known here`);
  }
  const koffi = await importKoffi();
  const syscall = koffi.load(null).func('long syscall(long nr, long cmd, void *attr, unsigned int size)') as (
    nr: number,
    cmd: number,
    attr: Uint8Array,
    size: number,
  ) => number;
  return {
    call(cmd, attr, size = attr.length) {
      const result = syscall(number, cmd, attr, size);
      return result < 0 ? -koffi.errno() : result;
    },
    address: (bytes) => BigInt(koffi.address(bytes)),
  };
}

async function importKoffi(): Promise<typeof import('koffi')['default']> {
  try {
    return (await import('koffi')).default;
  } catch (cause) {
    throw new UnsupportedError('kernel backend', 'needs the package koffi: npm install koffi', { cause });
  }
}
