/** How elements refer to maps and programs: the simulated kernel's file descriptors. */
import type { ProgTypeName } from '../uapi/bpf.ts';
import type { BpfMapHandle } from './handle.ts';

/** A loaded program as a prog_array holds it. */
export interface ProgramRef {
  readonly name: string;
  /** bpf_prog id, unique in its machine, above 0. */
  readonly id: number;
  /** Index in the machine's function table. */
  readonly func: number;
  readonly progType: ProgTypeName;
  /** Loaded with BPF_F_XDP_HAS_FRAGS. */
  readonly xdpHasFrags?: boolean;
}

export class References {
  readonly maps: BpfMapHandle[] = [];
  /** Programs that an update of a prog_array may name by id, in place of a file descriptor. */
  readonly programs = new Map<number, ProgramRef>();

  /** The newest one counts: after a restore of the machine an address may be given out again. */
  mapAt(address: number): BpfMapHandle | undefined {
    for (let i = this.maps.length - 1; i >= 0; i--) {
      if (this.maps[i]?.address === address) return this.maps[i];
    }
    return undefined;
  }

  /** Runs `use` with a number by which `program` can be found. */
  withProgram(program: ProgramRef, use: (fd: number) => void): void {
    this.programs.set(program.id, program);
    use(program.id);
  }
}
