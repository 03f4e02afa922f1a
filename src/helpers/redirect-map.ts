/** bpf_redirect_map: names the device, CPU or socket of a map's slot as where the packet goes. */

import { STAGING_BASE } from '../machine/index.ts';
import { MAP_TYPE_OFF } from '../maps/layout.ts';
import { MAP_TYPE, XDP_ACTION } from '../uapi/bpf.ts';
import { defineHelper, map, u64 } from './define-helper.ts';
import { badArgument } from './fault.ts';

/** Low bits of flags: the verdict when the slot is empty. */
const ACTION_MASK = 3;
const BPF_F_BROADCAST = 8;
const BPF_F_EXCLUDE_INGRESS = 16;

/** Flags beyond the verdict that a map type knows. */
const FLAGS: ReadonlyMap<number, number> = new Map([
  [MAP_TYPE.devmap, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS],
  [MAP_TYPE.devmap_hash, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS],
  [MAP_TYPE.cpumap, 0],
  [MAP_TYPE.xskmap, 0],
]);

export const redirectMap = defineHelper({
  id: 51,
  name: 'bpf_redirect_map',
  args: [map, u64('key'), u64('flags')],
  returns: 'int',
  doc: 'XDP_REDIRECT with the slot `key` of a devmap, cpumap or xskmap as target; when it is empty, the low two bits of flags.',
  call({ machine, maps }, handle, key, _keyHigh, flags, flagsHigh) {
    const header = handle >>> 0;
    const known = FLAGS.get(machine.view.getUint32(header + MAP_TYPE_OFF, true));
    if (known === undefined) badArgument(machine, header, 'map is no devmap, cpumap or xskmap');
    if ((flags & ~(ACTION_MASK | known)) !== 0 || flagsHigh !== 0) return XDP_ACTION.XDP_ABORTED;
    // only the lower half of the key counts
    machine.view.setInt32(STAGING_BASE, key, true);
    const found = machine.runtime['map_lookup_elem']?.(header, STAGING_BASE) !== 0;
    if (!found && (flags & BPF_F_BROADCAST) === 0) {
      machine.events.redirect = undefined;
      return flags & ACTION_MASK;
    }
    machine.events.redirect = {
      by: 'bpf_redirect_map',
      map: maps.at(header).name,
      key: key >>> 0,
      flags,
    };
    return XDP_ACTION.XDP_REDIRECT;
  },
});
