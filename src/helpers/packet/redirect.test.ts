import { describe, expect, it } from 'vitest';
import { Machine } from '../../machine/index.ts';
import { MapTable } from '../../maps/index.ts';
import { MAP_TYPE } from '../../uapi/bpf.ts';
import { redirectHelpers } from './redirect.ts';

const redirectMap = redirectHelpers.find(({ name }) => name === 'bpf_redirect_map');

function world(type: number) {
  const machine = new Machine();
  const maps = new MapTable(machine);
  const map = maps.create({
    name: 'ports',
    type,
    keySize: 4,
    valueSize: 4,
    maxEntries: 4,
    flags: 0,
  } as never);
  map.update(Uint8Array.of(1, 0, 0, 0), Uint8Array.of(7, 0, 0, 0));
  const call = (key: number, flags: number, flagsHigh = 0): number => {
    if (!redirectMap || !('js' in redirectMap.call)) throw new Error('not written in TypeScript');
    return redirectMap.call.js({ machine, maps, progType: 'xdp' }, map.address, key, 0, flags, flagsHigh);
  };
  return { machine, call };
}

// [K] test-run.md 4.3
describe.each([MAP_TYPE.devmap, MAP_TYPE.devmap_hash])('bpf_redirect_map() on map type %i', (type) => {
  it('redirects to an entry and says where it leads', () => {
    const { machine, call } = world(type);
    expect(call(1, 0)).toBe(4);
    expect(machine.events.redirect).toEqual({
      by: 'bpf_redirect_map',
      map: 'ports',
      key: 1,
      ifindex: 7,
      flags: 0,
    });
  });

  it('returns the lower two bits of the flags when the entry is empty or past the end', () => {
    const { machine, call } = world(type);
    expect([call(2, 0), call(2, 1), call(2, 2), call(9, 3)]).toEqual([0, 1, 2, 3]);
    expect(machine.events.redirect).toBeUndefined();
  });

  it('takes BPF_F_BROADCAST without an entry, and ends in XDP_ABORTED for unknown flags', () => {
    const { call } = world(type);
    expect([call(2, 8), call(1, 4), call(1, 32), call(1, 0, 1)]).toEqual([4, 0, 0, 0]);
  });
});

describe('bpf_redirect_map() on a cpumap', () => {
  it('knows no flags but the verdict on a miss', () => {
    const { call } = world(MAP_TYPE.devmap);
    expect(call(1, 8)).toBe(4);
    const machine = new Machine({ cpus: 4 });
    const maps = new MapTable(machine);
    const map = maps.create({
      name: 'cpus',
      type: MAP_TYPE.cpumap,
      keySize: 4,
      valueSize: 4,
      maxEntries: 4,
      flags: 0,
    } as never);
    if (!redirectMap || !('js' in redirectMap.call)) throw new Error('not written in TypeScript');
    expect(redirectMap.call.js({ machine, maps, progType: 'xdp' }, map.address, 1, 0, 8, 0)).toBe(0);
    expect(redirectMap.call.js({ machine, maps, progType: 'xdp' }, map.address, 1, 0, 2, 0)).toBe(2);
  });
});
