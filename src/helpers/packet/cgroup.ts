/** Cgroup storage. */
import { CELL_CPU } from '../../machine/index.ts';
import { MAP_STRIDE, MAP_VALUES } from '../../maps/layout.ts';
import { defineHelper, map, u64 } from '../define-helper.ts';

export const cgroupHelpers = [
  defineHelper({
    id: 81,
    name: 'bpf_get_local_storage',
    args: [map, u64('flags')],
    returns: 'ptr',
    doc: "The cgroup storage of the run, this CPU's for a per-CPU map.",
    call({ machine }, header) {
      const cpu = machine.i32[CELL_CPU >> 2] ?? 0;
      const values = machine.u32[(header + MAP_VALUES) >> 2] ?? 0;
      return values + cpu * (machine.u32[(header + MAP_STRIDE) >> 2] ?? 0);
    },
  }),
];
