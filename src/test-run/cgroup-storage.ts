/** Cgroup storage of one test run: zeroed, private to the run, kept over its repetitions, never seen in the map. */
import type { Runnable } from '../load/runnable.ts';
import { KIND_MAP_VALUE, SHADOW_READ, SHADOW_WRITE } from '../machine/index.ts';
import { MAP_STRIDE, MAP_VALUES } from '../maps/layout.ts';
import { MAP_TYPE } from '../uapi/bpf.ts';

export interface CgroupStorage {
  teardown(): void;
}

/**
 * Makes storage for each cgroup storage map of a cgroup_skb program, the only type of ours that may use one, and puts
 * its address into the map's header, where bpf_get_local_storage finds it.
 * @throws {@link MapError} ENOMEM.
 */
export function setupCgroupStorage(prog: Runnable): CgroupStorage | undefined {
  if (prog.progType !== 'cgroup_skb') return undefined;
  const { machine, vm } = prog;
  const made: { readonly header: number; readonly address: number }[] = [];
  for (const map of vm.maps.all) {
    const perCpu = map.type === MAP_TYPE.percpu_cgroup_storage;
    if (!perCpu && map.type !== MAP_TYPE.cgroup_storage) continue;
    const stride = (map.valueSize + 7) & ~7;
    const address = machine.alloc(
      stride * (perCpu ? machine.cpus : 1),
      `the cgroup storage of map '${map.name}'`,
    );
    for (let cpu = 0; cpu < (perCpu ? machine.cpus : 1); cpu++)
      machine.allow(address + cpu * stride, map.valueSize, SHADOW_READ | SHADOW_WRITE, KIND_MAP_VALUE);
    map.set(MAP_VALUES, address);
    map.set(MAP_STRIDE, perCpu ? stride : 0);
    made.push({ header: map.address, address });
  }
  if (made.length === 0) return undefined;
  return {
    teardown() {
      for (const { header, address } of made) {
        machine.free(address);
        machine.u32[(header + MAP_VALUES) >> 2] = 0;
      }
    },
  };
}
