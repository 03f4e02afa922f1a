/** What a TypeScript helper sees of the world: the machine, the maps by address and the program's type. */
import type { Machine } from '../machine/index.ts';
import type { MapTable } from '../maps/index.ts';
import type { ProgTypeName } from '../uapi/bpf.ts';
import type { Task } from './current.ts';

export interface Vm {
  readonly machine: Machine;
  readonly maps: MapTable;
  readonly progType: ProgTypeName;
  /** The calling task; DEFAULT_TASK when absent. */
  readonly task?: Task | undefined;
}
